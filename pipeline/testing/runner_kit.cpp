#include "pipeline/testing/runner_kit.hpp"

namespace weir::testing {

std::unique_ptr<Runner> RunnerKit::make(Clock& clock, Metrics& metrics, Executor control, std::vector<Executor> lanes) {
  RunnerParts parts;
  parts.pipeline = "test";
  parts.settings = settings;
  parts.settings.default_sink = 0;
  parts.settings.dlq = with_dlq ? SinkIndex{1} : kNoSink;
  parts.clock = &clock;
  parts.metrics = &metrics;
  parts.control = control;
  auto made = std::make_unique<MemorySource>(log, source_settings);
  source = made.get();
  parts.source = std::move(made);
  parts.sink_names = {"events"};
  if (with_dlq) parts.sink_names.push_back("dlq");
  sinks.clear();
  for (const Executor& executor : lanes) {
    LaneParts lane;
    lane.executor = executor;
    if (make_stages) lane.stages = make_stages(parts.lanes.size());
    lane.sinks.push_back(std::make_unique<MemorySink>(clock, store));
    if (with_dlq) lane.sinks.push_back(std::make_unique<MemorySink>(clock, dead_letters));
    if (parts.lanes.empty()) {
      for (const std::unique_ptr<Sink>& sink : lane.sinks) sinks.push_back(static_cast<MemorySink*>(sink.get()));
    }
    if (wrap_sink) lane.sinks[0] = wrap_sink(std::move(lane.sinks[0]));
    parts.lanes.push_back(std::move(lane));
  }
  return std::make_unique<Runner>(std::move(parts));
}

Task<Result<void>> FunctionStage::process(Batch& batch, StageContext& ctx) {
  Result<void> result = function_(batch, ctx);
  co_return result;
}

}  // namespace weir::testing
