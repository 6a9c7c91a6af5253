// The `kafka` connection: which cluster, and as whom. Sources and sinks that name it share its producer.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/connection.hpp"
#include "pipeline/spec.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::kafka {

struct TlsConfig {
  bool enabled = false;
  std::string ca;
  std::string certificate;
  std::string key;
  std::string key_password;
  bool verify_hostname = true;
  static Spec<TlsConfig> spec();
};

struct SaslConfig {
  std::string mechanism = "none";
  std::string username;
  std::string password;
  static Spec<SaslConfig> spec();
};

struct KafkaConnectionConfig {
  std::string brokers;
  std::string client_id;
  TlsConfig tls;
  SaslConfig sasl;
  RawProperties librdkafka;
};

Spec<KafkaConnectionConfig> kafka_connection_spec();
ClusterSettings cluster_settings(const KafkaConnectionConfig& config);

// Lifetime: see Connection; the clients made from it may outlive it.
// Executor: open and close on the supervisor's; the rest from any thread.
// Cancellation: none. Errors: open() refuses settings that librdkafka refuses.
class KafkaConnection final : public Connection {
 public:
  using MakeProducer = std::function<std::shared_ptr<ProducerClient>(ProducerSettings)>;
  // `embedded`: the server that stands behind `brokers: embedded`, or nullptr; it is stopped at close().
  KafkaConnection(ClusterSettings cluster, MakeConsumer make_consumer, MakeProducer make_producer,
                  std::shared_ptr<EmbeddedServer> embedded);

  Task<Result<void>> open() override;
  Task<void> close() override;

  const ClusterSettings& cluster() const { return cluster_; }
  const MakeConsumer& make_consumer() const { return make_consumer_; }
  // The one producer of this connection, made on first use.
  std::shared_ptr<ProducerClient> producer();

 private:
  const ClusterSettings cluster_;
  const MakeConsumer make_consumer_;
  const MakeProducer make_producer_;
  std::shared_ptr<EmbeddedServer> embedded_;
  std::mutex mutex_;
  std::shared_ptr<ProducerClient> producer_;
};

}  // namespace weir::connectors::kafka
