#include "pipeline/testing/runner_kit.hpp"

#include <algorithm>
#include <utility>

namespace weir::testing {

GraphParts RunnerKit::make_graph(Clock& clock, std::size_t lanes, const std::vector<KeptSink>& kept) {
  GraphParts graph;
  graph.settings = settings;
  graph.settings.default_sink = 0;
  graph.settings.dlq = with_dlq ? SinkIndex{1} : kNoSink;
  graph.sink_names = {"events"};
  if (with_dlq) graph.sink_names.push_back("dlq");
  const std::vector<MemorySink*> before = std::exchange(sinks, {});
  for (LaneIndex lane = 0; lane < lanes; ++lane) {
    LaneGraphParts& parts = graph.lanes.emplace_back();
    if (make_stages) parts.stages = make_stages(lane);
    for (SinkIndex i = 0; i < graph.sink_names.size(); ++i) {
      const bool is_kept = std::any_of(kept.begin(), kept.end(), [i](const KeptSink& one) { return one.old == i; });
      if (is_kept) {
        parts.sinks.emplace_back(KeptSink{i});
        if (lane == 0) sinks.push_back(before[i]);
        continue;
      }
      auto made = std::make_unique<MemorySink>(clock, i == 0 ? store : dead_letters);
      if (lane == 0) sinks.push_back(made.get());
      std::unique_ptr<Sink> sink = std::move(made);
      if (i == 0 && wrap_sink) sink = wrap_sink(std::move(sink));
      parts.sinks.emplace_back(std::move(sink));
    }
  }
  return graph;
}

std::unique_ptr<Runner> RunnerKit::make(Clock& clock, Metrics& metrics, Executor control, std::vector<Executor> lanes) {
  RunnerParts parts;
  parts.pipeline = "test";
  parts.clock = &clock;
  parts.metrics = &metrics;
  parts.control = control;
  auto made = std::make_unique<MemorySource>(log, source_settings);
  source = made.get();
  parts.source = std::move(made);
  sinks.clear();
  parts.graph = make_graph(clock, lanes.size());
  parts.lanes = std::move(lanes);
  return std::make_unique<Runner>(std::move(parts));
}

Task<Result<void>> FunctionStage::process(Batch& batch, StageContext& ctx) {
  Result<void> result = function_(batch, ctx);
  co_return result;
}

}  // namespace weir::testing
