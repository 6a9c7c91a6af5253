// RunnerParts: all that a Runner is made of. pipeline.cpp builds it from a plan, tests build it by hand.
#pragma once

#include "pipeline/base/metrics.hpp"
#include "pipeline/engine/breaker.hpp"
#include "pipeline/engine/in_flight.hpp"
#include "pipeline/engine/window.hpp"
#include "pipeline/settings.hpp"
#include "pipeline/sink.hpp"
#include "pipeline/source.hpp"
#include "pipeline/stage.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// What one of `lanes` lanes may hold in flight.
inline Window<InFlight>::Limits window_limits(const PipelineSettings& settings, std::size_t lanes) {
  const std::size_t batches = std::max<std::size_t>(1, settings.window_batches);
  return {.batches = batches,
          .items = batches * std::max<std::size_t>(1, settings.batch_messages),
          .bytes = std::max<std::size_t>(1, settings.memory.count / lanes)};
}

struct RunnerSettings {
  Window<InFlight>::Limits window = window_limits(PipelineSettings(), 1);  // of each lane
  PersistPolicy persist;
  Duration commit_interval = PipelineSettings().commit_interval;
  SinkIndex default_sink = kNoSink;  // where messages without a route go
  SinkIndex dlq = kNoSink;           // the sink named `dlq`
  std::string config_hash;           // stands in dead letters
  // Whether a message is a dead letter of this pipeline, read where it puts them; empty: none ever is.
  std::function<bool(const Message&)> is_own_letter;
};

struct NamedStage {
  std::string name;
  std::unique_ptr<Stage> stage;
};

// What belongs to one lane alone.
struct LaneParts {
  Executor executor;
  std::vector<NamedStage> stages;            // up to persist, in order
  std::vector<std::unique_ptr<Sink>> sinks;  // index = SinkIndex
};

// The clock and the metrics outlive the runner.
struct RunnerParts {
  std::string pipeline;
  RunnerSettings settings;
  Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  Executor control;
  std::unique_ptr<Source> source;
  std::vector<std::string> sink_names;  // index = SinkIndex
  std::vector<LaneParts> lanes;
};

}  // namespace weir
