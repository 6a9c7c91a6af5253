// crash_everywhere: one scenario, again and again, with a crash at every place where a process can die.
#pragma once

#include "pipeline/topology/topology.hpp"
#include "testkit/process.hpp"
#include "testkit/world.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace weir::testkit {

// What is run, the same way each time.
struct Scenario {
  Topology plan;
  World::Settings world;
  std::size_t workers = 1;  // of each process
  // Other processes that run all the while and are not killed: what the dead one had falls to them as well.
  std::size_t companions = 0;
  // Topics, records, faults. The world knows the plan already.
  std::function<void(World&)> arrange;
  // Lets the scenario happen to the process, which has been started; by default it is waited until all is idle. Not
  // called for the process that takes over after the crash, which is waited for until all is idle.
  std::function<void(World&, Process&)> act;
  // Between the crash and the start of the next process; for what else may go wrong (a store that was restarted, too).
  std::function<void(World&)> between;
  // What must be so in the end besides: empty, or what is not. Called for each run.
  std::function<std::string(World&)> check;
  Duration limit = std::chrono::hours(1);  // virtual, of each wait
};

// The first place at which a promise was broken.
struct BrokenPromise {
  std::string where;  // "crash after append #3 to Order-1 was applied, before its answer"; "without a crash"
  std::string what;   // "no loss: stream Order-1 lacks …"
};

struct CrashReport {
  std::size_t crashes = 0;  // runs with one
  std::optional<BrokenPromise> broken;
  bool passed() const { return !broken.has_value(); }
};

// Runs the scenario without a crash; that is what must come out. Then once more for each call that was made to a server,
// with a crash before it took effect, and with one after it did and before its answer; each time another process of the
// same name is started afterwards. Afterwards must hold:
//
//   no loss           every stream, topic and file has what it has without a crash, and all is committed;
//   no double effect  streams have it once (topics and files are promised at least once only);
//   no reorder        of a stream, of a topic's key, of a file: what comes for the first time comes in the same order.
CrashReport crash_everywhere(const Scenario& scenario);

}  // namespace weir::testkit
