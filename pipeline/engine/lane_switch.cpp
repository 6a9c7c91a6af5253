// How a lane takes another graph into use (step 8 of runner.cpp). First its new sinks are opened, while the lane works on
// as before. Then, where the new graph may send messages elsewhere, the head stands still until the window is empty; where
// it does not, the next batch takes it. At last the sinks are closed that are not in it.
#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/engine/lane.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace weir {

namespace {

constexpr Duration kLongestWaitForNewSink = std::chrono::seconds(2);
constexpr Duration kSayEvery = std::chrono::seconds(1);

Error a_stop_came_first() {
  return Error(Errc::cancelled, "the pipeline stops");
}

std::vector<SinkSlot> sinks_only_in(const LaneGraph& graph, const LaneGraph& other) {
  std::vector<SinkSlot> found;
  for (const SinkSlot& slot : graph.sinks) {
    if (!other.has(*slot.sink)) found.push_back(slot);
  }
  return found;
}

}  // namespace

// --- Prepare, or think better of it.

void Lane::prepare(std::shared_ptr<LaneGraph> next, TimePoint deadline, Prepared answer) {
  assert_on(executor_);
  if (draining_ || ending_) return answer(a_stop_came_first());
  prepared_ = std::move(next);
  prepared_answer_ = std::move(answer);
  changeover_->spawn("opening the sinks of another configuration", open_prepared(deadline));
}

