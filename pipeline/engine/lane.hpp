// Lane: the unit of order and of parallelism. One thread's worth of work, with its own stages and sinks.
//
// The story of a message is told in runner.cpp, where the lane's two loops are; lane_steps.cpp has the steps that those
// take, of which only write() waits, lane_letters.cpp those with dead letters; lane.cpp has what a lane does besides: opening, stopping, waiting, giving up what
// was taken away.
#pragma once

#include "pipeline/base/log.hpp"
#include "pipeline/base/signal.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/engine/runner_metrics.hpp"
#include "pipeline/engine/runner_parts.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace weir {

// What the lanes of a pipeline share. Read-only for them, but for the breakers and counters, which are thread-safe.
struct LaneScope {
  std::string pipeline;
  RunnerSettings settings;
  Clock& clock;
  RunnerMetrics& metrics;
  Source& source;
  std::vector<std::string> sink_names;
  std::vector<std::unique_ptr<Breaker>> sink_breakers;  // index = SinkIndex
  Breaker& source_breaker;                              // the source cannot be read
  Breaker& stage_breaker;                               // a stage cannot work
  Breaker& dead_letter_breaker;                         // failures that cannot be put anywhere
  std::atomic<bool>& backlog;                           // the source has more than it has handed out
  // The lane has ended and is silent from now on; with what went wrong, if anything did. Called on the lane's executor.
  std::function<void(LaneIndex, std::optional<Error>)> ended;
};

// Lifetime: made by the Runner; after start() it lives until `ended` was called. Closures on its executor share it.
// Executor: the lane's for every member but the constructor; the Runner posts.
// Cancellation: abort(). Errors: `ended`.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(LaneIndex index, LaneParts parts, LaneScope& scope);
  ~Lane();

  const Executor& executor() const { return executor_; }  // any thread

  void start();
  // Takes nothing new, finishes what was begun, ends.
  void drain();
  // Ends now. What is unsettled is redelivered.
  void abort();
  // Partitions were taken away: voids their acks and stops trying
  // for their messages. Ledgers of other lanes do no harm.
  void take_away(const std::vector<std::shared_ptr<PartitionLedger>>& ledgers);
  // Logs what it is doing that keeps it from ending.
  void report_blockers() const;

 private:
  class Context;  // the StageContext of one stage
  struct StageSlot {
    std::unique_ptr<Stage> stage;
    std::unique_ptr<Context> context;
  };

  // The life of a message: in runner.cpp.
  Task<void> run_head_loop();
  Task<void> run_tail_loop();
  Task<void> read();
  Task<void> process(StageSlot& slot, Batch& batch);
  Task<void> persist();
  Task<void> await_verdicts(InFlight& entry);
  Task<void> dead_letter_failures(InFlight& entry);
  Task<void> write_letters(InFlight& entry);
  Task<void> wait_without_dlq(InFlight& entry);
  Task<void> give_up_lane(Error why);
  Task<void> join_writes(InFlight& entry);
  void settle(InFlight& entry);

  // The steps those take: in lane_steps.cpp.
  void count_read(Batch& batch);
  void strip(Batch& batch);
  bool is_void(const Batch& batch) const;  // nothing of it is ours any more
  void choose_sinks(InFlight& entry);
  void send(InFlight& entry);
  void send_again(InFlight& entry);
  void start_writes(InFlight& entry);
  Task<void> write(InFlight::Write& write);
  void judge(InFlight& entry, std::uint32_t attempt);
  void give_up(InFlight& entry, std::uint32_t attempt);
  InFlight* find_cut();  // the oldest entry whose writes were cut
  void release_void(InFlight& entry);
  void collect_failures(InFlight& entry);
  void forget(const std::vector<InFlight::Unresolved>& messages);
  void count_settled(const InFlight& entry);
  std::uint64_t microseconds_since(TimePoint begun) const;
  void fail(Message& message, Error error, std::string_view component, std::uint32_t attempts, WallTime first);
  Error stage_error(const StageSlot& slot, const Error& error) const;
  void log_retry(const InFlight& entry, std::uint32_t attempt, Duration wait);
  void log_failure(const Message& message);
  void log_held_failures();

  // Those with dead letters: in lane_letters.cpp.
  void make_letters(InFlight& entry);
  void send_letters(InFlight& entry);
  // What is left of a write of letters.
  struct LettersLeft {
    std::optional<Error> unwritten;  // why the first of those that may be written later was not
    std::optional<Error> refused;    // why the first of those was not that never will
    bool cut = false;                // some were too large and have been cut: send them again at once
  };
  // Settles the letters that were confirmed, drops those that are void, and cuts those that are too large.
  LettersLeft settle_confirmed_letters(InFlight& entry, bool exhausted);
  bool cut_if_too_large(InFlight& entry, InFlight::DeadLetter& dead, const Error& why);
  static bool is_refusal(Verdict verdict, const Error& why, bool exhausted);
  bool drop_own_letter(Message& message);
  void release_void_letters(InFlight& entry);
  static void drop_void_letter(InFlight::DeadLetter& dead, std::vector<InFlight::Unresolved>& gone);
  Error no_dlq_error(const InFlight& entry) const;
  Error refused_letter_error(const Message& original, const Error& why) const;

  // Its own life: in lane.cpp.
  Task<void> run();
  Task<void> run_watch_loop();
  void look_for_silence();
  Task<bool> open_sinks();
  Task<void> back_off(Duration wait);
  Duration wait_after(std::uint32_t attempt, const Error& why) const;
  Task<void> abandon();
  Task<void> close_sinks();
  void finish();
  void update_inflight();

  const LaneIndex index_;
  const Executor executor_;
  LaneScope& scope_;
  std::vector<StageSlot> stages_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::size_t opened_ = 0;   // so many of the sinks are open
  std::size_t closing_ = 0;  // the one that close_sinks() is at

  std::optional<Batch> in_hand_;  // the head's batch, not yet in the window
  TimePoint read_at_{};
  std::optional<TimePoint> last_batch_at_;
  std::uint64_t next_sequence_ = 0;
  Window<InFlight> window_;
  Signal window_changed_;  // something was pushed or popped, or the head has ended
  Signal wake_;            // drain, or partitions voided: look again now
  std::uint64_t wakes_ = 0;
  bool draining_ = false;
  bool head_ended_ = false;
  std::optional<Error> failure_;

  SeriesCache<Counter> dropped_;
  SeriesCache<Counter> errors_by_class_;
  SeriesCache<Counter> topic_consumed_;
  SeriesCache<Counter> topic_errors_;
  SeriesCache<Histogram> topic_duration_;
  SeriesCache<Histogram> stage_duration_;
  SeriesCache<Histogram> sink_duration_;
  log::Limiter failure_log_{1000};
  log::Limiter retry_log_{5000};
  std::int64_t counted_messages_ = 0;  // this lane's share of the in-flight gauges
  std::int64_t counted_bytes_ = 0;

  std::vector<Breaker::Hold> silent_;  // by sink: its write has had no answer for long
  TaskGroup loops_;                    // head and tail
  TaskGroup watch_;
  TaskGroup life_;  // run(), which outlives them
};

}  // namespace weir
