// The configuration that runs, as text for people.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <string>

namespace weir::admin {

// YAML with every option and its value, as the plan has it: variables are replaced, defaults filled in, secrets are
// "***" (I10).
std::string describe_config(const Topology& topology);

}  // namespace weir::admin
