// LaneGraph: what one configuration makes of a lane's messages: stages, sinks, settings. A lane has one that its next
// batch goes through; every batch in flight keeps the one that it came with.
#pragma once

#include "pipeline/engine/breaker.hpp"
#include "pipeline/engine/graph_parts.hpp"
#include "pipeline/engine/lane_context.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// A lane's sink. Graphs share it: one that moves over stays the same object, with its order and all that it has in flight.
//
// Lifetime: of the last graph that has it; the lane closes it before. Executor: the lane's. Cancellation, Errors: none.
struct LaneSink {
  std::unique_ptr<Sink> sink;
  bool opening = false;  // open() is under way
  bool opened = false;
  Breaker::Hold silent;  // a write has had no answer for long
};

struct StageSlot {
  std::unique_ptr<Stage> stage;
  std::unique_ptr<LaneContext> context;
};

// A sink as a graph knows it.
struct SinkSlot {
  std::string name;
  Breaker* breaker = nullptr;  // of that name; outlives all graphs
  std::shared_ptr<LaneSink> sink;
};

// Does not change once it is made, but for what its stages and sinks are in themselves.
//
// Lifetime: shared by the lane and by every batch that came through it: stages may have hooked themselves to the acks.
// Executor: made on control, then the lane's. Cancellation, Errors: none.
struct LaneGraph {
  std::shared_ptr<const GraphSettings> settings;
  std::vector<StageSlot> stages;
  std::vector<SinkSlot> sinks;  // index = SinkIndex

  Sink& sink(SinkIndex index) const { return *sinks[index].sink->sink; }
  bool has(const LaneSink& sink) const;
};

// What every graph of a lane gets, besides its parts.
struct LaneGraphScope {
  LaneIndex lane = 0;
  Clock& clock;
  std::function<Breaker&(const std::string& sink_name)> breaker_of;
};

// `running` is the graph that KeptSinks are taken from; may be nullptr where there are none.
std::shared_ptr<LaneGraph> make_lane_graph(LaneGraphParts parts, std::shared_ptr<const GraphSettings> settings,
                                           const std::vector<std::string>& sink_names, const LaneGraphScope& scope,
                                           const LaneGraph* running);

}  // namespace weir
