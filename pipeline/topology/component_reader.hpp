// Reads one component of a configuration: a connection, source, stage or sink, below its name.
#pragma once

#include "pipeline/topology/defaults_block.hpp"
#include "pipeline/topology/topology.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::detail {

// Reads components: exactly one key, which is the name of a registered one.
//
// Lifetime: for one load; what it refers to outlives it. Executor, Cancellation: none. Errors: to `out`.
class ComponentReader {
 public:
  ComponentReader(const Registry& registry, DefaultsBlock& defaults, config::Diagnostics& out)
      : registry_(registry), defaults_(defaults), out_(out) {}

  // Without a type when there is no such component. `scope.path` is set to the component's path.
  ComponentPlan read(ComponentKind kind, const config::Node& node, const std::string& path, CheckScope scope) const;

 private:
  std::string advice_for(ComponentKind kind, const std::string& name, const std::vector<std::string_view>& known) const;

  const Registry& registry_;
  DefaultsBlock& defaults_;
  config::Diagnostics& out_;
};

}  // namespace weir::detail
