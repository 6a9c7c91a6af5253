// Reads one entry of `pipelines:` into a PipelinePlan.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/topology/topology.hpp"

#include <set>
#include <string>

namespace weir::detail {

// What a pipeline's mapping holds: the settings, and the components as raw nodes.
struct PipelineOptions : PipelineSettings {
  bool enabled = true;
  config::Node source;
  config::Node stages;
  config::Node sinks;
  config::Node tests;

  static Spec<PipelineOptions> spec();
};

// Reads components: exactly one key, which is the name of a registered one.
//
// Lifetime: for one load; what it refers to outlives it. Executor, Cancellation: none. Errors: to `out`.
class ComponentReader {
 public:
  ComponentReader(const Registry& registry, config::Diagnostics& out) : registry_(registry), out_(out) {}

  // Nothing (type = nullptr) after an error. `scope.path` is set to the component's path.
  ComponentPlan read(ComponentKind kind, const config::Node& node, const std::string& path, CheckScope scope) const;

 private:
  std::string advice_for(ComponentKind kind, const std::string& name, const std::vector<std::string_view>& known) const;

  const Registry& registry_;
  config::Diagnostics& out_;
};

// `scope` has the connections; its sinks and path are filled here.
PipelinePlan read_pipeline(const std::string& name, const config::Node& node, const Registry& registry,
                           CheckScope scope, config::Diagnostics& out);

// 16 hex digits.
std::string hash16(std::string_view text);
// One line about a component for a hash that people may see: secrets are left out, so that it tells nothing about them.
void append_for_hash(const std::string& name, const ComponentPlan& component, std::string& text);

// The most connections, pipelines, stages and sinks that one
// block may hold: far beyond use, and a bound for hostile files.
inline constexpr std::size_t kMaxEntries = 1000;
std::string too_many_entries();

// What is wrong with a name that stands in metrics, logs and URLs; empty = nothing.
std::string name_error(std::string_view name);

}  // namespace weir::detail
