// KafkaLine: a process's clients of a broker of the world. Private to this folder.
#pragma once

#include "connectors/kafka/clients.hpp"
#include "connectors/kafka/fake.hpp"
#include "testkit/lifeline.hpp"

#include <memory>
#include <string>

namespace weir::testkit {

// The clients of the fake, with that process's lifeline between. `host` names the process to the broker.
connectors::kafka::KafkaClients kafka_clients(connectors::kafka::FakeKafka& kafka, const std::string& host,
                                              Clock& clock, std::shared_ptr<Lifeline> line);

}  // namespace weir::testkit
