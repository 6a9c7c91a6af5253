#include "connectors/kafka/mock_cluster.hpp"

#include "connectors/kafka/rdkafka.hpp"

#include <librdkafka/rdkafka_mock.h>

namespace weir::connectors::kafka {

struct MockCluster::Impl {
  rdkafka::Client host;  // the cluster lives inside a client that does nothing else
  rd_kafka_mock_cluster_t* cluster = nullptr;
  int brokers = 0;
  ~Impl() {
    if (cluster != nullptr) rd_kafka_mock_cluster_destroy(cluster);
  }
};

Result<std::unique_ptr<MockCluster>> MockCluster::start(int brokers) {
  auto impl = std::make_unique<Impl>();
  char why[512] = "";
  rdkafka::Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "client.id", "weir-mock-cluster", why, sizeof(why));
  rd_kafka_conf_set(conf.get(), "log_level", "3", why, sizeof(why));
  impl->host.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why, sizeof(why)));
  if (impl->host == nullptr) return Error(Errc::io, "the mock Kafka cluster cannot be started: " + std::string(why));
  [[maybe_unused]] rd_kafka_conf_t* const owned_by_host = conf.release();
  impl->brokers = brokers;
  impl->cluster = rd_kafka_mock_cluster_new(impl->host.get(), brokers);
  if (impl->cluster == nullptr)
    return Error(Errc::io, "the mock Kafka cluster cannot be started: no port on the loopback interface");
  return std::unique_ptr<MockCluster>(new MockCluster(std::move(impl)));
}

MockCluster::MockCluster(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MockCluster::~MockCluster() = default;

std::string MockCluster::bootstrap_servers() const {
  return rd_kafka_mock_cluster_bootstraps(impl_->cluster);
}

Result<void> MockCluster::create_topic(const std::string& name, Partition partitions) {
  const rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(impl_->cluster, name.c_str(), partitions, 1);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return rdkafka::to_error(code, nullptr, bootstrap_servers()).with_context("topic '" + name + "'");
  return Result<void>();
}

void MockCluster::set_reachable(bool reachable) {
  for (int id = 1; id <= impl_->brokers; ++id) set_broker_reachable(id, reachable);
}

void MockCluster::set_broker_reachable(int id, bool reachable) {
  if (reachable) {
    rd_kafka_mock_broker_set_up(impl_->cluster, id);
  } else {
    rd_kafka_mock_broker_set_down(impl_->cluster, id);
  }
}

void MockCluster::set_leader(const std::string& topic, Partition partition, int broker) {
  rd_kafka_mock_partition_set_leader(impl_->cluster, topic.c_str(), partition, broker);
}

void MockCluster::take_leader(const std::string& topic, Partition partition) {
  constexpr int kNobody = -1;
  set_leader(topic, partition, kNobody);
}

void MockCluster::refuse_topic(const std::string& name, int code) {
  rd_kafka_mock_topic_set_error(impl_->cluster, name.c_str(), static_cast<rd_kafka_resp_err_t>(code));
}

void MockCluster::refuse_next(std::int16_t api, int code) {
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  rd_kafka_mock_push_request_errors_array(impl_->cluster, api, 1, &error);
}

}  // namespace weir::connectors::kafka
