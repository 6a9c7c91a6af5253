// Runner: one pipeline at work. Read runner.cpp first: it tells the life of a message.
#pragma once

#include "pipeline/base/stop_signal.hpp"
#include "pipeline/engine/commit_book.hpp"
#include "pipeline/engine/lane.hpp"
#include "pipeline/engine/runner_parts.hpp"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

enum class RunnerState { created, running, draining, stopped, failed };
std::string_view to_string(RunnerState state);

struct RunnerStatus {
  RunnerState state = RunnerState::created;
  std::vector<std::string> paused;  // open breakers with their reasons; empty = not paused
  bool only_waits = false;          // none of them has used up its attempts
  bool paused_by_request = false;   // pause() was called; `paused` says so, too
  std::string switching;            // why another graph is not in use yet; empty = none waits for it
  std::string failure;              // why it failed
  bool assigned = true;             // the group has given us our share, be it empty
  std::string waiting_for;          // why not, where that is known
  std::string last_source_error;
  std::vector<PartitionStatus> partitions;
  std::uint64_t unsettled = 0;
  std::uint64_t leaked_acks = 0;
  bool at_end = false;  // the source has nothing more at the moment
  Duration seconds{};   // since run() began, to now or to its end
  Duration active{};    // from the first batch read to the last activity seen
};

// Runs a pipeline: owns the source, the lanes and the book of what may be committed.
//
// Lifetime: run() has returned before it is destroyed, or was never called.
// Executor: the control executor of its parts, for every member.
// Cancellation: drain() and abort(), not the cancellation of run().
// Errors: run() returns why the pipeline failed: settings that the source or a sink refuses, or a bug.
class Runner final : private SourceEvents {
 public:
  explicit Runner(RunnerParts parts);
  ~Runner() override;

  // Opens everything and works until the source ends, or until it is stopped. Called once.
  Task<Result<void>> run();
  // Two-step stop (see StopSignal): what is in flight may finish until three quarters of the time have passed.
  void drain(TimePoint deadline);
  void abort();
  // The stop that is coming is the last one: see Source.
  void leave_for_good();

  // --- Another graph, while it runs, in two phases (I7). Source, partitions, commits and breakers stay as they are.
  // One call at a time; a stop wins over each of them.

  // Opens the new sinks of every lane, those that are away again and again until `limit`. On an error all that is new is
  // closed again and the running graph was never touched. Refused while a graph is prepared already, when the number of
  // lanes is another one, and when the runner stops or has stopped (Errc::cancelled).
  Task<Result<void>> prepare(GraphParts next, Duration limit);
  // Closes what was prepared. Nothing prepared: does nothing.
  Task<void> discard();
  // Takes it into use at a batch boundary of each lane. Returns when every lane works with it and the sinks that are not
  // in it are closed, or when the runner has ended. May take as long as an old sink cannot say what it holds.
  Task<SwitchReport> switch_over(SwitchSettings settings);

  // For people: the lanes take nothing new, what is in flight finishes, the membership in the group lives on. Before,
  // during and after a switch. Idempotent.
  void pause();
  void resume();

  RunnerState state() const { return state_; }
  RunnerStatus status() const;
  const RunnerMetrics& metrics() const { return metrics_; }
  // How long there has been nothing to do: the source at its end, everything settled. Zero while there is something.
  Duration idle_for() const;

 private:
  void assigned(std::vector<AssignedPartition> partitions, AssignmentEpoch epoch) override;
  Task<void> revoking(std::vector<TopicPartition> partitions, TimePoint deadline) override;
  void lost(std::vector<TopicPartition> partitions) override;
  void gone(const TopicPartition& id, std::uint64_t records) override;
  void report(const Error& error) override;

