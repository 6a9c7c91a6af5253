// RunnerParts: all that a Runner is made of. pipeline.cpp builds it from a plan, tests build it by hand.
#pragma once

#include "pipeline/base/metrics.hpp"
#include "pipeline/engine/graph_parts.hpp"
#include "pipeline/source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir {

// The session, which lasts as long as the runner, and the first graph. The clock and the metrics outlive the runner.
struct RunnerParts {
  std::string pipeline;
  Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  Executor control;
  std::unique_ptr<Source> source;
  std::vector<Executor> lanes;  // where each lane lives
  GraphParts graph;             // no KeptSink in it: there is nothing to keep yet
};

}  // namespace weir
