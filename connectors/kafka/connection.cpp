#include "connectors/kafka/connection.hpp"

#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/raw_properties.hpp"

#include <algorithm>

namespace weir::connectors::kafka {

namespace {

constexpr Duration kProducerFlush = std::chrono::seconds(5);

// Empty, or what is wrong with the list of brokers.
std::string check_brokers(const std::string& brokers) {
  if (brokers == "embedded") return {};
  if (brokers.empty()) return "name at least one broker as host:port";
  std::size_t begin = 0;
  while (begin <= brokers.size()) {
    const std::size_t end = std::min(brokers.find(',', begin), brokers.size());
    std::string_view broker = std::string_view(brokers).substr(begin, end - begin);
    while (!broker.empty() && broker.front() == ' ') broker.remove_prefix(1);
    while (!broker.empty() && broker.back() == ' ') broker.remove_suffix(1);
    if (broker.empty()) return "there is an empty entry in the list of brokers";
    if (broker.find("://") != std::string_view::npos) return "brokers are written host:port, without a scheme";
    if (broker.find(' ') != std::string_view::npos) return "brokers are separated by commas";
    begin = end + 1;
  }
  return {};
}

}  // namespace

Spec<TlsConfig> TlsConfig::spec() {
  Spec<TlsConfig> spec("TLS to the brokers.");
  spec.option("enabled", &TlsConfig::enabled, "Use TLS.");
  spec.option("ca", &TlsConfig::ca,
              "File with the certificates of the authorities to trust (PEM); empty: the system's.");
  spec.option("certificate", &TlsConfig::certificate,
              "File with the client's certificate (PEM), if the brokers want one.");
  spec.option("key", &TlsConfig::key, "File with the client's private key (PEM).");
  spec.option("key_password", &TlsConfig::key_password, "Password of the private key.").secret();
  spec.option("verify_hostname", &TlsConfig::verify_hostname,
              "Whether the broker's certificate must carry the name that was dialled.");
  spec.validate([](const TlsConfig& tls, const config::Node& where, const std::string& path, config::Diagnostics& out) {
    const bool any = !tls.ca.empty() || !tls.certificate.empty() || !tls.key.empty();
    if (any && !tls.enabled)
      out.error("inconsistent", where.mark(), path, "TLS files are given, but TLS is off", "add enabled: true");
    if (tls.certificate.empty() != tls.key.empty()) {
      out.error("inconsistent", where.mark(), path, "certificate and key belong together; one of them is missing");
    }
  });
  return spec;
}

Spec<SaslConfig> SaslConfig::spec() {
  Spec<SaslConfig> spec("User name and password for the brokers.");
  spec.option("mechanism", &SaslConfig::mechanism, "How the client proves who it is.")
      .one_of({"none", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"});
  spec.option("username", &SaslConfig::username, "User name.");
  spec.option("password", &SaslConfig::password, "Password.").secret().example("${file:/run/secrets/kafka}");
  spec.validate(
      [](const SaslConfig& sasl, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        const bool on = sasl.mechanism != "none";
        if (on && sasl.username.empty()) out.error("missing-key", where.mark(), path, "SASL needs a username");
        if (!on && !sasl.username.empty()) {
          out.error("inconsistent", where.mark(), path, "a username is given, but no mechanism",
                    "add mechanism: SCRAM-SHA-512");
        }
      });
  return spec;
}

Spec<KafkaConnectionConfig> kafka_connection_spec() {
  Spec<KafkaConnectionConfig> spec("A Kafka cluster.");
  spec.option("brokers", &KafkaConnectionConfig::brokers, "Brokers to ask first, host:port, separated by commas.")
      .required()
      .check(check_brokers)
      .example("kafka-1:9092,kafka-2:9092");
  spec.option("client_id", &KafkaConnectionConfig::client_id,
              "Name under which the brokers log this client; empty: \"weir\".");
  spec.option("tls", &KafkaConnectionConfig::tls, "TLS to the brokers.");
  spec.option("sasl", &KafkaConnectionConfig::sasl, "User name and password for the brokers.");
  spec.option("librdkafka", &KafkaConnectionConfig::librdkafka,
              "Further properties of the client library, for source and sink alike; those that weir's promises rest on "
              "are refused.")
      .check(refuse_raw_properties);
  spec.shorthand(&KafkaConnectionConfig::brokers);
  return spec;
}

ClusterSettings cluster_settings(const KafkaConnectionConfig& config) {
  ClusterSettings cluster;
  cluster.brokers = config.brokers;
  cluster.client_id = config.client_id;
  cluster.tls = config.tls.enabled;
  cluster.tls_ca = config.tls.ca;
  cluster.tls_certificate = config.tls.certificate;
  cluster.tls_key = config.tls.key;
  cluster.tls_key_password = config.tls.key_password;
  cluster.tls_verify_hostname = config.tls.verify_hostname;
  if (config.sasl.mechanism != "none") cluster.sasl_mechanism = config.sasl.mechanism;
  cluster.sasl_username = config.sasl.username;
  cluster.sasl_password = config.sasl.password;
  cluster.raw = config.librdkafka;
  return cluster;
}

KafkaConnection::KafkaConnection(ClusterSettings cluster, MakeConsumer make_consumer, MakeProducer make_producer,
                                 std::shared_ptr<EmbeddedServer> embedded)
    : cluster_(std::move(cluster)),
      make_consumer_(std::move(make_consumer)),
      make_producer_(std::move(make_producer)),
      embedded_(std::move(embedded)) {}

// The brokers are dialled by those who use them; here only what can never work is refused.
Task<Result<void>> KafkaConnection::open() {
  ProducerSettings settings;
  settings.cluster = cluster_;
  Result<void> checked = check_settings(settings);
  co_return checked;
}

// A supervisor's own end: what is still under way is flushed within a bound. Blocks for that long; nothing else runs
// any more.
Task<void> KafkaConnection::close() {
  std::shared_ptr<ProducerClient> producer;
  {
    const std::lock_guard lock(mutex_);
    producer = std::move(producer_);
    producer_.reset();
  }
  if (producer != nullptr) producer->close(kProducerFlush);
  if (embedded_ != nullptr) embedded_->stop();
  co_return;
}

std::shared_ptr<ProducerClient> KafkaConnection::producer() {
  const std::lock_guard lock(mutex_);
  if (producer_ == nullptr) {
    ProducerSettings settings;
    settings.cluster = cluster_;
    producer_ = make_producer_(std::move(settings));
  }
  return producer_;
}

}  // namespace weir::connectors::kafka
