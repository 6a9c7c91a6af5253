// What the command line says, typed: one struct per verb.
#pragma once

#include "cli/arguments/options_admin.hpp"
#include "cli/arguments/options_inspect.hpp"
#include "cli/arguments/options_kafka.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/log.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::cli {

enum class LogFormat { automatic, json, text };  // automatic: text on a terminal, else JSON

// `interactive`: standard error is a terminal.
inline bool logs_as_text(LogFormat format, bool interactive) {
  return format == LogFormat::text || (format == LogFormat::automatic && interactive);
}

struct RunOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  std::optional<std::filesystem::path> data_dir;
  std::optional<Duration> until_idle;
  bool leave_group = false;  // at SIGTERM, too
  std::string summary;       // empty: none; "-": standard output; else a file
  std::size_t workers = 0;   // 0: one per core
  AdminPortOptions admin;
  LogFormat log_format = LogFormat::automatic;
  log::Level log_level = log::Level::info;
  bool quiet = false;
  bool watch = false;  // a change of the files is put to work
};

struct PlanOptions {
  std::vector<std::filesystem::path> files;      // the new configuration
  std::vector<std::filesystem::path> from;       // the one that runs
  std::vector<std::filesystem::path> env_files;  // for both
  bool json = false;
};

struct LintOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  bool json = false;
  bool strict = false;
  bool schema = false;
  bool reference = false;
  bool codes = false;
  bool metrics = false;
};

struct TestOptions {
  std::vector<std::filesystem::path> files;  // none: pipelines.yaml
  std::string filter;
  std::optional<std::filesystem::path> junit;
  bool json = false;
  bool update = false;
  bool watch = false;
  bool crash_everywhere = false;
  bool verbose = false;
};

struct InitOptions {
  std::filesystem::path directory = ".";
};

struct StreamsListOptions {
  std::string store;  // a connection string; empty: from the environment
  std::string prefix;
  std::uint64_t limit = 0;  // 0: all
  bool json = false;
};

struct StreamsCatOptions {
  std::string store;
  std::string stream;
  std::optional<std::uint64_t> from;
  bool backwards = false;
  std::uint64_t limit = 0;  // 0: all
  bool json = false;
};

struct StoreOptions {
  std::string listen = "127.0.0.1:2113";
  std::optional<std::filesystem::path> data_dir;
  LogFormat log_format = LogFormat::automatic;
};

enum class FsyncChoice { always, interval, never };

struct BrokerOptions {
  std::string listen = "127.0.0.1:9092";
  std::string advertised;  // empty: the address at which clients reached the broker
  std::optional<std::filesystem::path> data_dir;
  FsyncChoice fsync = FsyncChoice::always;
  Duration fsync_interval = std::chrono::seconds(1);
  std::int32_t partitions = 1;  // of new topics
  bool auto_create = true;
  Duration initial_rebalance_delay = Duration::zero();
  std::vector<std::string> users;  // NAME:PASSWORD
  std::optional<std::filesystem::path> users_file;
  std::string tls_certificate;
  std::string tls_key;
  std::vector<std::string> topics;  // made when missing
  bool repair = false;
  LogFormat log_format = LogFormat::automatic;
};

struct DevOptions {
  RunOptions run;               // without files: pipelines.yaml where there is one
  std::int32_t partitions = 3;  // of topics that come into being
  std::uint16_t kafka_port = 9092;
  std::uint16_t store_port = 2113;
  bool fresh = false;  // forget what was stored
  bool yes = false;    // without asking
};

struct FeedOptions {
  std::string brokers;
  std::vector<std::filesystem::path> files;
};

struct VersionOptions {
  bool json = false;
};

using Command = std::variant<RunOptions, PlanOptions, LintOptions, TestOptions, InitOptions, StreamsListOptions,
                             StreamsCatOptions, StoreOptions, BrokerOptions, DevOptions, FeedOptions, VersionOptions,
                             TopicsListOptions, TopicsCreateOptions, TopicsDescribeOptions, TopicsRemoveOptions,
                             TopicsTailOptions, TopicsProduceOptions, GroupsListOptions, GroupsDescribeOptions,
                             GroupsResetOptions, ReloadOptions, StatusOptions, SchemaOptions, ListOptions, EchoOptions,
                             GraphOptions, ExplainOptions, CheckOptions, CompletionOptions>;

}  // namespace weir::cli
