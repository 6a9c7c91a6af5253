// Reads one entry of `pipelines:` into a PipelinePlan.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/topology/component_reader.hpp"
#include "pipeline/topology/topology.hpp"

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
  // What may stand under `defaults:`, too: all but the parts and their tests.
  static Spec<PipelineOptions> settings_spec();
};

// `scope` has the connections; its sinks and path are filled here.
PipelinePlan read_pipeline(const std::string& name, const config::Node& node, const ComponentReader& components,
                           CheckScope scope, config::Diagnostics& out);

// The most connections, pipelines, stages and sinks that one
// block may hold: far beyond use, and a bound for hostile files.
inline constexpr std::size_t kMaxEntries = 1000;
std::string too_many_entries();

// What is wrong with a name that stands in metrics, logs and URLs; empty = nothing.
std::string name_error(std::string_view name);

}  // namespace weir::detail
