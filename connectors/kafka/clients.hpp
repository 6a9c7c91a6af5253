// What a `kafka` connection makes its clients with: librdkafka's, or those of a fake.
#pragma once

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/cluster_check.hpp"
#include "connectors/kafka/topic_question.hpp"
#include "pipeline/base/clock.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct KafkaClients {
  MakeConsumer make_consumer;
  std::function<std::shared_ptr<ProducerClient>(ProducerSettings)> make_producer;
  // Makes those of the topics that are not there. Blocks.
  std::function<Result<void>(const ClusterSettings&, const std::vector<std::string>& topics)> create_topics;
  AskTopic ask_topic;      // empty: nobody can be asked, and every topic is taken to be there
  AskCluster ask_cluster;  // empty: `weir check` says that nobody can be asked
};

// Called once per connection. The clock outlives the clients.
using MakeKafkaClients = std::function<KafkaClients(Clock& clock)>;

KafkaClients librdkafka_clients(Clock& clock);

}  // namespace weir::connectors::kafka
