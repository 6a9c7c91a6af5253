// Puts the `eventstoredb` sink into a registry.
#pragma once

namespace weir {
class Registry;
}

namespace weir::sinks::eventstoredb {

void register_eventstoredb_sink(Registry& registry);

}  // namespace weir::sinks::eventstoredb
