// BrokerConfigView: what DescribeConfigs shows of the broker itself, under Kafka's names. Read-only.
#pragma once

#include "pipeline/base/clock.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::embedded::broker::topics {

// Filled by the server from its own options; a value.
struct BrokerConfigView {
  std::string listeners;             // "PLAINTEXT://127.0.0.1:9092"
  std::string advertised_listeners;  // empty: as `listeners`
  std::string log_dirs;
  std::string sasl_mechanisms;  // "PLAIN", or empty
  std::int32_t default_partitions = 1;
  bool auto_create_topics = true;
  std::uint64_t max_connections = 10'000;
  std::uint64_t max_request_bytes = std::uint64_t{100} << 20;
  Duration idle_timeout = std::chrono::minutes(10);
  Duration initial_rebalance_delay = Duration::zero();
  Duration min_session_timeout = std::chrono::seconds(6);
  Duration max_session_timeout = std::chrono::minutes(30);
  Duration offsets_retention = std::chrono::hours(24 * 7);
  std::uint64_t max_group_size = 10'000;
};

struct BrokerSetting {
  std::string name;
  std::string value;
  std::int8_t type;  // Kafka's number, as SettingType
  std::string documentation;
};

// All, sorted by name; the defaults of the topic settings are among them.
std::vector<BrokerSetting> broker_settings(const BrokerConfigView& view);

}  // namespace weir::embedded::broker::topics
