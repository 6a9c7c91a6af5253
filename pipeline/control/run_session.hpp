// One run of a configuration: started, watched and stopped from the main thread, living on the control executor.
#pragma once

#include "pipeline/control/config_watch.hpp"
#include "pipeline/control/reloader.hpp"
#include "pipeline/control/supervisor.hpp"

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

// apply, wait (until idle, or until all has ended, or until stopped), drain; reloads in between.
//
// Lifetime: from start() until `notify` was called; what its parts refer to outlives it.
// Executor: the control executor, but for the members that say otherwise. Cancellation: stop(). Errors: in the outcome.
class RunSession {
 public:
  struct Parts {
    Supervisor& supervisor;
    Clock& clock;
    Executor control;
    std::optional<Duration> until_idle = {};
    Reloader* reloader = nullptr;   // nothing is reloaded without one
    ConfigWatch* watch = nullptr;   // with a reloader only: a change of the files is a reload
  };
  // `notify` is called once, on the control executor, when the outcome is there and nothing of the session runs any more.
  RunSession(Parts parts, std::function<void()> notify);

  // Main thread, once; the control thread runs already.
  void start(Topology topology);
  // The first call drains, the second aborts.
  void stop();
  // Asks for a reload, at once or when the run has begun. False without a reloader.
  bool reload(std::string trigger);
  // Control executor, once `notify` was called.
  const RunOutcome& outcome() const { return outcome_; }

 private:
  Task<void> run(Topology topology);
  Task<void> apply_and_drain(Topology topology);
  Task<void> wait_for_work_to_end();
  Task<void> run_watch_loop();
  void begin_reloads(std::string config_hash);
  void finish();

  const Parts parts_;
  std::function<void()> notify_;
  RunOutcome outcome_;
  bool begun_ = false;         // what was given to start() runs
  std::string early_trigger_;  // of a reload that was asked for before that
  bool work_ended_ = false;
  bool stopping_ = false;
  bool done_ = false;
  Signal changed_;
  TaskGroup tasks_;
};

}  // namespace weir
