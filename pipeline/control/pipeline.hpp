// Pipeline: one pipeline of a topology, built. Building constructs and opens nothing.
#pragma once

#include "pipeline/base/workers.hpp"
#include "pipeline/engine/runner.hpp"
#include "pipeline/topology/diff.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace weir {

// What a pipeline is built from, besides its plan. What it refers to outlives the pipeline.
struct BuildScope {
  const Registry& registry;
  Clock& clock;
  Metrics& metrics;
  Executors executors;
  std::filesystem::path data_dir;
  std::function<std::shared_ptr<Connection>(const std::string& name)> find_connection;
};

// What the factories of a component get to see.
BuildContext make_build_context(const BuildScope& scope, std::string pipeline, std::string component);

// A source, and stages and sinks for each lane, made by the registry's factories and handed to a Runner.
//
// Lifetime: as its runner's. Executor: control. Cancellation: none.
// Errors: build() and build_graph() say which component refused, and why; nothing is left behind then.
class Pipeline {
 public:
  static Result<std::unique_ptr<Pipeline>> build(const PipelinePlan& plan, const BuildScope& scope);
  // What takes the place of the stages and sinks of a runner that works by the plan `now`. Sinks that `change` keeps move
  // over.
  static Result<GraphParts> build_graph(const PipelinePlan& next, const PipelinePlan& now, const PipelineChange& change,
                                        const BuildScope& scope);

  Runner& runner() { return runner_; }
  const Runner& runner() const { return runner_; }

 private:
  explicit Pipeline(RunnerParts parts) : runner_(std::move(parts)) {}
  Runner runner_;
};

}  // namespace weir
