// Checks over the whole plan, by what its components describe: what each allows and what cannot work together.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/topology.hpp"

namespace weir::detail {

// In every pipeline: a stage that undoes the choice of an earlier one, parts of the event that are wanted where no stage
// has decoded it. Among those that are switched on: members of one group that take each other's
// records, and outputs that are read again. Asked only for plans without errors.
void check_whole_plan(const Topology& topology, config::Diagnostics& out);

}  // namespace weir::detail
