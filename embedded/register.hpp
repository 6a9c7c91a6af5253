// Puts the embedded servers into the registry, so that a connection may say `embedded`.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::embedded {

void register_embedded(Registry& registry);

}  // namespace weir::embedded
