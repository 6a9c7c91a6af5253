// What the command line says, typed: one struct per verb.
#pragma once

#include "pipeline/clock.hpp"
#include "pipeline/log.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::cli {

enum class LogFormat { automatic, json, text };  // automatic: text on a terminal, else JSON

struct RunOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::filesystem::path> data_dir;
  std::optional<Duration> until_idle;
  std::string summary;      // empty: none; "-": standard output; else a file
  std::size_t workers = 0;  // 0: one per core
  LogFormat log_format = LogFormat::automatic;
  log::Level log_level = log::Level::info;
  bool quiet = false;
};

struct LintOptions {
  std::vector<std::filesystem::path> files;
  bool json = false;
  bool strict = false;
  bool schema = false;
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

struct MockBrokerOptions {
  std::vector<std::string> topics;
  int partitions = 3;
};

struct FeedOptions {
  std::string brokers;
  std::vector<std::filesystem::path> files;
};

struct VersionOptions {
  bool json = false;
};

using Command = std::variant<RunOptions, LintOptions, StreamsListOptions, StreamsCatOptions, StoreOptions,
                             MockBrokerOptions, FeedOptions, VersionOptions>;

}  // namespace weir::cli
