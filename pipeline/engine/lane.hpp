// Lane: the unit of order and of parallelism. One thread's worth of work, with its own stages and sinks.
//
// The story of a message is told in runner.cpp, where the lane's two loops are. lane_steps.cpp has the steps that those
// take, of which only write() waits, lane_letters.cpp those with dead letters. lane_switch.cpp has how a lane takes
// another graph into use, lane_look_up.cpp what becomes then of messages without a verdict. lane.cpp has what a lane does
// besides: opening, stopping, waiting, giving up what was taken away.
#pragma once

#include "pipeline/base/log.hpp"
#include "pipeline/base/signal.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/engine/lane_graph.hpp"
#include "pipeline/engine/runner_metrics.hpp"
#include "pipeline/source.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What the lanes of a pipeline share. Read-only for them, but for the breakers and counters, which are thread-safe.
struct LaneScope {
  std::string pipeline;
  Clock& clock;
  RunnerMetrics& metrics;
  Source& source;
  Breaker& source_breaker;       // the source cannot be read
  Breaker& stage_breaker;        // a stage cannot work
  Breaker& dead_letter_breaker;  // failures that cannot be put anywhere
  std::atomic<bool>& backlog;    // the source has more than it has handed out
  // The lane has ended and is silent from now on; with what went wrong, if anything did. Called on the lane's executor.
  std::function<void(LaneIndex, std::optional<Error>)> ended;
};

// How a lane takes the graph into use that it has prepared.
struct LaneSwitchOrder {
  bool empty_first = true;                      // nothing may be in flight when it does
  Duration drain{};                             // so long what is in flight may take by itself
  std::function<void(std::string)> waits = {};  // told why it is not done yet
};

