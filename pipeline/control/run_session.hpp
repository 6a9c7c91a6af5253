// One run of a configuration: started, watched and stopped from the main thread, living on the control executor.
#pragma once

#include "pipeline/control/supervisor.hpp"

#include <atomic>
#include <functional>
#include <optional>

namespace weir {

// How a run ended.
struct RunOutcome {
  std::optional<Error> refused;  // the configuration could not be put to work: nothing ran
  std::optional<Error> failure;  // a pipeline failed
  bool drained = true;           // all has ended within the deadline; false: the process must end by std::_Exit
  bool aborted = false;          // by a second stop()
  Summary summary;
};

// apply, wait (until idle, or until all has ended, or until stopped), drain.
//
// Lifetime: from start() until `notify` was called; supervisor, clock and workers outlive it.
// Executor: the control executor, but for the members that say otherwise. Cancellation: stop(). Errors: in the outcome.
class RunSession {
 public:
  struct Settings {
    std::optional<Duration> until_idle;
    Duration drain_timeout{};  // of the slowest pipeline
  };
  // `notify` is called once, on the control executor, when the outcome is there and nothing of the session runs any more.
  RunSession(Supervisor& supervisor, Clock& clock, Executor control, Settings settings, std::function<void()> notify);

  // Main thread, once; the control thread runs already.
  void start(Topology topology);
  // The first call drains, the second aborts.
  void stop();
  // Control executor, once `notify` was called.
  const RunOutcome& outcome() const { return outcome_; }

 private:
  Task<void> run(Topology topology);
  Task<void> apply_and_drain(Topology topology);
  Task<void> wait_for_work_to_end();
  void finish();

  Supervisor& supervisor_;
  Clock& clock_;
  const Executor control_;
  const Settings settings_;
  std::function<void()> notify_;
  RunOutcome outcome_;
  bool work_ended_ = false;
  bool stopping_ = false;
  bool done_ = false;
  Signal changed_;
  TaskGroup tasks_;
};

}  // namespace weir
