#include "connectors/kafka/register.hpp"

#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/connection.hpp"
#include "connectors/kafka/instance_id.hpp"
#include "connectors/kafka/source.hpp"
#include "connectors/kafka/source_config.hpp"
#include "pipeline/topology/registry.hpp"

namespace weir::connectors::kafka {

namespace {

Result<std::shared_ptr<Connection>> make_connection(const KafkaConnectionConfig& config, KafkaClients clients,
                                                    BuildContext& context) {
  ClusterSettings cluster = cluster_settings(config);
  if (cluster.brokers != "embedded") {
    return std::shared_ptr<Connection>(
        std::make_shared<KafkaConnection>(std::move(cluster), std::move(clients), context.blocking, context.clock));
  }
  StartEmbedded start = context.find_embedded ? context.find_embedded("kafka") : StartEmbedded();
  if (!start) {
    return Error(Errc::unsupported,
                 "brokers: embedded: this build of weir has no embedded Kafka broker; set KAFKA_BROKERS, or brokers, "
                 "to host:port of a broker");
  }
  return std::shared_ptr<Connection>(std::make_shared<KafkaConnection>(
      std::move(cluster), std::move(clients), context.blocking, context.clock, std::move(start), context.data_dir));
}

Result<std::unique_ptr<Source>> make_source(const KafkaSourceConfig& config, BuildContext& context) {
  Result<std::shared_ptr<KafkaConnection>> connection = context.connection<KafkaConnection>(config.connection);
  if (connection.has_error()) return connection.error();
  KafkaSourceSettings settings;
  settings.consumer = consumer_settings(config, (*connection)->cluster());
  settings.consumer.memory = context.settings.memory;
  settings.consumer.lanes = context.lanes;
  settings.batch_messages = context.settings.batch_messages;
  if (config.instance_id == "auto") {
    settings.find_instance_id = [data_dir = context.data_dir, pipeline = context.pipeline] {
      return stable_instance_id(data_dir, pipeline);
    };
  }
  Result<void> checked = check_settings(settings.consumer);
  if (checked.has_error()) return checked.error();
  return std::unique_ptr<Source>(
      std::make_unique<KafkaSource>(std::move(settings), (*connection)->make_consumer(), context.clock));
}

}  // namespace

void register_kafka(Registry& registry, MakeKafkaClients make_clients) {
  registry.add_connection<KafkaConnectionConfig>(
      "kafka", kafka_connection_spec(),
      [make_clients = std::move(make_clients)](const KafkaConnectionConfig& config, BuildContext& context) {
        return make_connection(config, make_clients(context.clock), context);
      },
      [](const KafkaConnectionConfig& config, const FindDescription&) { return describe_kafka_connection(config); });
  registry.add_source<KafkaSourceConfig>(
      "kafka", kafka_source_spec(), &make_source,
      [](const KafkaSourceConfig& config, const FindDescription&) { return describe_kafka_source(config); });
}

}  // namespace weir::connectors::kafka
