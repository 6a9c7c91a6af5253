// Puts the `kafka` connection and source into a registry.
#pragma once

#include "connectors/kafka/clients.hpp"

namespace weir {
class Registry;
}

namespace weir::connectors::kafka {

// Its connections make their clients with `make_clients`; a test gives those of a fake.
void register_kafka(Registry& registry, MakeKafkaClients make_clients = librdkafka_clients);

}  // namespace weir::connectors::kafka
