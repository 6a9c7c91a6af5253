// RunnerKit: a pipeline of hand-made parts, for tests of the engine.
#pragma once

#include "pipeline/engine/runner.hpp"
#include "pipeline/testing/memory_sink.hpp"
#include "pipeline/testing/memory_source.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace weir::testing {

// What one runner of a test is made of. Sink 0 is "events" over
// `store`; with `with_dlq`, sink 1 is "dlq" over `dead_letters`.
struct RunnerKit {
  std::shared_ptr<MemoryLog> log = std::make_shared<MemoryLog>();
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  std::shared_ptr<MemoryStore> dead_letters = std::make_shared<MemoryStore>();
  MemorySource::Settings source_settings;
  GraphSettings settings;
  bool with_dlq = true;
  // Makes the stages of a lane; none: no stages.
  std::function<std::vector<NamedStage>(LaneIndex)> make_stages;
  // Wraps the sink "events" of a lane; none: as it is.
  std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink>)> wrap_sink;

  // Of the runner made last; they live as long as it does.
  MemorySource* source = nullptr;
  std::vector<MemorySink*> sinks;  // of the first lane, by index

  // What make() gives a runner first, and another configuration of the same kind: new stages, and new sinks over the
  // stores as they are now, but for those in `kept` (which stay `sinks`).
  GraphParts make_graph(Clock& clock, std::size_t lanes, const std::vector<KeptSink>& kept = {});

  std::unique_ptr<Runner> make(Clock& clock, Metrics& metrics, Executor control, std::vector<Executor> lanes);
};

// A stage that does to each message what a function says; the function may call ctx.drop and ctx.fail.
class FunctionStage final : public Stage {
 public:
  using Function = std::function<Result<void>(Batch&, StageContext&)>;
  explicit FunctionStage(Function function) : function_(std::move(function)) {}
  Task<Result<void>> process(Batch& batch, StageContext& ctx) override;

 private:
  Function function_;
};

}  // namespace weir::testing
