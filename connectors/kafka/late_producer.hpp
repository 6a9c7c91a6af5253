// A producer for brokers whose address is not known yet. Private to this folder.
#pragma once

#include "connectors/kafka/client.hpp"

#include <functional>
#include <memory>

namespace weir::connectors::kafka {

// The producer that `make` gives when it is opened; records before that fail as with a closed one.
std::shared_ptr<ProducerClient> make_late_producer(std::function<std::shared_ptr<ProducerClient>()> make);

}  // namespace weir::connectors::kafka
