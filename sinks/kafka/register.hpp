// Puts the `kafka` sink into a registry.
#pragma once

namespace weir {
class Registry;
}

namespace weir::sinks::kafka {

void register_kafka_sink(Registry& registry);

}  // namespace weir::sinks::kafka
