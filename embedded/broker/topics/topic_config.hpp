// TopicConfig: the settings of a topic, under Kafka's names.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"

#include <map>
#include <string>

namespace weir::embedded::broker::topics {

// Only what was set on the topic itself, as text ("retention.ms" -> "3600000"); checked when it was set.
struct TopicConfig {
  std::map<std::string, std::string> values;

  // The log's settings: defaults of the broker, overridden by `values`.
  storage::LogSettings log_settings(storage::Fsync fsync) const;

  friend bool operator==(const TopicConfig&, const TopicConfig&) = default;
};

}  // namespace weir::embedded::broker::topics
