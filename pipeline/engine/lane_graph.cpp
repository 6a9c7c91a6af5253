#include "pipeline/engine/lane_graph.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <utility>

namespace weir {

namespace {

using SinkPart = std::variant<std::unique_ptr<Sink>, KeptSink>;

std::shared_ptr<LaneSink> take_sink(SinkPart part, const LaneGraph* running) {
  if (const auto* kept = std::get_if<KeptSink>(&part)) {
    BOOST_ASSERT_MSG(running != nullptr && kept->old < running->sinks.size(), "there is no such sink to keep");
    return running->sinks[kept->old].sink;
  }
  auto made = std::make_shared<LaneSink>();
  made->sink = std::move(std::get<std::unique_ptr<Sink>>(part));
  return made;
}

}  // namespace

bool LaneGraph::has(const LaneSink& sink) const {
  return std::any_of(sinks.begin(), sinks.end(), [&sink](const SinkSlot& slot) { return slot.sink.get() == &sink; });
}

std::shared_ptr<LaneGraph> make_lane_graph(LaneGraphParts parts, std::shared_ptr<const GraphSettings> settings,
                                           const std::vector<std::string>& sink_names, const LaneGraphScope& scope,
                                           const LaneGraph* running) {
  auto graph = std::make_shared<LaneGraph>();
  graph->settings = std::move(settings);
  for (NamedStage& named : parts.stages) {
    auto context = std::make_unique<LaneContext>(scope.clock, scope.lane, std::move(named.name));
    graph->stages.push_back({std::move(named.stage), std::move(context)});
  }
  for (std::size_t i = 0; i < parts.sinks.size(); ++i) {
    Breaker& breaker = scope.breaker_of(sink_names[i]);
    graph->sinks.push_back({sink_names[i], &breaker, take_sink(std::move(parts.sinks[i]), running)});
  }
  return graph;
}

}  // namespace weir
