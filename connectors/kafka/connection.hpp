// The `kafka` connection: which cluster, and as whom. Sources and sinks that name it share its producer.
#pragma once

#include "connectors/kafka/clients.hpp"
#include "pipeline/base/blocking.hpp"
#include "pipeline/config/spec.hpp"
#include "pipeline/connection.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
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
Description describe_kafka_connection(const KafkaConnectionConfig& config);
ClusterSettings cluster_settings(const KafkaConnectionConfig& config);

// Lifetime: see Connection; `blocking` and the clock outlive it, the clients made from it may outlive it.
// Executor: open and close on the supervisor's; the rest from any thread.
// Cancellation: none. Errors: open() refuses settings that librdkafka refuses, and says why the embedded broker does
// not start; neither passes by itself.
class KafkaConnection final : public Connection {
 public:
  // A cluster somewhere.
  KafkaConnection(ClusterSettings cluster, KafkaClients clients, Blocking& blocking, const Clock& clock);
  // The broker inside this process: open() starts it, with its data below `data_dir`, and makes the topics that were
  // asked for; close() stops it. Nobody has to say there who he is.
  KafkaConnection(ClusterSettings cluster, KafkaClients clients, Blocking& blocking, const Clock& clock,
                  StartEmbedded start, std::filesystem::path data_dir);
  ~KafkaConnection() override;

  // An embedded broker has the exact topics among them from the start; elsewhere topics are other people's business.
  void expect(const std::vector<Use>& uses) override;
  Task<Result<void>> open() override;
  Task<void> close() override;
  // An embedded broker is not started for it.
  Task<std::vector<CheckLine>> check(CheckRequest request) override;

  const ClusterSettings& cluster() const { return cluster_; }
  // Makes consumers of this cluster, once the connection is open.
  MakeConsumer make_consumer() const;
  // The one producer of this connection, made on first use. It is opened after the connection.
  std::shared_ptr<ProducerClient> producer();
  // Returns when that topic is there, and, for one that takes dead letters, warns when those of the topics that are read
  // at this connection may be too large for it. Empty for an embedded broker, which makes its topics. May outlive the
  // connection.
  std::function<Task<Result<void>>()> topic_finder(std::string topic, bool takes_letters);

 private:
  class Address;
  Result<void> start_and_prepare();

  const ClusterSettings cluster_;
  const KafkaClients clients_;
  Blocking& blocking_;
  const StartEmbedded start_;
  const std::filesystem::path data_dir_;
  const std::shared_ptr<Address> address_;
  std::shared_ptr<EmbeddedServer> embedded_;
  std::mutex mutex_;
  std::shared_ptr<ProducerClient> producer_;
  std::set<std::string> expected_topics_;  // of an embedded broker
  const std::shared_ptr<TopicQuestion> question_;
};

}  // namespace weir::connectors::kafka
