#include "connectors/kafka/rdkafka_conf.hpp"

#include "connectors/kafka/client_librdkafka.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>

namespace weir::connectors::kafka::rdkafka {

namespace {

// Collects the first property that librdkafka refuses.
class ConfBuilder {
 public:
  ConfBuilder() : conf_(rd_kafka_conf_new()) {}

  void set(const std::string& name, const std::string& value) {
    char why[256] = "";
    if (rd_kafka_conf_set(conf_.get(), name.c_str(), value.c_str(), why, sizeof(why)) == RD_KAFKA_CONF_OK) return;
    // librdkafka's text would repeat the value, which may be a password.
    if (error_.empty()) error_ = "librdkafka refuses the value of its property '" + name + "', or does not know it";
  }
  void set(const std::string& name, std::int64_t value) { set(name, std::to_string(value)); }
  void set_if(const std::string& name, const std::string& value) {
    if (!value.empty()) set(name, value);
  }
  bool knows(const std::string& name, const std::string& value) {
    char why[256] = "";
    return rd_kafka_conf_set(conf_.get(), name.c_str(), value.c_str(), why, sizeof(why)) == RD_KAFKA_CONF_OK;
  }
  void set_all(const RawProperties& raw) {
    for (const auto& [name, value] : raw) set(name, value);
  }
  rd_kafka_conf_t* get() { return conf_.get(); }

  Result<Conf> finish() && {
    if (!error_.empty()) return Error(Errc::invalid_argument, error_);
    return std::move(conf_);
  }

 private:
  Conf conf_;
  std::string error_;
};

std::int64_t ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// What librdkafka logs under these is an event as well, which weir reports in its own words.
bool is_told_otherwise(std::string_view facility) {
  return facility == "FAIL" || facility == "ERROR" || facility == "FATAL";
}

// Called on librdkafka's threads.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const char* const name = client == nullptr ? "" : rd_kafka_name(client);
  if (level <= 3 && !is_told_otherwise(facility)) {
    log::warn(text, {{"component", "librdkafka"}, {"facility", facility}, {"client", name}});
  } else {
    log::debug(text, {{"component", "librdkafka"}, {"facility", facility}, {"client", name}});
  }
}

void set_cluster(ConfBuilder& conf, const ClusterSettings& cluster, const std::string& client_id) {
  conf.set("bootstrap.servers", cluster.brokers);
  conf.set("client.id", !client_id.empty() ? client_id : !cluster.client_id.empty() ? cluster.client_id : "weir");
  const bool sasl = !cluster.sasl_mechanism.empty();
  conf.set("security.protocol", cluster.tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext"));
  if (cluster.tls) {
    conf.set_if("ssl.ca.location", cluster.tls_ca);
    conf.set_if("ssl.certificate.location", cluster.tls_certificate);
    conf.set_if("ssl.key.location", cluster.tls_key);
    conf.set_if("ssl.key.password", cluster.tls_key_password);
    conf.set("ssl.endpoint.identification.algorithm", cluster.tls_verify_hostname ? "https" : "none");
  }
  if (sasl) {
    conf.set("sasl.mechanisms", cluster.sasl_mechanism);
    conf.set("sasl.username", cluster.sasl_username);
    conf.set("sasl.password", cluster.sasl_password);
  }
  conf.set("reconnect.backoff.ms", 100);
  conf.set("reconnect.backoff.max.ms", 5000);
  rd_kafka_conf_set_log_cb(conf.get(), &log_line);
}

}  // namespace

Result<Conf> consumer_conf(const ConsumerSettings& settings) {
  ConfBuilder conf;
  set_cluster(conf, settings.cluster, settings.client_id);
  conf.set("group.id", settings.group);
  conf.set_if("group.instance.id", settings.instance_id);
  conf.set("session.timeout.ms", ms(settings.session_timeout));
  conf.set("heartbeat.interval.ms", ms(settings.heartbeat_interval));
  // Where to begin is the source's to decide: left to this rule, records would be passed over without a word.
  conf.set("auto.offset.reset", "error");
  conf.set("check.crcs", "true");  // a broker does not look again at what lies on its disk
  // Hides them from expressions; a source that names internal topics has no expression (check_topics).
  const auto is_expression = [](const std::string& topic) {
    return topic.starts_with('^');
  };
  if (std::ranges::any_of(settings.topics, is_expression)) conf.set("topic.blacklist", "^__");
  conf.set("isolation.level", "read_committed");
  conf.set("enable.auto.commit", "false");
  conf.set("enable.auto.offset.store", "false");
  conf.set("enable.partition.eof", "true");
  conf.set("allow.auto.create.topics", "false");
  // Cooperative assignment has known faults below 2.10; eager is what the source is written for.
  conf.set("partition.assignment.strategy", "range,roundrobin");
  // A topic that appears later, or matches an expression, is found within this time.
  conf.set("topic.metadata.refresh.interval.ms", 30000);

  // Small fetches stay in the processor's cache, which halves the cost of a message; large ones cost and bring nothing.
  conf.set("fetch.message.max.bytes", 262144);
  conf.set("fetch.wait.max.ms", 100);
  // The bound counts per queue, and each lane has one. A quarter of the pipeline's memory waits here, the rest is for
  // what is in flight.
  const std::uint64_t per_lane_kib = settings.memory.count / 4 / std::max<std::size_t>(settings.lanes, 1) / 1024;
  conf.set("queued.max.messages.kbytes",
           static_cast<std::int64_t>(std::clamp<std::uint64_t>(per_lane_kib, 1024, 8192)));
  conf.set("queued.min.messages", 1000000);  // out of the way: bytes are what counts
  // Since 2.2; without it a full queue costs a second, which the bridge cures otherwise (Nudge).
  if (library_version() >= kVersionWithFetchBackoff) conf.knows("fetch.queue.backoff.ms", "5");

  conf.set_all(settings.cluster.raw);
  conf.set_all(settings.raw);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT);
  return std::move(conf).finish();
}

