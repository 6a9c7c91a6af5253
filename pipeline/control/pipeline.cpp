#include "pipeline/control/pipeline.hpp"

#include "pipeline/control/own_letters.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <optional>

namespace weir {

namespace {

Error refused(const PipelinePlan& plan, std::string_view kind, const std::string& name, const Error& why) {
  return why.with_context("pipeline '" + plan.name + "', " + std::string(kind) + " '" + name + "'");
}

GraphSettings make_settings(const PipelinePlan& plan, std::size_t lanes) {
  GraphSettings settings;
  settings.window = window_limits(plan.settings, lanes);
  settings.persist = plan.persist;
  settings.commit_interval = plan.settings.commit_interval;
  settings.default_sink = plan.default_sink;
  settings.dlq = plan.dlq;
  settings.config_hash = plan.config_hash;
  settings.is_own_letter = recognise_own_letters(plan);
  return settings;
}

std::size_t lanes_of(const PipelinePlan& plan, const BuildScope& scope) {
  return plan.settings.lanes == 0 ? scope.executors.lanes.size() : plan.settings.lanes;
}

BuildContext context_of(const PipelinePlan& plan, const BuildScope& scope) {
  BuildContext context = make_build_context(scope, plan.name, plan.source.type->name);
  context.lanes = lanes_of(plan, scope);
  context.settings = plan.settings;
  for (const auto& [name, sink] : plan.sinks) context.sinks.push_back(name);
  return context;
}

// By the place of a sink in the next plan: its place in the running one, where it is kept.
using KeptSinks = std::vector<std::optional<SinkIndex>>;

KeptSinks find_kept(const PipelinePlan& next, const PipelinePlan& now, const PipelineChange& change) {
  KeptSinks kept(next.sinks.size());
  for (const PartChange& sink : change.sinks) {
    if (sink.what != PartChange::What::kept) continue;
    const auto place_in = [&sink](const PipelinePlan& plan) {
      const auto found = std::ranges::find(plan.sinks, sink.name, [](const auto& entry) { return entry.first; });
      return static_cast<SinkIndex>(found - plan.sinks.begin());
    };
    kept[place_in(next)] = place_in(now);
  }
  return kept;
}

Result<LaneGraphParts> make_lane(const PipelinePlan& plan, const BuildContext& of_lane, const KeptSinks& kept) {
  LaneGraphParts lane;
  for (const ComponentPlan& stage : plan.stages) {
    BuildContext context = of_lane;
    context.component = stage.type->name;
    Result<std::unique_ptr<Stage>> made = stage.type->make_stage(stage.config, context);
    if (made.has_error()) return refused(plan, "stage", stage.type->name, made.error());
    lane.stages.push_back({stage.type->name, std::move(*made)});
  }
  for (std::size_t i = 0; i < plan.sinks.size(); ++i) {
    if (kept[i]) {
      lane.sinks.emplace_back(KeptSink{*kept[i]});
      continue;
    }
    const auto& [name, sink] = plan.sinks[i];
    BuildContext context = of_lane;
    context.component = name;
    context.role = i == plan.dlq ? SinkRole::dead_letters : SinkRole::target;
    Result<std::unique_ptr<Sink>> made = sink.type->make_sink(sink.config, context);
    if (made.has_error()) return refused(plan, "sink", name, made.error());
    lane.sinks.emplace_back(std::move(*made));
  }
  return lane;
}

Result<GraphParts> make_graph(const PipelinePlan& plan, BuildContext context, const KeptSinks& kept) {
  GraphParts graph;
  graph.settings = make_settings(plan, context.lanes);
  graph.sink_names = context.sinks;
  for (LaneIndex i = 0; i < context.lanes; ++i) {
    context.lane = i;
    Result<LaneGraphParts> lane = make_lane(plan, context, kept);
    if (lane.has_error()) return lane.error();
    graph.lanes.push_back(std::move(*lane));
  }
  return graph;
}

}  // namespace

BuildContext make_build_context(const BuildScope& scope, std::string pipeline, std::string component) {
  const Registry* registry = &scope.registry;
  BOOST_ASSERT_MSG(scope.executors.blocking != nullptr, "components need a place for what blocks");
  return BuildContext{
      .pipeline = std::move(pipeline),
      .component = std::move(component),
      .clock = scope.clock,
      .metrics = scope.metrics,
      .blocking = *scope.executors.blocking,
      .data_dir = scope.data_dir,
      .sinks = {},
      .find_connection = scope.find_connection,
      .find_embedded = [registry](const std::string& kind) { return registry->embedded(kind); },
  };
}

Result<std::unique_ptr<Pipeline>> Pipeline::build(const PipelinePlan& plan, const BuildScope& scope) {
  BuildContext context = context_of(plan, scope);
  RunnerParts parts;
  parts.pipeline = plan.name;
  parts.clock = &scope.clock;
  parts.metrics = &scope.metrics;
  parts.control = scope.executors.control;
  Result<std::unique_ptr<Source>> source = plan.source.type->make_source(plan.source.config, context);
  if (source.has_error()) return refused(plan, "source", plan.source.type->name, source.error());
  parts.source = std::move(*source);
  for (LaneIndex i = 0; i < context.lanes; ++i)
    parts.lanes.push_back(scope.executors.lanes[i % scope.executors.lanes.size()]);
  Result<GraphParts> graph = make_graph(plan, std::move(context), KeptSinks(plan.sinks.size()));
  if (graph.has_error()) return graph.error();
  parts.graph = std::move(*graph);
  return std::unique_ptr<Pipeline>(new Pipeline(std::move(parts)));
}

Result<GraphParts> Pipeline::build_graph(const PipelinePlan& next, const PipelinePlan& now,
                                         const PipelineChange& change, const BuildScope& scope) {
  return make_graph(next, context_of(next, scope), find_kept(next, now, change));
}

}  // namespace weir
