// Where a text stands in a component's YAML, and how a message may show it.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/topology.hpp"

#include <string>

namespace weir::detail {

// The place of a name that a component describes: its own, or the component's where the name is a default.
struct WrittenPlace {
  config::Mark mark;
  std::string shown;  // the name in quotes; "(out of ${...})" when it may hold what must not be shown
};

WrittenPlace find_written(const ComponentPlan& component, const std::string& name);

}  // namespace weir::detail
