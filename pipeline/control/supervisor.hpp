// Supervisor: everything that runs in this process, and the one door through which it is changed.
#pragma once

#include "pipeline/base/task_group.hpp"
#include "pipeline/control/pipeline.hpp"
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

  // Builds everything before it opens anything; an error changes nothing. Returns when the connections were opened (or
  // are being tried again, when their peers are away) and the pipelines have started.
  Task<Result<void>> apply(Topology topology);
  // Stops: pipelines drain until three quarters of the time have passed, then abort; then connections close. True when
  // all has ended by the deadline. Idempotent.
  Task<bool> drain(TimePoint deadline);
  // The stop that is coming is final: members of groups give their partitions away at once. At any time before
  // drain() has returned.
  void leave_for_good();
  // Ends the pipelines now, a running drain() with them: what is unsettled will be read again. Idempotent.
  void abort();

  // Returns when no pipeline runs any more: each has ended, has failed or was stopped.
  Task<void> wait_until_ended();
  // Returns when there has been nothing to do in any pipeline for that long, or none runs any more.
  Task<void> wait_until_idle(Duration duration);

  bool running() const { return running_ > 0; }
  // The first pipeline that failed, if any: why.
  std::optional<Error> failure() const { return failure_; }
  // What is going on, or has: the same figures for the live display and for the end.
  Summary summary() const;

 private:
  struct Open {
    std::string name;
    std::shared_ptr<Connection> connection;
    bool opened = false;
  };
  using Connections = std::vector<std::shared_ptr<Open>>;  // shared with the task that keeps opening it
  Result<void> build(const Topology& topology, Connections& connections,
                     std::vector<std::unique_ptr<Pipeline>>& pipelines);
  void announce_uses(const Topology& topology);
  Task<Result<void>> open_connections();
  Task<void> keep_opening(std::shared_ptr<Open> open);
  Task<void> close_connections();
  Task<void> run_pipeline(Pipeline& pipeline);

  Parts parts_;
  BuildScope scope_;
  bool applied_ = false;
  bool aborted_ = false;
  bool leaves_for_good_ = false;
  Connections connections_;
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
  std::vector<std::string> disabled_;
  std::size_t running_ = 0;
  std::optional<Error> failure_;
  Signal changed_;
  TaskGroup runs_;                    // one task per pipeline
  std::optional<TaskGroup> openers_;  // connections whose peers were away; a fresh group after a failed apply()
};

}  // namespace weir
