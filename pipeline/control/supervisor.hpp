// Supervisor: everything that runs in this process, and the one door through which it is changed.
#pragma once

#include "pipeline/base/task_group.hpp"
#include "pipeline/control/held_connection.hpp"
#include "pipeline/control/pipeline.hpp"
#include "pipeline/control/reload_outcome.hpp"
#include "pipeline/control/summary.hpp"
#include "pipeline/topology/topology.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// Owns connections by name, and pipelines. apply() is the one entry: a cold start is a change from nothing.
//
// Lifetime: drain() has returned true before it is destroyed, or nothing was ever applied. After a drain that returned
// false something still runs: the process must end without destroying it (std::_Exit).
// Executor: the control executor of the workers, for every member but the constructor and the destructor.
// Cancellation: drain(). Errors: apply().
class Supervisor {
 public:
  // What it refers to outlives the supervisor.
  struct Parts {
    const Registry& registry;
    Clock& clock;
    Metrics& metrics;
    Executors executors;
    std::filesystem::path data_dir;
  };
  explicit Supervisor(Parts parts);
  ~Supervisor();

  // What runs.
  const Topology& plan() const { return plan_; }
  // What apply() would do now.
  TopologyDiff changes_to(const Topology& next) const;
  // Puts a plan in the place of the one that runs (I7). Everything new is built, then opened, before anything that runs is
  // touched; an error until then leaves all as it was. A peer that is away is no error, it is tried again. Returns when the
  // new plan runs: that may take as long as an old sink cannot say what it holds (waiting_for()). One call at a time; a
  // stop wins: one that has not begun to change what runs is refused then (Errc::cancelled), another ends soon.
  Task<Result<ReloadReport>> apply(Topology next);
  // Why apply() still waits, one sentence per pipeline.
  std::vector<std::string> waiting_for() const;

  // Stops: pipelines drain until three quarters of the time have passed, then abort; then connections close. True when
  // all has ended by the deadline. Idempotent.
  Task<bool> drain(TimePoint deadline);
  // The time that the slowest pipeline wants for it.
  Duration drain_timeout() const;
  // From now on apply() changes nothing. Part of drain(); alone, while it is not time for that yet.
  void stop_changing();
  // The stop that is coming is final: members of groups give their partitions away at once. At any time before
  // drain() has returned.
  void leave_for_good();
  // Ends the pipelines now, a running drain() with them: what is unsettled will be read again. Idempotent.
  void abort();

  // Returns when no pipeline runs any more: each has ended, has failed or was stopped. `stay`: not while there is none that
  // could, since the next plan may bring one.
  Task<void> wait_until_ended(bool stay = false);
  // Returns when there has been nothing to do in any pipeline for that long, or none runs any more.
  Task<void> wait_until_idle(Duration duration);

  bool running() const { return running_ > 0; }
  // The runner of that name, or nullptr: it is not there, or switched off. Not to be kept: a change may replace it.
  Runner* find_runner(std::string_view name) const;
  // Of the pipelines that are there, why one has failed, if any has.
  std::optional<Error> failure() const;
  // What is going on, or has: the same figures for the live display and for the end.
  Summary summary() const;

 private:
  // A pipeline at work, or that has ended.
  struct Running {
    PipelinePlan plan;
    std::unique_ptr<Pipeline> pipeline;
    bool ended = false;
    std::optional<Error> failure;
    std::string waiting_for;  // why a change of it still waits
  };
  struct Change;  // from what runs to the next plan; in supervisor_apply.cpp
  class Applying;

  Result<void> build(Change& change);
  Task<Result<void>> make_ready(Change& change);
  Task<void> take_back(Change& change);
  Task<void> commit(Change& change);
  Task<void> switch_over(Change& change, std::size_t step);
  Task<void> replace(Change& change);
  Task<void> wait_until_left(Change& change);
  void adopt(Change& change);
  std::shared_ptr<Running> find(std::string_view name) const;

  void start(std::shared_ptr<Running> running);
  Task<void> run_pipeline(std::shared_ptr<Running> running);
  Task<void> close_connections();

  using Connections = std::map<std::string, std::shared_ptr<HeldConnection>>;
  Parts parts_;
  BuildScope scope_;
  bool applying_ = false;
  bool stopping_ = false;
  Topology plan_;  // that runs
  bool leaves_for_good_ = false;
  Connections connections_;
  std::vector<std::shared_ptr<HeldConnection>> retired_;  // to be closed when nobody uses them any more
  std::vector<std::shared_ptr<Running>> pipelines_;       // in the order of the plan
  std::size_t running_ = 0;
  Signal changed_;
  TaskGroup runs_;  // one task per pipeline
};

}  // namespace weir
