// What stands around stages and sinks that are watched. Private to this folder.
#pragma once

#include "pipeline/topology/topology.hpp"
#include "testkit/expect/observed.hpp"

namespace weir::testkit {

class Watch;

// From now on what is made of the plan tells the watch, which outlives it.
// `is_first`: it is the one that sees messages when they have been read.
void watch_stage(ComponentPlan& stage, bool is_first, Watch& watch);
void watch_sink(ComponentPlan& sink, Output::Kind kind, Watch& watch);

}  // namespace weir::testkit
