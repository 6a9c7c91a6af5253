// What a configuration promises about redelivered events, in words: said at every start (I3).
#pragma once

#include "pipeline/topology.hpp"

#include <string>
#include <vector>

namespace weir::cli {

// One sentence per enabled pipeline and sink: "domain-events: sink events: …".
std::vector<std::string> describe_guarantees(const Topology& topology);

}  // namespace weir::cli
