// Puts the `kafka` connection and source into a registry.
#pragma once

namespace weir {
class Registry;
}

namespace weir::connectors::kafka {

void register_kafka(Registry& registry);

}  // namespace weir::connectors::kafka
