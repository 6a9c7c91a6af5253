#include "pipeline/engine/lane.hpp"

#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/engine/lane_context.hpp"

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

Lane::Lane(LaneIndex index, LaneParts parts, LaneScope& scope)
    : index_(index),
      executor_(std::move(parts.executor)),
      scope_(scope),
      sinks_(std::move(parts.sinks)),
      window_(scope.settings.window),
      window_changed_(executor_),
      wake_(executor_),
      dropped_(scope.metrics.metrics, kMessagesDropped, "reason", {{"pipeline", scope.pipeline}}),
      errors_by_class_(scope.metrics.metrics, kMessageErrors, "class", {{"pipeline", scope.pipeline}}),
      topic_consumed_(scope.metrics.metrics, "kafka_messages_consumed_total", "topic"),
      topic_errors_(scope.metrics.metrics, "kafka_message_errors_total", "topic"),
      topic_duration_(scope.metrics.metrics, "kafka_message_processing_duration_seconds", Unit::seconds, "topic"),
      stage_duration_(scope.metrics.metrics, kStageDuration, Unit::seconds, "stage", {{"pipeline", scope.pipeline}}),
      sink_duration_(scope.metrics.metrics, kSinkDuration, Unit::seconds, "sink", {{"pipeline", scope.pipeline}}),
      silent_(sinks_.size()),
      loops_(executor_),
      watch_(executor_),
      life_(executor_) {
  for (NamedStage& named : parts.stages) {
    auto context = std::make_unique<Context>(scope.clock, index, std::move(named.name));
    stages_.push_back({std::move(named.stage), std::move(context)});
  }
}

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
    self->scope_.ended(self->index_, self->failure_);
  });
}

void Lane::drain() {
  assert_on(executor_);
  draining_ = true;
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
  std::string names;
  const auto add = [&names](const TaskGroup& group) {
    for (const std::string& name : group.running()) names += (names.empty() ? "" : ", ") + name;
  };
  add(loops_);
  const_cast<Window<InFlight>&>(window_).for_each([&add](InFlight& entry) { add(*entry.writes); });
  log::warn("still stopping", {{"pipeline", scope_.pipeline},
                               {"lane", index_},
                               {"running", names.empty() ? "closing sink " + scope_.sink_names[closing_] : names},
                               {"batches_in_flight", window_.size()}});
}

// False when the lane was stopped before all were open, or when one refuses its settings.
Task<bool> Lane::open_sinks() {
  for (; opened_ < sinks_.size(); ++opened_) {
    Breaker::Hold waiting;
    for (std::uint32_t failures = 1;; ++failures) {
      if (draining_) co_return false;
      Result<void> opened = co_await sinks_[opened_]->open();
      if (opened.has_value()) break;
      if (!opened.error().retryable()) {
        failure_ = opened.error().with_context("opening sink '" + scope_.sink_names[opened_] + "'");
        co_return false;
      }
      waiting = scope_.sink_breakers[opened_]->hold(opened.error(), Breaker::State::waiting);
      co_await back_off(std::min(scope_.settings.persist.retry.backoff(failures), kLongestWaitForSink));
    }
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
  std::vector<const InFlight::Write*> silent(sinks_.size());
  if (!window_.empty()) {
    const InFlight& entry = window_.oldest();
    for (const InFlight::Write& write : entry.out) {
      if (!write.answered && scope_.clock.now() - entry.sent_at >= kSilence) silent[write.sink] = &write;
    }
  }
  for (SinkIndex sink = 0; sink < silent.size(); ++sink) {
    if (silent[sink] == nullptr) {
      silent_[sink].release();
    } else if (!silent_[sink].held()) {
      const Origin& first = silent[sink]->messages.front()->origin;
      const Error why(Errc::unknown_outcome, "no answer for 5 s to a write of " +
                                                 std::to_string(silent[sink]->messages.size()) +
                                                 " messages, the first from " + std::string(first.topic) + "/" +
                                                 std::to_string(first.partition) + " offset " +
                                                 std::to_string(first.offset) + "; weir waits for it");
      silent_[sink] = scope_.sink_breakers[sink]->hold(why, Breaker::State::waiting);
    }
  }
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
  const RetryPolicy& retry = scope_.settings.persist.retry;
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
  if (in_hand_) {
    redeliver_all(*in_hand_);
    in_hand_.reset();
  }
  update_inflight();
}

Task<void> Lane::close_sinks() {
  for (closing_ = 0; closing_ < opened_; ++closing_) {
    try {
      co_await sinks_[closing_]->close();
    } catch (...) {
      if (!failure_) failure_ = describe(std::current_exception());
    }
  }
  closing_ = 0;
}

void Lane::update_inflight() {
  const auto messages = static_cast<std::int64_t>(window_.items());
  const auto bytes = static_cast<std::int64_t>(window_.bytes());
  scope_.metrics.inflight_messages.add(messages - std::exchange(counted_messages_, messages));
  scope_.metrics.inflight_bytes.add(bytes - std::exchange(counted_bytes_, bytes));
}

}  // namespace weir
