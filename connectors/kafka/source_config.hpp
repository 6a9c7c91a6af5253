// The options of the `kafka` source.
#pragma once

#include "connectors/kafka/settings.hpp"
#include "pipeline/config/spec.hpp"
#include "pipeline/description.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct KafkaSourceConfig {
  std::string connection;
  std::vector<std::string> topics;
  std::string group;
  std::string client_id;
  std::string instance_id;
  std::string start = "earliest";
  Duration session_timeout = std::chrono::seconds(30);
  std::optional<Duration> heartbeat_interval;  // nothing: a third of session_timeout, at most 3s
  RawProperties librdkafka;
};

Spec<KafkaSourceConfig> kafka_source_spec();
Description describe_kafka_source(const KafkaSourceConfig& config);
ConsumerSettings consumer_settings(const KafkaSourceConfig& config, const ClusterSettings& cluster);

// What is wrong with a topic of the list (a name, or an expression that begins with ^), or an empty string. Pure.
std::string check_topic(const std::string& topic);

}  // namespace weir::connectors::kafka
