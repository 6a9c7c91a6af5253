// What a Kafka client is made with: plain values, checked before, without a librdkafka type.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/settings.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::kafka {

// Raw librdkafka properties, in file order.
using RawProperties = std::vector<std::pair<std::string, std::string>>;

// How to reach a cluster, and as whom. One `kafka` connection.
struct ClusterSettings {
  std::string brokers;    // "host:port,host:port"
  std::string client_id;  // empty: the component's own
  bool tls = false;
  std::string tls_ca;           // file with the authorities to trust; empty: the system's
  std::string tls_certificate;  // file with our certificate
  std::string tls_key;          // file with our key
  std::string tls_key_password;
  bool tls_verify_hostname = true;
  std::string sasl_mechanism;  // empty: no SASL
  std::string sasl_username;
  std::string sasl_password;
  bool create_topics = false;  // a record to a topic that is not there makes it: for the broker inside this process
  RawProperties raw;
};

// One member of a consumer group.
struct ConsumerSettings {
  ClusterSettings cluster;
  std::vector<std::string> topics;  // names, and expressions that begin with ^
  std::string group;
  std::string client_id;
  std::string instance_id;   // empty: a dynamic member
  bool from_latest = false;  // a group that is new begins at the ends of the logs
  Duration session_timeout = std::chrono::seconds(30);
  Duration heartbeat_interval = std::chrono::seconds(3);
  std::size_t lanes = 1;
  Bytes memory = PipelineSettings().memory;  // bound of what all lanes' queues hold together
  RawProperties raw;
};

// An idempotent producer.
struct ProducerSettings {
  ClusterSettings cluster;
  std::string client_id;
  Duration linger = std::chrono::milliseconds(1);
  Duration delivery_timeout = std::chrono::seconds(30);  // then the outcome of a record is reported as unknown
};

}  // namespace weir::connectors::kafka
