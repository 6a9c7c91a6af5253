#include "pipeline/engine/lane.hpp"

#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir {

namespace asio = boost::asio;

namespace {

// A sink that is not there yet is asked for so often at least, however long the longest wait between two writes is.
constexpr Duration kLongestWaitForSink = std::chrono::seconds(2);
constexpr Duration kLongestWaitForDisk = std::chrono::seconds(2);
constexpr Duration kWatchInterval = std::chrono::seconds(1);
constexpr Duration kSilence = std::chrono::seconds(5);

// Redelivers what is still open in a batch that is abandoned.
void redeliver_all(Batch& batch) {
  for (Message& message : batch.messages()) {
    if (message.ack.pending()) std::move(message.ack).redeliver();
  }
  for (Message& message : batch.failed()) {
    if (message.ack.pending()) std::move(message.ack).redeliver();
  }
}

Error describe(const std::exception_ptr& bug) {
  try {
    std::rethrow_exception(bug);
  } catch (const std::exception& error) {
    return Error(Errc::internal, std::string("a bug: ") + error.what());
  } catch (...) {
    return Error(Errc::internal, "a bug: an exception of unknown type");
  }
}

}  // namespace

Lane::Lane(LaneIndex index, Executor executor, std::shared_ptr<LaneGraph> graph, LaneScope& scope)
    : index_(index),
      executor_(std::move(executor)),
      scope_(scope),
      graph_(std::move(graph)),
      window_(graph_->settings->window),
      window_changed_(executor_),
      wake_(executor_),
      dropped_(scope.metrics.metrics, kMessagesDropped, "reason", {{"pipeline", scope.pipeline}}),
      errors_by_class_(scope.metrics.metrics, kMessageErrors, "class", {{"pipeline", scope.pipeline}}),
      topic_consumed_(scope.metrics.metrics, "kafka_messages_consumed_total", "topic"),
      topic_errors_(scope.metrics.metrics, "kafka_message_errors_total", "topic"),
      topic_duration_(scope.metrics.metrics, "kafka_message_processing_duration_seconds", Unit::seconds, "topic"),
      stage_duration_(scope.metrics.metrics, kStageDuration, Unit::seconds, "stage", {{"pipeline", scope.pipeline}}),
      sink_duration_(scope.metrics.metrics, kSinkDuration, Unit::seconds, "sink", {{"pipeline", scope.pipeline}}),
      loops_(executor_),
      changeover_(std::in_place, executor_),
      retiring_(executor_),
      watch_(executor_),
      life_(executor_) {}

Lane::~Lane() = default;

void Lane::start() {
  assert_on(executor_);
  life_.spawn("lane", run());
}

// Awaited clean-up is the parent's: the loops may be cancelled, this may not.
Task<void> Lane::run() {
  loops_.spawn("head", run_head_loop());
  loops_.spawn("tail", run_tail_loop());
  watch_.spawn("watch", run_watch_loop());
  std::exception_ptr bug;
  try {
    co_await loops_.join();
  } catch (...) {
    bug = std::current_exception();
  }
  ending_ = true;  // nobody begins a switch any more
  changeover_->cancel();
  try {
    co_await changeover_->join();
    co_await retiring_.join();
  } catch (...) {
    if (bug == nullptr) bug = std::current_exception();
  }
  watch_.cancel();
  co_await watch_.join();
  if (bug != nullptr) failure_ = describe(bug);
  log_held_failures();
  co_await abandon();
  co_await close_sinks();
  finish();
}

// Tells the runner, but only after run() itself has ended: until then this object is in use.
void Lane::finish() {
  asio::post(executor_, [self = shared_from_this()] {
    if (!self->life_.empty()) return self->finish();
    self->give_up_switch();
    self->scope_.ended(self->index_, self->failure_);
  });
}