Result<Conf> producer_conf(const ProducerSettings& settings) {
  ConfBuilder conf;
  set_cluster(conf, settings.cluster, settings.client_id);
  conf.set("enable.idempotence", "true");
  conf.set("acks", "all");
  conf.set("linger.ms", ms(settings.linger));
  conf.set("message.timeout.ms", ms(settings.delivery_timeout));
  conf.set("allow.auto.create.topics", settings.cluster.create_topics ? "true" : "false");
  // The broker decides what is too large, not the client. A batch stays so small that a topic's limit refuses a record
  // for its own size and not for its neighbours'.
  conf.set("message.max.bytes", 1000000000);
  conf.set("batch.size", 131072);
  // A topic that is not there is said to be missing after this time, and looked for again as often.
  conf.set("topic.metadata.propagation.max.ms", 5000);
  conf.set("topic.metadata.refresh.interval.ms", 5000);
  // Found by other clients' default partitioner as well: records of a key meet in one partition, whoever writes them.
  conf.set("partitioner", "murmur2_random");
  conf.set_all(settings.cluster.raw);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  return std::move(conf).finish();
}

Result<Conf> admin_conf(const ClusterSettings& cluster) {
  ConfBuilder conf;
  set_cluster(conf, cluster, {});
  conf.set("isolation.level", "read_committed");
  conf.set("auto.offset.reset", "earliest");
  conf.set("check.crcs", "true");
  conf.set("enable.partition.eof", "true");
  conf.set("allow.auto.create.topics", "false");
  conf.set("fetch.wait.max.ms", 100);
  conf.set("queued.min.messages", 1000000);  // as above: bytes are what counts
  conf.set_all(cluster.raw);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
  return std::move(conf).finish();
}

Result<Client> make_client(rd_kafka_type_t type, Conf conf, const std::string& brokers) {
  char why[512] = "";
  rd_kafka_t* const client = rd_kafka_new(type, conf.get(), why, sizeof(why));
  if (client == nullptr) {
    return Error(Errc::invalid_argument, "the Kafka client for " + brokers + " cannot be made: " + std::string(why));
  }
  [[maybe_unused]] rd_kafka_conf_t* const owned_by_client = conf.release();
  return Client(client);
}

}  // namespace weir::connectors::kafka::rdkafka

namespace weir::connectors::kafka {

Result<void> check_settings(const ConsumerSettings& settings) {
  Result<rdkafka::Conf> conf = rdkafka::consumer_conf(settings);
  if (conf.has_error()) return conf.error();
  return Result<void>();
}

Result<void> check_settings(const ProducerSettings& settings) {
  Result<rdkafka::Conf> conf = rdkafka::producer_conf(settings);
  if (conf.has_error()) return conf.error();
  return Result<void>();
}

}  // namespace weir::connectors::kafka