Task<void> Lane::open_prepared(TimePoint deadline) {
  const std::vector<SinkSlot> fresh = sinks_only_in(*prepared_, *graph_);
  std::optional<Error> failure;
  try {
    for (const SinkSlot& slot : fresh) {
      Result<void> opened = co_await open_until(*slot.sink, deadline);
      if (opened.has_value()) continue;
      failure = opened.error().with_context("opening sink '" + slot.name + "'");
      break;
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;  // cancelled
    failure = Error(Errc::internal, std::string("a bug while opening a sink: ") + error.what());
  } catch (const std::exception& bug) {
    failure = Error(Errc::internal, std::string("a bug while opening a sink: ") + bug.what());
  }
  std::exchange(prepared_answer_, {})(std::move(failure));
}

Task<Result<void>> Lane::open_until(LaneSink& sink, TimePoint deadline) {
  for (std::uint32_t failures = 1;; ++failures) {
    const Duration left = std::max(deadline - scope_.clock.now(), Duration::zero());
    Error late(Errc::unavailable, "it did not open in time");
    Task<Result<void>> opening = sink.sink->open();
    Result<void> opened = co_await with_timeout<void>(scope_.clock, left, std::move(opening), std::move(late));
    sink.opened = opened.has_value();
    if (sink.opened || !opened.error().retryable()) co_return opened;
    const Duration wait = std::min(policy().retry.backoff(failures), kLongestWaitForNewSink);
    if (scope_.clock.now() + wait >= deadline) co_return opened;
    co_await scope_.clock.sleep_for(wait);
  }
}

void Lane::discard(std::function<void()> answer) {
  assert_on(executor_);
  if (prepared_ == nullptr || ending_) return answer();  // a lane that ends closes it itself
  retiring_.spawn("closing sinks that were only prepared", close_prepared(std::move(answer)));
}

Task<void> Lane::close_prepared(std::function<void()> answer) {
  changeover_->cancel();
  co_await changeover_->join();
  if (!draining_ && !ending_) changeover_.emplace(executor_);
  if (prepared_answer_) std::exchange(prepared_answer_, {})(a_stop_came_first());
  const std::vector<SinkSlot> fresh = sinks_only_in(*prepared_, *graph_);
  for (const SinkSlot& slot : fresh) co_await close_sink(*slot.sink);
  prepared_.reset();
  answer();
}

// --- Take it into use.

void Lane::switch_over(LaneSwitchOrder order, Switched answer) {
  assert_on(executor_);
  if (prepared_ == nullptr || draining_ || ending_) return answer(SwitchReport());
  switched_answer_ = std::move(answer);
  switch_report_ = {};
  if (order.empty_first) {
    changeover_->spawn("switching to another configuration", run_switch(std::move(order)));
  } else {
    take_graph();
  }
}

Task<void> Lane::run_switch(LaneSwitchOrder order) {
  halted_ = true;
  const TimePoint cut_at = scope_.clock.now() + order.drain;
  TimePoint said_at = scope_.clock.now();
  while (!window_.empty()) {
    const TimePoint now = scope_.clock.now();
    if (!cutting_ && now >= cut_at) cut_writes();
    const Duration wait = cutting_ ? kSayEvery : std::min(cut_at - now, kSayEvery);
    co_await wait_or_timeout(window_changed_, scope_.clock, wait);
    if (window_.empty() || scope_.clock.now() - said_at < kSayEvery) continue;
    said_at = scope_.clock.now();
    order.waits(why_switch_waits());
  }
  take_graph();
}

// The time of what is in flight is over: from now on the tail asks the old sinks what they hold. All writes are cut before
// the first message is given up, so that no later one of its stream goes out in its place (I2).
void Lane::cut_writes() {
  cutting_ = true;
  window_.for_each([](InFlight& entry) {
    entry.cut = true;
    entry.writes->cancel();
  });
  ++wakes_;
  wake_.notify_all();
}

std::string Lane::why_switch_waits() const {
  if (!doubt_.empty()) return doubt_;
  return std::to_string(window_.items()) + " messages are on their way to the sinks of the old configuration";
}

void Lane::take_graph() {
  const std::shared_ptr<LaneGraph> old = std::exchange(graph_, std::exchange(prepared_, nullptr));
  window_.set_limits(graph_->settings->window);
  halted_ = false;
  cutting_ = false;
  ++wakes_;
  wake_.notify_all();
  window_changed_.notify_all();
  if (!carried_.empty() && !std::exchange(carrying_, true)) loops_.spawn("again", run_carried_loop());
  std::vector<SinkSlot> retired = sinks_only_in(*old, *graph_);
  if (retired.empty()) return answer_switch(true);
  retiring_.spawn("closing sinks that are not used any more", retire(std::move(retired)));
}

// Nothing in flight uses them: the window was empty.
Task<void> Lane::retire(std::vector<SinkSlot> sinks) {
  for (const SinkSlot& slot : sinks) {
    while (slot.sink->opening) co_await window_changed_.wait();
    co_await close_sink(*slot.sink);
  }
  if (failure_) loops_.cancel();
  answer_switch(true);
}

void Lane::answer_switch(bool switched) {
  if (!switched_answer_) return;
  switch_report_.switched = switched;
  std::exchange(switched_answer_, {})(switch_report_);
}

// The lane has ended; whoever waits for it must not wait for ever.
void Lane::give_up_switch() {
  if (prepared_answer_) std::exchange(prepared_answer_, {})(a_stop_came_first());
  answer_switch(false);
}

// --- Held by a person.

void Lane::pause() {
  assert_on(executor_);
  paused_ = true;
}

void Lane::resume() {
  assert_on(executor_);
  paused_ = false;
  window_changed_.notify_all();
}

// --- The batches that a switch concerns.

// Beside the head, which may be waiting for a batch, and does nothing with one meanwhile. A further switch may bring older
// batches in front of the one that this is at.
Task<void> Lane::run_carried_loop() {
  while (!carried_.empty()) {
    const auto oldest = carried_.begin();
    const bool submitted = co_await transform_and_submit(*oldest);
    if (submitted) carried_.erase(oldest);
  }
  carrying_ = false;
  window_changed_.notify_all();
}

bool Lane::must_wait(const InHand& hand) const {
  const bool is_of_head = in_hand_.has_value() && &hand == &*in_hand_;
  return halted_ || (is_of_head && !carried_.empty());
}

// A batch that has begun another way begins anew. The stages of its old way live on with it: they may have hooked
// themselves to its acks.
void Lane::take_up(InHand& hand) {
  if (!is_outdated(hand)) return;
  restore(hand.batch);
  hand.batch.keep_alive(std::exchange(hand.graph, graph_));
}

// As it was read, without what is settled. Stages change what they know of a message, never its original bytes.
void Lane::restore(Batch& batch) {
  std::vector<Message>& messages = batch.messages();
  for (Message& failed : batch.failed()) messages.push_back(std::move(failed));
  if (!batch.failed().empty()) {
    batch.failed().clear();
    std::sort(messages.begin(), messages.end(),
              [](const Message& a, const Message& b) { return a.sequence < b.sequence; });
  }
  for (Message& message : messages) {
    message.event = {};
    message.sink = kNoSink;
    message.drop_reason = {};
    message.failure.reset();
  }
}

}  // namespace weir
