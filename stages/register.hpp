// The stages that weir ships.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::stages {

// Adds decode, dedupe, route, persist and ack.
void register_stages(Registry& registry);

}  // namespace weir::stages
