// Finds outputs that are read again: by the same pipeline, or by others that feed it.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/check_budget.hpp"
#include "pipeline/topology/topology.hpp"

namespace weir::detail {

// Whether two connections reach the same server, as far as the file says: one connection, the embedded server of one
// kind, or the same address.
bool is_same_server(const Topology& topology, const std::string& left, const std::string& right);

// An error where an output is surely read again, a warning where it depends on an expression or a template. Pipelines
// that are switched off do neither.
void check_loops(const Topology& topology, CheckBudget& budget, config::Diagnostics& out);

}  // namespace weir::detail
