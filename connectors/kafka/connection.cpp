#include "connectors/kafka/connection.hpp"

#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/late_producer.hpp"
#include "connectors/kafka/raw_properties.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <charconv>

namespace weir::connectors::kafka {

namespace {

constexpr std::string_view kEmbedded = "embedded";
constexpr std::string_view kDefaultPort = ":9092";  // librdkafka's
constexpr Duration kProducerFlush = std::chrono::seconds(5);

// "a:1, b:2" → "a:1", "b:2".
std::vector<std::string> split_brokers(const std::string& brokers) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin <= brokers.size();) {
    const std::size_t end = std::min(brokers.find(',', begin), brokers.size());
    std::string_view broker = std::string_view(brokers).substr(begin, end - begin);
    while (!broker.empty() && broker.front() == ' ') broker.remove_prefix(1);
    while (!broker.empty() && broker.back() == ' ') broker.remove_suffix(1);
    all.emplace_back(broker);
    begin = end + 1;
  }
  return all;
}

// True without a port, too: librdkafka has a default. A colon within brackets, or one of several, is an address's.
bool has_good_port(std::string_view broker) {
  const std::size_t colon = broker.rfind(':');
  if (colon == std::string_view::npos || broker.ends_with(']')) return true;
  if (broker.find(':') != colon && broker[colon - 1] != ']') return true;
  const std::string_view digits = broker.substr(colon + 1);
  unsigned port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return failed == std::errc() && end == digits.data() + digits.size() && port >= 1 && port <= 65535;
}

bool has_no_port(std::string_view broker) {
  return broker.ends_with(']') || broker.find(':') == std::string_view::npos;
}

// Empty, or what is wrong with the list of brokers.
std::string check_brokers(const std::string& brokers) {
  if (brokers == kEmbedded) return {};
  if (brokers.empty()) return "name at least one broker as host:port";
  for (const std::string& broker : split_brokers(brokers)) {
    if (broker.empty()) return "there is an empty entry in the list of brokers";
    if (broker.find("://") != std::string::npos) return "brokers are written host:port, without a scheme";
    if (broker.find(' ') != std::string::npos) return "brokers are separated by commas";
    if (!has_good_port(broker)) return "the port of " + text::quoted(broker) + " is not a number from 1 to 65535";
  }
  return {};
}

// The broker inside this process knows no users and speaks plain text, whatever the brokers of production ask for.
ClusterSettings without_credentials(ClusterSettings cluster) {
  cluster.tls = false;
  cluster.sasl_mechanism.clear();
  cluster.create_topics = true;
  return cluster;
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
        if (on && sasl.username.empty())
          out.error("inconsistent", where.mark(), path, "SASL needs a username", "add username");
        if (!on && !sasl.username.empty()) {
          out.error("inconsistent", where.mark(), path, "a username is given, but no mechanism",
                    "add mechanism: SCRAM-SHA-512");
        } else if (!on && !sasl.password.empty()) {
          out.error("inconsistent", where.mark(), path, "a password is given, but no mechanism and no user name",
                    "add mechanism: SCRAM-SHA-512, and username");
        }
      });
  return spec;
}

Spec<KafkaConnectionConfig> kafka_connection_spec() {
  Spec<KafkaConnectionConfig> spec("A Kafka cluster.");
  spec.option(
          "brokers", &KafkaConnectionConfig::brokers,
          "Brokers to ask first, host:port, separated by commas; or `embedded`: a durable broker inside this process, "
          "with the topics that the pipelines name; tls and sasl do not apply to it.")
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
      .secret_keys(is_secret_property);
  spec.validate([](const KafkaConnectionConfig& config, const config::Node& where, const std::string& path,
                   config::Diagnostics& out) { check_raw_properties(config.librdkafka, where, path, out); });
  spec.shorthand("brokers");
  return spec;
}

