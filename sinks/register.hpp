// The sinks that weir ships.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::sinks {

// Adds every one of them.
void register_sinks(Registry& registry);

}  // namespace weir::sinks