void Lane::drain() {
  assert_on(executor_);
  draining_ = true;
  // A stop wins over a switch: what is in flight finishes on its graph. But where the old sinks are being asked already,
  // nothing may be sent to them any more behind what they do not hold (I2).
  changeover_->cancel();
  halted_ = false;
  if (cutting_) loops_.cancel();
  ++wakes_;
  wake_.notify_all();
  window_changed_.notify_all();
}

void Lane::abort() {
  assert_on(executor_);
  drain();
  loops_.cancel();
}

void Lane::take_away(const std::vector<std::shared_ptr<PartitionLedger>>& ledgers) {
  assert_on(executor_);
  for (const std::shared_ptr<PartitionLedger>& ledger : ledgers) ledger->release();
  // Their writes are not worth waiting for. What else is in the same batch is sent again, with the same ids.
  window_.for_each([](InFlight& entry) {
    if (!entry.has_void()) return;
    entry.cut = true;
    entry.writes->cancel();
  });
  ++wakes_;
  wake_.notify_all();
}

void Lane::report_blockers() const {
  assert_on(executor_);
  if (ending_ && life_.empty()) return;  // the runner may be gone
  std::string names;
  const auto add = [&names](const TaskGroup& group) {
    for (const std::string& name : group.running()) names += (names.empty() ? "" : ", ") + name;
  };
  add(loops_);
  const_cast<Window<InFlight>&>(window_).for_each([&add](InFlight& entry) { add(*entry.writes); });
  log::warn("still stopping", {{"pipeline", scope_.pipeline},
                               {"lane", index_},
                               {"running", names.empty() ? "closing sink " + closing_ : names},
                               {"batches_in_flight", window_.size()}});
}

// Tells whoever closes a sink that its open() has ended.
class Lane::Opening {
 public:
  Opening(LaneSink& sink, Signal& ended) : sink_(sink), ended_(ended) { sink_.opening = true; }
  ~Opening() {
    sink_.opening = false;
    ended_.notify_all();
  }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

 private:
  LaneSink& sink_;
  Signal& ended_;
};

// False when the lane was stopped before all were open, or when one refuses its settings. The graph may be another one
// meanwhile: then that one's sinks are what counts.
Task<bool> Lane::open_sinks() {
  for (;;) {
    const auto closed = std::find_if(graph_->sinks.begin(), graph_->sinks.end(),
                                     [](const SinkSlot& slot) { return !slot.sink->opened; });
    if (closed == graph_->sinks.end()) co_return true;
    const SinkSlot slot = *closed;
    const bool open = co_await open_sink(slot);
    if (!open) co_return false;
  }
}

// True also when the sink is not wanted any more.
Task<bool> Lane::open_sink(SinkSlot slot) {
  Breaker::Hold waiting;
  for (std::uint32_t failures = 1; graph_->has(*slot.sink); ++failures) {
    if (draining_) co_return false;
    Result<void> opened;
    {
      const Opening opening(*slot.sink, window_changed_);
      opened = co_await slot.sink->sink->open();
    }
    slot.sink->opened = opened.has_value();
    if (slot.sink->opened || !graph_->has(*slot.sink)) break;
    if (!opened.error().retryable()) {
      failure_ = opened.error().with_context("opening sink '" + slot.name + "'");
      co_return false;
    }
    waiting = slot.breaker->hold(opened.error(), Breaker::State::waiting);
    co_await back_off(std::min(policy().retry.backoff(failures), kLongestWaitForSink));
  }
  co_return true;
}

// A write that nobody answers would look like a hang. Only the oldest batch is looked at: a later one may wait for it.
Task<void> Lane::run_watch_loop() {
  for (;;) {
    co_await scope_.clock.sleep_for(kWatchInterval);
    look_for_silence();
  }
}

