// Puts the `eventstoredb` connection into a registry.
#pragma once

namespace weir {
class Registry;
}

namespace weir::connectors::eventstoredb {

void register_eventstoredb(Registry& registry);

}  // namespace weir::connectors::eventstoredb
