// TopicConfig: what is set on a topic, under Kafka's names.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::topics {

// Only what was set on the topic itself, as text ("retention.ms" -> "3600000"); checked when it was set. The settings
// that there are, with their defaults and bounds: topic_setting.hpp.
struct TopicConfig {
  std::map<std::string, std::string, std::less<>> values;

  // What is wrong with it, as a sentence; nothing when all settings are known and their values good.
  std::optional<std::string> check() const;
  // The value in force: what is set, else the default. Empty for a setting that does not exist.
  std::string_view value(std::string_view name) const;
  // The log's settings: defaults of the broker, overridden by `values`.
  storage::LogSettings log_settings(storage::Fsync fsync) const;

  friend bool operator==(const TopicConfig&, const TopicConfig&) = default;
};

}  // namespace weir::embedded::broker::topics
