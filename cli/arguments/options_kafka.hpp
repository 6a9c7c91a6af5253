// What the command line says to the verbs that work against a Kafka cluster: one struct per verb.
#pragma once

#include "cli/arguments/kafka_specs.hpp"
#include "pipeline/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// How to reach the cluster.
struct KafkaAccess {
  std::string brokers;  // empty: from the environment
  Pairs properties;     // librdkafka's own, in order
  Duration timeout = std::chrono::seconds(10);
};

struct TopicsListOptions {
  KafkaAccess access;
  std::string prefix;
  bool all = false;
  bool verbose = false;
  bool json = false;
};

struct TopicsCreateOptions {
  KafkaAccess access;
  std::vector<std::string> topics;
  int partitions = -1;   // -1: the broker's default
  int replication = -1;  // -1: the broker's default
  Pairs settings;
  bool if_not_exists = false;
};

struct TopicsDescribeOptions {
  KafkaAccess access;
  std::string topic;
  bool all_settings = false;
  bool json = false;
};

struct TopicsRemoveOptions {
  KafkaAccess access;
  std::vector<std::string> topics;
  bool yes = false;
};

struct TopicsTailOptions {
  KafkaAccess access;
  std::string topic;
  std::optional<std::uint64_t> count;  // default: 10, or all from `from` on
  std::optional<TailStart> from;
  std::optional<Partition> partition;
  std::optional<std::string> key;
  bool follow = false;
  bool json = false;
};

struct TopicsProduceOptions {
  KafkaAccess access;
  std::string topic;
  std::string file = "-";  // "-": standard input
  std::optional<std::string> key;
  std::string key_separator;  // empty: lines are values
  Pairs headers;
  std::optional<Partition> partition;
  bool json = false;
  bool replay = false;  // lines are dead letters
};

struct GroupsListOptions {
  KafkaAccess access;
  bool json = false;
};

struct GroupsDescribeOptions {
  KafkaAccess access;
  std::string group;
  bool json = false;
};

struct GroupsResetOptions {
  KafkaAccess access;
  std::string group;
  ResetTarget to;
  std::vector<TopicChoice> topics;
  bool create = false;  // the group need not exist
  bool json = false;
  bool dry_run = false;
  bool yes = false;
};

}  // namespace weir::cli
