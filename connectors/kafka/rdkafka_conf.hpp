// Settings → librdkafka's configuration. Private to this folder.
#pragma once

#include "connectors/kafka/rdkafka.hpp"
#include "connectors/kafka/settings.hpp"

#include <string>
#include <string_view>

namespace weir::connectors::kafka::rdkafka {

// Every property refused by librdkafka is an error that names it; values are not repeated, they may be secret.
Result<Conf> consumer_conf(const ConsumerSettings& settings);
Result<Conf> producer_conf(const ProducerSettings& settings);
// For a client without a group that asks questions and reads single partitions; make it as RD_KAFKA_CONSUMER.
Result<Conf> admin_conf(const ClusterSettings& cluster);

// Makes the client. The configuration is used up.
Result<Client> make_client(rd_kafka_type_t type, Conf conf, const std::string& brokers);

}  // namespace weir::connectors::kafka::rdkafka
