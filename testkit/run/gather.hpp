// Gathers what lies in a world when a run has ended.
#pragma once

#include "testkit/expect/observed.hpp"
#include "testkit/process.hpp"
#include "testkit/run/watch.hpp"
#include "testkit/world.hpp"

#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace weir::testkit {

// What the test itself put there, by broker (as World::kafkas() calls it), topic, partition and offset.
using OwnRecords = std::set<std::tuple<std::string, std::string, Partition, Offset>>;

struct Gathering {
  World& world;
  const Topology& plan;
  const Watch& watch;
  const std::vector<std::unique_ptr<Process>>& processes;
  const OwnRecords& own;
};

// Outputs, commits and counters; how the run ended is the business of who ran it.
Observed gather(const Gathering& from);

}  // namespace weir::testkit
