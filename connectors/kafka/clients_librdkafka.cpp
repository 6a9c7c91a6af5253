#include "connectors/kafka/admin.hpp"
#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/clients.hpp"

namespace weir::connectors::kafka {

namespace {

constexpr Duration kCreateTopicsPatience = std::chrono::seconds(15);

}  // namespace

KafkaClients librdkafka_clients(Clock& clock) {
  KafkaClients clients;
  clients.make_consumer = [&clock](ConsumerSettings settings) {
    return make_librdkafka_consumer(std::move(settings), clock);
  };
  clients.make_producer = &make_librdkafka_producer;
  clients.create_topics = [](const ClusterSettings& cluster, const std::vector<std::string>& topics) {
    return create_topics(cluster, topics, kDefaultPartitions, kCreateTopicsPatience);
  };
  clients.ask_topic = &ask_topic;
  clients.ask_cluster = &ask_cluster;
  return clients;
}

}  // namespace weir::connectors::kafka
