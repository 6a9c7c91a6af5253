// What a configuration promises about redelivered events, in words: said at every start (I3).
#pragma once

#include "pipeline/topology/topology.hpp"

#include <string>
#include <vector>

namespace weir::cli {

// One sentence per enabled pipeline and sink: "domain-events: sink events: …".
std::vector<std::string> describe_guarantees(const Topology& topology);

// One sentence per connection to a broker or store that is not `embedded`: what `weir dev` has to say about it. Names
// no address of a store, which may hold a password.
std::vector<std::string> describe_peers_elsewhere(const Topology& topology);

}  // namespace weir::cli
