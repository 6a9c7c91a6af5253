// The validated plan: what a configuration says, typed and checked, before anything is made or opened.
#pragma once

#include "pipeline/settings.hpp"
#include "pipeline/topology/environment.hpp"
#include "pipeline/topology/registry.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// One component of the plan: its type, its typed config, what it says about itself, and where it stands in the file.
struct ComponentPlan {
  std::shared_ptr<const ComponentType> type;
  ComponentType::Config config;
  Description description;
  config::Node node;      // as written, with what `defaults:` adds; for messages
  bool is_sound = false;  // there was nothing wrong with it; only then it is described
  // Canonical text of its config, secrets hashed with a salt of this process; equal = unchanged.
  std::string fingerprint;
};

struct PipelinePlan {
  std::string name;
  bool enabled = true;
  PipelineSettings settings;
  ComponentPlan source;
  std::vector<ComponentPlan> stages;  // up to persist, in order
  PersistPolicy persist;
  std::vector<std::pair<std::string, ComponentPlan>> sinks;  // file order; index = SinkIndex
  // Where messages without a route go: the only sink that is not `dlq`, if there is just one.
  SinkIndex default_sink = kNoSink;
  SinkIndex dlq = kNoSink;    // the sink named `dlq`, if any
  bool lacks_stages = false;  // some could not be read, and may have been any
  std::string config_hash;    // 16 hex digits over all of the above but secrets; stands in dead letters
};

// What its source, stages and sinks describe, in this order.
std::vector<Use> uses_of(const PipelinePlan& pipeline);

struct Topology {
  std::map<std::string, ComponentPlan> connections;
  std::vector<PipelinePlan> pipelines;  // file order, over all files
};

// Reads, parses, validates: phases one to three. Pure but for reading the files.
// All findings go to `out`; with an error among them the topology is not to be
// used. Several files make one configuration; a name defined twice is an error.
Topology load_topology(const std::vector<std::filesystem::path>& files, const Registry& registry,
                       const Environment& environment, config::Diagnostics& out);
// The same from text, under the name `file`.
Topology parse_topology(std::string_view yaml, const std::string& file, const Registry& registry,
                        const Environment& environment, config::Diagnostics& out);

}  // namespace weir