void Lane::look_for_silence() {
  if (window_.empty()) {
    for (const SinkSlot& slot : graph_->sinks) slot.sink->silent.release();
    return;
  }
  const InFlight& entry = window_.oldest();
  for (SinkIndex i = 0; i < entry.graph->sinks.size(); ++i) {
    const SinkSlot& slot = entry.graph->sinks[i];
    const InFlight::Write* const silent = find_silent(entry, i);
    if (silent == nullptr) {
      slot.sink->silent.release();
    } else if (!slot.sink->silent.held()) {
      const Origin& first = silent->messages.front()->origin;
      const Error why(Errc::unknown_outcome, "no answer for 5 s to a write of " +
                                                 std::to_string(silent->messages.size()) +
                                                 " messages, the first from " + std::string(first.topic) + "/" +
                                                 std::to_string(first.partition) + " offset " +
                                                 std::to_string(first.offset) + "; weir waits for it");
      slot.sink->silent = slot.breaker->hold(why, Breaker::State::waiting);
    }
  }
}

const InFlight::Write* Lane::find_silent(const InFlight& entry, SinkIndex sink) const {
  if (scope_.clock.now() - entry.sent_at < kSilence) return nullptr;
  for (const InFlight::Write& write : entry.out) {
    if (write.sink == sink && !write.answered) return &write;
  }
  return nullptr;
}

// Returns after `wait`, or early when the lane is asked to look again.
Task<void> Lane::back_off(Duration wait) {
  const std::uint64_t wakes = wakes_;
  const TimePoint until = scope_.clock.now() + wait;
  while (wakes == wakes_) {
    const Duration left = until - scope_.clock.now();
    if (left <= Duration::zero()) co_return;
    co_await wait_or_timeout(wake_, scope_.clock, left);
  }
}

// The wait before the next write. A disk is asked more often than a server: it is near, and has room again all at once.
Duration Lane::wait_after(std::uint32_t attempt, const Error& why) const {
  const RetryPolicy& retry = policy().retry;
  const Duration wait = attempt >= retry.attempts ? retry.max : retry.backoff(attempt);
  return why.code() == Errc::io ? std::min(wait, kLongestWaitForDisk) : wait;
}

// Everything unsettled is redelivered. Nothing is left after a
// drain; after an abort or a failure this is what keeps I1 and I5.
Task<void> Lane::abandon() {
  while (!window_.empty()) {
    InFlight& entry = window_.oldest();
    entry.writes->cancel();
    while (!entry.writes->empty()) {
      try {
        co_await entry.writes->join();
      } catch (...) {
        if (!failure_) failure_ = describe(std::current_exception());
      }
    }
    redeliver_all(entry.batch);
    window_.pop_oldest();
  }
  for (InHand& carried : carried_) redeliver_all(carried.batch);
  carried_.clear();
  if (in_hand_) {
    redeliver_all(in_hand_->batch);
    in_hand_.reset();
  }
  update_inflight();
}

Task<void> Lane::close_sinks() {
  if (prepared_ != nullptr) co_await close_those_of(*prepared_);
  co_await close_those_of(*graph_);
}

Task<void> Lane::close_those_of(const LaneGraph& graph) {
  for (const SinkSlot& slot : graph.sinks) {
    closing_ = slot.name;
    co_await close_sink(*slot.sink);
  }
  closing_.clear();
}

// A sink that fails to close is a bug, and no reason to leave the others open.
Task<void> Lane::close_sink(LaneSink& sink) {
  if (!sink.opened) co_return;
  sink.opened = false;
  sink.silent.release();
  try {
    co_await sink.sink->close();
  } catch (...) {
    if (!failure_) failure_ = describe(std::current_exception());
  }
}

void Lane::update_inflight() {
  const auto messages = static_cast<std::int64_t>(window_.items());
  const auto bytes = static_cast<std::int64_t>(window_.bytes());
  scope_.metrics.inflight_messages.add(messages - std::exchange(counted_messages_, messages));
  scope_.metrics.inflight_bytes.add(bytes - std::exchange(counted_bytes_, bytes));
}

}  // namespace weir
