// The producer's bridge, with a say in how its clients are made. Private to this folder and its tests.
#pragma once

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/rdkafka.hpp"

#include <functional>
#include <memory>

namespace weir::connectors::kafka {

// Makes one of librdkafka's producers; an error says why there is none at the moment, or that the settings are refused.
using StartProducer = std::function<Result<rdkafka::Client>(const ProducerSettings&)>;

std::shared_ptr<ProducerClient> make_librdkafka_producer(ProducerSettings settings, StartProducer start);

}  // namespace weir::connectors::kafka
