#include "pipeline/control/pipeline.hpp"

#include "pipeline/control/own_letters.hpp"

#include <boost/assert.hpp>

#include <algorithm>

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

Result<LaneGraphParts> make_lane(const PipelinePlan& plan, const BuildContext& of_lane) {
  LaneGraphParts lane;
  for (const ComponentPlan& stage : plan.stages) {
    BuildContext context = of_lane;
    context.component = stage.type->name;
    Result<std::unique_ptr<Stage>> made = stage.type->make_stage(stage.config, context);
    if (made.has_error()) return refused(plan, "stage", stage.type->name, made.error());
    lane.stages.push_back({stage.type->name, std::move(*made)});
  }
  for (std::size_t i = 0; i < plan.sinks.size(); ++i) {
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
      .shelf = nullptr,
  };
}

Pipeline::Pipeline(const PipelinePlan& plan, std::unique_ptr<StateShelf> shelf, RunnerParts parts)
    : name_(plan.name), config_hash_(plan.config_hash), shelf_(std::move(shelf)), runner_(std::move(parts)) {}

Result<std::unique_ptr<Pipeline>> Pipeline::build(const PipelinePlan& plan, const BuildScope& scope) {
  const std::size_t lanes = plan.settings.lanes == 0 ? scope.executors.lanes.size() : plan.settings.lanes;
  BuildContext context = make_build_context(scope, plan.name, plan.source.type->name);
  context.lanes = lanes;
  context.settings = plan.settings;
  auto shelf = std::make_unique<StateShelf>();
  context.shelf = shelf.get();
  for (const auto& [name, sink] : plan.sinks) context.sinks.push_back(name);

  RunnerParts parts;
  parts.pipeline = plan.name;
  parts.graph.settings = make_settings(plan, lanes);
  parts.clock = &scope.clock;
  parts.metrics = &scope.metrics;
  parts.control = scope.executors.control;
  parts.graph.sink_names = context.sinks;
  Result<std::unique_ptr<Source>> source = plan.source.type->make_source(plan.source.config, context);
  if (source.has_error()) return refused(plan, "source", plan.source.type->name, source.error());
  parts.source = std::move(*source);
  for (LaneIndex i = 0; i < lanes; ++i) {
    context.lane = i;
    Result<LaneGraphParts> lane = make_lane(plan, context);
    if (lane.has_error()) return lane.error();
    parts.graph.lanes.push_back(std::move(*lane));
    parts.lanes.push_back(scope.executors.lanes[i % scope.executors.lanes.size()]);
  }
  return std::unique_ptr<Pipeline>(new Pipeline(plan, std::move(shelf), std::move(parts)));
}

}  // namespace weir
