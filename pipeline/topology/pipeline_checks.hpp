// Checks within one pipeline, by what its components describe: what each allows and what cannot work together.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/topology.hpp"

namespace weir::detail {

// Fields of the event that are wanted where no stage has decoded it; a stage that undoes the choice of an earlier one;
// sinks that nothing reaches; a sink for dead letters that cannot take each of them; a memory of ids that is shorter
// than the tries of a write. What could not be read is given the benefit of the doubt.
void check_pipeline(const PipelinePlan& pipeline, config::Diagnostics& out);

}  // namespace weir::detail
