// App: a program that runs pipelines. `weir run` and `weir dev` are made of it, and so is a program with components of its own: register
// them, load a configuration, run it.
#pragma once

#include "pipeline/control/process_signals.hpp"
#include "pipeline/control/run_companion.hpp"
#include "pipeline/control/run_session.hpp"
#include "pipeline/topology/registry.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// Who sees how a run goes. Called on the thread that called App::run().
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // How often observe() is to be called; nothing = never.
  virtual std::optional<Duration> interval() const { return std::nullopt; }
  virtual void observe(const Summary& summary, TimePoint now) {}
};

// Clock, metrics, worker threads, supervisor and signals around a registry: what one process needs to run a configuration.
//
// Lifetime: outlives the run; what could not be stopped within the drain's deadline is never destroyed.
// Executor: one thread, the one that made the ProcessSignals.
// Cancellation: SIGINT and SIGTERM; the first drains, the second aborts. SIGHUP reloads. After a SIGINT, members of consumer groups leave
// for good; after a SIGTERM those with an id of their own keep their place for a restart.
// Errors: in the RunOutcome.
class App {
 public:
  // Where a changed configuration comes from while it runs.
  struct Reloads {
    std::vector<std::filesystem::path> files;  // as people name them: a directory is looked through each time
    Environment environment;
    std::vector<std::filesystem::path> env_files;  // further variables (with_env_files); read each time
    std::string look;    // look_of_files(), of both, from before load(): what has changed since then is a change, too
    bool watch = false;  // a change of the files is a reload; the run does not end while nothing is switched on
    // What else must be had before a plan may run (locks, say); on a thread that may block. May be empty.
    std::function<Result<void>(const Topology&)> admit;
    std::function<void(const Topology&)> applied;  // after each change, on the control executor; may be empty
  };
  struct Settings {
    std::filesystem::path data_dir;      // held by the caller for as long as the App lives
    std::size_t workers = 0;             // threads for lanes; 0 = one per processor
    std::optional<Duration> until_idle;  // ends the run when nothing has moved for so long
    std::optional<Reloads> reloads;      // nothing: the configuration stays as it is
    RunCompanion* companion = nullptr;   // runs beside it; outlives the run
    bool leaves_groups = false;          // every stop is final, as SIGINT is; SIGTERM alone may be half of a restart
  };

  App();
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Filled before load().
  Registry& registry() { return *registry_; }

  // The plan that the files make together, and what is wrong with them. Nothing when there is an error among the findings.
  std::optional<Topology> load(const std::vector<std::filesystem::path>& files, const Environment& environment,
                               config::Diagnostics& findings) const;

  // Runs the plan until it ends, is idle, or a signal comes. Once. When the outcome is not `drained`, threads that cannot be stopped
  // still run: say what there is to say and end the process by std::_Exit().
  RunOutcome run(Topology topology, const Settings& settings, ProcessSignals& signals, RunObserver& observer);
  // Lets go of what the run has left: clients that are closed, threads that are idle. After the last word on the run, since a client's
  // end may take a moment. The destructor does it otherwise.
  void close();

 private:
  struct Run;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Run> run_;  // from run() to close()
};

}  // namespace weir
