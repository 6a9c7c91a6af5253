// ack: settles what was written. Always the last step, and without options: the runner does it.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::stages {

Spec<Registry::AckConfig> ack_spec();

}  // namespace weir::stages
