// Checks over the whole plan, by what its components describe: what each allows and what cannot work together.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/topology.hpp"

namespace weir::detail {

// In every pipeline: check_pipeline(). Among those that are switched on: members of one group, outputs that are read
// again, files that two sinks write. A plan with errors is checked as far as it was read: what is not sound has no
// description, and nothing is said of it.
void check_whole_plan(const Topology& topology, config::Diagnostics& out);

}  // namespace weir::detail
