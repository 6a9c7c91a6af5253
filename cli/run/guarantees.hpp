// What a configuration promises about redelivered events, in words: said at every start (I3).
#pragma once

#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::cli {

// One sentence per promise, with the sinks that it is made for: "domain-events/events, domain-events/audit: …"; and one
// per pipeline that is switched off.
std::vector<std::string> describe_guarantees(const Topology& topology);

// One sentence per embedded server that pipelines use: what `weir run` warns of, since a variable that was forgotten
// looks the same.
std::vector<std::string> describe_embedded(const Topology& topology, const std::filesystem::path& data_dir);

// One sentence per connection to a broker or store that is not `embedded`: what `weir dev` has to say about it. Names
// no address of a store, which may hold a password.
std::vector<std::string> describe_peers_elsewhere(const Topology& topology);

}  // namespace weir::cli