// Lifetime: made by the Runner; after start() it lives until `ended` was called. Closures on its executor share it.
// Executor: the lane's for every member but the constructor; the Runner posts.
// Cancellation: abort(). Errors: `ended`.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(LaneIndex index, Executor executor, std::shared_ptr<LaneGraph> graph, LaneScope& scope);
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

  // Opens the sinks of `next` that are not in use yet; the answer says what kept it from that. One at a time.
  using Prepared = std::function<void(std::optional<Error>)>;
  void prepare(std::shared_ptr<LaneGraph> next, TimePoint deadline, Prepared answer);
  // Closes what was prepared, or is being prepared (whose answer comes first).
  void discard(std::function<void()> answer);
  // Takes it into use. The answer comes when the lane works with it and has closed what is not in it, or has ended.
  using Switched = std::function<void(SwitchReport)>;
  void switch_over(LaneSwitchOrder order, Switched answer);

  // Takes nothing new, or goes on. What is in flight finishes in either case.
  void pause();
  void resume();

 private:
  // A batch that the head has: read, or to be run again.
  struct InHand {
    std::shared_ptr<LaneGraph> graph;  // what it goes through, or went through last; before the batch, as in InFlight
    Batch batch;
    TimePoint read_at{};
    std::uint64_t first = 0;  // sequence of its first message, where it is carried over
  };

  // The life of a message: in runner.cpp.
  Task<void> run_head_loop();
  Task<void> run_tail_loop();
  Task<void> read();
  Task<bool> may_begin();
  Task<bool> transform_and_submit(InHand& hand);
  Task<void> process(StageSlot& slot, InHand& hand);
  Task<void> wait_for_room(const InHand& hand);
  void persist(InHand& hand);
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
  Task<void> write(Sink& sink, InFlight::Write& write);
  void judge(InFlight& entry, std::uint32_t attempt);
  void give_up(InFlight& entry, std::uint32_t attempt);
  InFlight* find_cut();  // the oldest entry whose writes were cut
  void release_void(InFlight& entry);
  void collect_failures(InFlight& entry);
  void forget(const InFlight& entry, const std::vector<InFlight::Unresolved>& messages);
  void count_settled(const InFlight& entry);
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
  bool drop_own_letter(const GraphSettings& settings, Message& message);
  void release_void_letters(InFlight& entry);
  static void drop_void_letter(InFlight::DeadLetter& dead, std::vector<InFlight::Unresolved>& gone);
  Error no_dlq_error(const InFlight& entry) const;
  static Error refused_letter_error(const InFlight& entry, const Message& original, const Error& why);

  // Another graph: in lane_switch.cpp.
  Task<void> open_prepared(TimePoint deadline);
  Task<Result<void>> open_until(LaneSink& sink, TimePoint deadline);
  Task<void> close_prepared(std::function<void()> answer);
  Task<void> run_switch(LaneSwitchOrder order);
  void cut_writes();
  void take_graph();
  Task<void> retire(std::vector<SinkSlot> sinks);
  void give_up_switch();
  void answer_switch(bool switched);
  std::string why_switch_waits() const;
  // The batches that it concerns.
  Task<void> run_carried_loop();
  bool stands_still() const { return halted_ || paused_ || !carried_.empty(); }  // nothing new is begun
  bool must_wait(const InHand& hand) const;                                      // … nor this one submitted
  bool is_outdated(const InHand& hand) const { return hand.graph != graph_; }    // it would go another way now
  void take_up(InHand& hand);
  static void restore(Batch& batch);

  // What has no verdict then: in lane_look_up.cpp.
  Task<void> look_up_the_rest(InFlight& entry);
  void gather_doubts(InFlight& entry);
  Task<void> ask_sinks(InFlight& entry);
  Task<void> write_what_cannot_be_asked_for(InFlight& entry);
  void take_answers(InFlight& entry, SinkIndex sink, const Result<std::vector<Presence>>& answers);
  void take_verdicts(InFlight& entry);
  void resolve(InFlight::Doubt& doubt, Presence presence);
  void drop_resolved_doubts(InFlight& entry);
  void release_void_doubts(InFlight& entry);
  void note_doubt(const InFlight& entry, const InFlight::Doubt& doubt, const Error& why);
  static void take_what_is_left(InFlight& entry);
  void carry_over(InFlight& entry);

  // Its own life: in lane.cpp.
  Task<void> run();
  Task<void> run_watch_loop();
  void look_for_silence();
  const InFlight::Write* find_silent(const InFlight& entry, SinkIndex sink) const;
  class Opening;
  Task<bool> open_sinks();
  Task<bool> open_sink(SinkSlot slot);
  Task<void> back_off(Duration wait);
  Duration wait_after(std::uint32_t attempt, const Error& why) const;
  Task<void> abandon();
  Task<void> close_sinks();
  Task<void> close_those_of(const LaneGraph& graph);
  Task<void> close_sink(LaneSink& sink);
  void finish();
  void update_inflight();
  // How often and how long is tried, also of batches that came through an older graph: who changes it wants it now.
  const PersistPolicy& policy() const { return graph_->settings->persist; }

  const LaneIndex index_;
  const Executor executor_;
  LaneScope& scope_;
  std::shared_ptr<LaneGraph> graph_;     // what the next batch goes through
  std::shared_ptr<LaneGraph> prepared_;  // opened, or being opened; what comes after it
  std::string closing_;                  // the sink that is being closed

  std::optional<InHand> in_hand_;  // the head's batch, not yet in the window
  std::list<InHand> carried_;      // to be run again before anything else, oldest first
  bool carrying_ = false;          // … and under way
  std::optional<TimePoint> last_batch_at_;
  std::uint64_t next_sequence_ = 0;
  Window<InFlight> window_;
  Signal window_changed_;  // something was pushed or popped, the head has ended, or may go on
  Signal wake_;            // drain, or partitions voided: look again now
  std::uint64_t wakes_ = 0;
  bool draining_ = false;
  bool head_ended_ = false;
  bool paused_ = false;   // by a person
  bool halted_ = false;   // for a switch: nothing is submitted until the new graph is in use
  bool cutting_ = false;  // … and the time of what is in flight is over
  bool ending_ = false;   // the loops have ended
  std::optional<Error> failure_;

  SeriesCache<Counter> dropped_;
  SeriesCache<Counter> errors_by_class_;
  SeriesCache<Counter> topic_consumed_;
  SeriesCache<Counter> topic_errors_;
  SeriesCache<Histogram> topic_duration_;
  log::Limiter failure_log_{1000};
  log::Limiter retry_log_{5000};
  std::int64_t counted_messages_ = 0;  // this lane's share of the in-flight gauges
  std::int64_t counted_bytes_ = 0;

  Prepared prepared_answer_;
  Switched switched_answer_;
  SwitchReport switch_report_;
  std::string doubt_;  // why it is not known yet what an old sink holds

  TaskGroup loops_;                      // head and tail
  std::optional<TaskGroup> changeover_;  // opens what is prepared, or waits until it can be taken into use
  TaskGroup retiring_;                   // closes sinks that are not in use any more
  TaskGroup watch_;
  TaskGroup life_;  // run(), which outlives them
};

}  // namespace weir