  Task<void> run_commit_loop();
  Task<Result<void>> commit(const std::vector<TopicPartition>* only);
  Task<void> last_commit(const std::vector<TopicPartition>* only, Duration limit);
  Task<void> run_stop_loop();
  Task<void> run_watch_loop();
  Task<void> monitor_loops();
  void note_bug(const std::exception& bug);
  Duration time_for_last_commit() const;
  void start_lanes();
  void tell_lanes(void (Lane::*what)());
  void void_on_lanes(const std::vector<AssignedPartition>& partitions);
  void lane_ended(LaneIndex lane, std::optional<Error> failure);
  void log_blockers();
  void log_unwritten() const;
  void stop_talking();
  void log_waiting();
  void add_ends(std::vector<PartitionStatus>& partitions) const;
  bool waits_for_group() const;
  bool idle_now();

  // Another graph: in runner_switch.cpp.
  Breaker& breaker_of(const std::string& sink_name);
  std::vector<std::shared_ptr<LaneGraph>> make_graphs(GraphParts parts);
  std::optional<Error> why_no_switch(const GraphParts& next) const;
  bool keeps_all_sinks() const;
  Task<void> wait_for_lanes(TimePoint deadline);
  void ask_to_prepare(TimePoint deadline);
  Task<void> discard_on_lanes();
  void ask_to_switch(SwitchSettings settings);
  void post_answer();
  void note_answer();
  void note_waiting(const std::function<void(std::string)>& tell, std::string why);
  bool stops() const { return stop_.draining() || stop_.aborting(); }
  bool is_held() const;

  // RAII: there is one commit in flight at most.
  class OneCommit {
   public:
    explicit OneCommit(Runner& runner) : runner_(runner) { runner_.committing_ = true; }
    ~OneCommit() {
      runner_.committing_ = false;
      runner_.changed_.notify_all();
    }
    OneCommit(const OneCommit&) = delete;
    OneCommit& operator=(const OneCommit&) = delete;

   private:
    Runner& runner_;
  };

  const std::string pipeline_;
  const Executor control_;
  Clock& clock_;
  RunnerMetrics metrics_;
  std::unique_ptr<Source> source_;
  std::atomic<bool> backlog_{false};
  Breaker source_breaker_;
  Breaker stage_breaker_;
  Breaker dead_letter_breaker_;
  std::map<std::string, std::unique_ptr<Breaker>> sink_breakers_;  // by the sink's name: they outlive graphs
  LaneScope scope_;
  std::vector<std::shared_ptr<LaneGraph>> graphs_;    // in use, by lane
  std::vector<std::shared_ptr<LaneGraph>> prepared_;  // the next ones; empty = none
  Duration commit_interval_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::vector<bool> lane_running_;
  std::size_t lanes_running_ = 0;

  CommitBook book_;
  bool committing_ = false;
  std::size_t voiding_ = 0;  // lanes that have not yet voided what they were told to
  Signal changed_;           // a lane has started, ended, answered or voided acks, a commit has ended

  class SwitchCall;
  std::size_t switch_calls_ = 0;  // of prepare(), discard(), switch_over() under way: run() outlives them
  std::size_t unanswered_ = 0;    // lanes that have not answered yet
  std::optional<Error> refusal_;  // the first of a lane that could not prepare
  SwitchReport switch_report_;
  std::string switching_;  // why a switch still waits
  log::Limiter switch_log_{10'000};
  bool paused_ = false;

  StopSignal stop_;
  RunnerState state_ = RunnerState::created;
  std::optional<Error> failure_;
  std::string last_source_error_;
  log::Limiter source_log_{5000};
  log::Limiter waiting_log_{10'000};
  std::optional<TimePoint> without_assignment_since_;  // nothing while the group has given us our share, be it empty
  TimePoint started_at_{};
  std::optional<TimePoint> ended_at_;
  std::optional<TimePoint> first_activity_;
  TimePoint last_activity_{};
  std::optional<TimePoint> idle_since_;
  std::uint64_t seen_consumed_ = 0;
  TaskGroup loops_;    // commit, stop, watch
  TaskGroup monitor_;  // of the loops
};

}  // namespace weir
