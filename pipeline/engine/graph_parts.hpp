// GraphParts: what a configuration makes of the messages of a pipeline, taken apart. The first one comes with the
// Runner's parts; a later one takes its place while the pipeline runs (Runner::prepare).
#pragma once

#include "pipeline/engine/in_flight.hpp"
#include "pipeline/engine/window.hpp"
#include "pipeline/settings.hpp"
#include "pipeline/sink.hpp"
#include "pipeline/stage.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace weir {

// What one of `lanes` lanes may hold in flight.
inline Window<InFlight>::Limits window_limits(const PipelineSettings& settings, std::size_t lanes) {
  const std::size_t batches = std::max<std::size_t>(1, settings.window_batches);
  return {.batches = batches,
          .items = batches * std::max<std::size_t>(1, settings.batch_messages),
          .bytes = std::max<std::size_t>(1, settings.memory.count / lanes)};
}

struct GraphSettings {
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

// The sink in that place of the running graph moves over as it is: the same object, open, with what it has in flight.
// It has the same configuration, the same connection and the same role. Its name may be another one.
struct KeptSink {
  SinkIndex old = kNoSink;
};

// What belongs to one lane alone.
struct LaneGraphParts {
  std::vector<NamedStage> stages;                                    // up to persist, in order
  std::vector<std::variant<std::unique_ptr<Sink>, KeptSink>> sinks;  // index = SinkIndex
};

struct GraphParts {
  GraphSettings settings;
  std::vector<std::string> sink_names;  // index = SinkIndex
  std::vector<LaneGraphParts> lanes;    // one per lane of the runner
};

// How a prepared graph is taken into use.
struct SwitchSettings {
  // A message may go elsewhere than before: another sink, other options of one, or another way to choose between them.
  // Then nothing may be on its way to the old sinks when the first message takes the new way, or two of one stream could
  // change places (I2). Where only stages change what a message *is*, its way to the same sinks keeps the order.
  // True whatever is said here where a sink of one of the two graphs is not in the other.
  bool sinks_or_routes_changed = true;
  // How long what is on its way may take to arrive by itself. What has not arrived then is looked up in the old sinks.
  Duration drain = std::chrono::seconds(30);
  // Told on the control executor why the switch still waits, now and then; may be empty.
  std::function<void(std::string)> waiting;
};

struct SwitchReport {
  bool switched = false;        // false: a stop came first, or nothing was prepared
  std::uint64_t found = 0;      // messages without a verdict that the old sinks turned out to hold
  std::uint64_t run_again = 0;  // … that they did not hold: these took the new way, in order
  Duration took{};
};

}  // namespace weir
