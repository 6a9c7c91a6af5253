// The sinks that weir ships.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::sinks {

// Adds drop, stdout, file, kafka and eventstoredb.
void register_sinks(Registry& registry);

}  // namespace weir::sinks