Description describe_kafka_connection(const KafkaConnectionConfig& config) {
  Description description;
  description.peer = {config.brokers == kEmbedded, "broker", "brokers of its own (" + config.brokers + ")"};
  if (description.peer.is_embedded) return description;
  for (std::string& broker : split_brokers(config.brokers)) {
    if (has_no_port(broker)) broker += kDefaultPort;
    description.peer.addresses.push_back(std::move(broker));
  }
  return description;
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

// Where the brokers are: from the start, or, for an embedded one, once it serves. Shared with the clients, which may
// outlive the connection.
class KafkaConnection::Address {
 public:
  explicit Address(std::string brokers) : brokers_(std::move(brokers)) {}
  void set(std::string brokers) {
    const std::lock_guard lock(mutex_);
    brokers_ = std::move(brokers);
  }
  ClusterSettings apply_to(ClusterSettings cluster) const {
    const std::lock_guard lock(mutex_);
    cluster.brokers = brokers_;
    return cluster;
  }

 private:
  mutable std::mutex mutex_;
  std::string brokers_;
};

KafkaConnection::KafkaConnection(ClusterSettings cluster, KafkaClients clients, Blocking& blocking, const Clock& clock)
    : KafkaConnection(std::move(cluster), std::move(clients), blocking, clock, {}, {}) {}

KafkaConnection::KafkaConnection(ClusterSettings cluster, KafkaClients clients, Blocking& blocking, const Clock& clock,
                                 StartEmbedded start, std::filesystem::path data_dir)
    : cluster_(start ? without_credentials(std::move(cluster)) : std::move(cluster)),
      clients_(std::move(clients)),
      blocking_(blocking),
      start_(std::move(start)),
      data_dir_(std::move(data_dir)),
      address_(std::make_shared<Address>(cluster_.brokers)),
      question_(std::make_shared<TopicQuestion>(clients_.ask_topic, clock)) {}

KafkaConnection::~KafkaConnection() = default;

// Brokers elsewhere are dialled by those who use them; here only what can never work is refused.
Task<Result<void>> KafkaConnection::open() {
  if (start_) {
    Result<void> prepared;
    std::function<void()> work = [this, &prepared] {
      prepared = start_and_prepare();
    };
    co_await blocking_.run(std::move(work));
    if (prepared.has_error()) co_return prepared.error();
  }
  ProducerSettings settings;
  settings.cluster = address_->apply_to(cluster_);
  Result<void> checked = check_settings(settings);
  co_return checked;
}

Result<void> KafkaConnection::start_and_prepare() {
  if (embedded_ == nullptr) {
    Result<std::shared_ptr<EmbeddedServer>> started = start_(data_dir_);
    if (started.has_error()) return started.error().for_good();
    embedded_ = std::move(*started);
    address_->set(embedded_->address());
  }
  std::vector<std::string> topics;
  {
    const std::lock_guard lock(mutex_);
    topics.assign(expected_topics_.begin(), expected_topics_.end());
  }
  if (topics.empty()) return Result<void>();
  Result<void> created = clients_.create_topics(address_->apply_to(cluster_), topics);
  if (created.has_error()) return created.error().with_context("making the topics of the pipelines").for_good();
  return Result<void>();
}

// What is still under way is flushed within a bound.
Task<void> KafkaConnection::close() {
  std::shared_ptr<ProducerClient> producer;
  {
    const std::lock_guard lock(mutex_);
    producer = std::move(producer_);
    producer_.reset();
  }
  std::function<void()> work = [producer = std::move(producer), embedded = std::exchange(embedded_, nullptr)] {
    if (producer != nullptr) producer->close(kProducerFlush);
    if (embedded != nullptr) embedded->stop();
  };
  co_await blocking_.run(std::move(work));
}

Task<std::vector<CheckLine>> KafkaConnection::check(CheckRequest request) {
  std::vector<CheckLine> lines;
  ClusterSettings cluster = cluster_;
  if (cluster.client_id.empty()) cluster.client_id = "weir-check";
  std::function<void()> work = [this, &lines, &request, &cluster] {
    lines = judge(cluster, request, clients_.ask_cluster(cluster, question_of(request)));
  };
  if (start_)
    lines.push_back(CheckLine::ok("broker", "embedded: `weir run` starts it; not asked"));
  else if (!clients_.ask_cluster)
    lines.push_back(CheckLine::warning("broker", "this client cannot be asked", "see whether `weir run` reaches it"));
  else
    co_await blocking_.run(std::move(work));
  co_return lines;
}

MakeConsumer KafkaConnection::make_consumer() const {
  return [address = address_, make = clients_.make_consumer](ConsumerSettings settings) {
    settings.cluster = address->apply_to(std::move(settings.cluster));
    return make(std::move(settings));
  };
}

std::shared_ptr<ProducerClient> KafkaConnection::producer() {
  const std::lock_guard lock(mutex_);
  if (producer_ == nullptr) {
    ProducerSettings settings;
    settings.cluster = cluster_;
    producer_ = start_ ? make_late_producer([address = address_, make = clients_.make_producer, settings] {
      ProducerSettings known = settings;
      known.cluster = address->apply_to(std::move(known.cluster));
      return make(std::move(known));
    })
                       : clients_.make_producer(std::move(settings));
  }
  return producer_;
}

namespace {

// Parameters by value: the coroutine outlives its call.
Task<Result<void>> find_on_thread(std::shared_ptr<TopicQuestion> question, Blocking* blocking, ClusterSettings cluster,
                                  std::string topic, bool takes_letters) {
  Result<void> found;
  std::function<void()> work = [&] {
    found = question->find(cluster, topic);
    if (found.has_value() && takes_letters) question->compare_with_sources(cluster, topic);
  };
  co_await blocking->run(std::move(work));
  co_return found;
}

}  // namespace

std::function<Task<Result<void>>()> KafkaConnection::topic_finder(std::string topic, bool takes_letters) {
  if (start_ || !clients_.ask_topic) return {};
  return [question = question_, blocking = &blocking_, cluster = cluster_, topic = std::move(topic), takes_letters] {
    return find_on_thread(question, blocking, cluster, topic, takes_letters);
  };
}

void KafkaConnection::expect(const std::vector<Use>& uses) {
  const std::lock_guard lock(mutex_);
  for (const Use& use : uses) {
    if (use.what != Use::What::topic || !use.is_exact) continue;
    if (start_) expected_topics_.insert(use.name);
    if (use.how == Use::How::reads) question_->add_source(use.name);
  }
}

}  // namespace weir::connectors::kafka
