// The life of a message. Read this file first.
//
// A pipeline has one consumer and several lanes; a partition belongs to one lane, and a lane lives on one thread. Each
// lane runs two loops that read top to bottom, joined by a window of batches in order: the head reads, transforms and
// submits, the tail awaits verdicts and settles. The numbers come back at the lines they describe.
//
//  1. run_head_loop: the source yields a batch of this lane's partitions, each message with its open Ack. While the
//     window is full the lane does not read: the membership in the group survives, and memory does not grow (I4).
//  2. For each stage up to persist: lend it the batch, await it, strip what was dropped or failed, stop when nothing
//     is left. **This `for` is the framework.**
//  3. persist: each message is submitted to the sink bound to its route, and the batch goes into the window; the head
//     goes on. The sink keeps at most one unresolved write per stream, which is what keeps order across failures (I2).
//  4. run_tail_loop: takes the oldest batch of the window and awaits its verdicts. *written* and *duplicate* go on;
//     *rejected* (a data error) becomes a failure; *failed* (infrastructure, outcome maybe unknown) is sent again, only
//     what is unresolved and with the same ids, with backoff. After `attempts` the breaker opens and the lane probes
//     for ever (on_exhausted: pause), or the message becomes a failure (on_exhausted: dlq).
//  5. Failures, of any stage or verdict, go to the sink named `dlq`; when it has confirmed one, that message is
//     settled. One that is too large for that sink is cut (letter_stub.hpp); one that it refuses for good ends the
//     pipeline with that reason. While it cannot be written, or when there is none, the pipeline pauses and says so.
//     Nothing is skipped (I1, I6).
//  6. ack: settles what is left. `done` is called in three places: here, in step 5, and where a stage's drops are
//     stripped. Until then messages keep their original bytes. Within an assignment a lane never redelivers; what is
//     unsettled when the partition is taken away, or at an abort, is redelivered: whoever owns the partition next reads
//     it again (I5).
//  7. run_commit_loop, one per consumer: every interval, when partitions are revoked, and at the end of a drain,
//     commits each partition's watermark; one commit in flight. Only ledgers of the present assignment have a say: a
//     broker does not check ownership.
//
// One way out (source → stages → sink), one verdict back. What a lane does besides is in lane.cpp, what a runner does
// besides (partitions coming and going, start, stop, status) in runner_control.cpp.
#include "pipeline/engine/runner.hpp"

#include "pipeline/engine/lane_context.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir {

namespace asio = boost::asio;

Task<void> Lane::run_head_loop() {
  const bool open = co_await open_sinks();
  while (open && !draining_) {
    if (window_.full()) {  // 1. back-pressure
      co_await window_changed_.wait();
      continue;
    }
    co_await read();  // 1.
    if (!in_hand_) break;
    for (StageSlot& stage : stages_) {  // 2.
      co_await process(stage, *in_hand_);
      strip(*in_hand_);
      if (in_hand_->empty()) break;
    }
    co_await persist();  // 3.
    // A source with a backlog never suspends this loop: let the sinks, the tail and the neighbours have their turn.
    co_await asio::post(executor_, asio::use_awaitable);
  }
  head_ended_ = true;
  window_changed_.notify_all();
}

Task<void> Lane::run_tail_loop() {
  for (;;) {
    if (window_.empty()) {
      if (head_ended_) co_return;
      co_await window_changed_.wait();
      continue;
    }
    InFlight& entry = window_.oldest();
    co_await await_verdicts(entry);        // 4.
    co_await dead_letter_failures(entry);  // 5.
    settle(entry);                         // 6.
    window_.pop_oldest();
    update_inflight();
    window_changed_.notify_all();
  }
}

// Step 1. Leaves the batch in_hand_, or nothing when the source
// has ended. The batch is a member so that an abort finds it.
Task<void> Lane::read() {
  Breaker::Hold paused;
  for (std::uint32_t failures = 1;; ++failures) {
    Result<std::optional<Batch>> got = co_await scope_.source.read(index_);
    if (got.has_value()) {
      in_hand_ = std::move(*got);
      if (in_hand_) count_read(*in_hand_);
      co_return;
    }
    paused = scope_.source_breaker.hold(got.error());
    co_await back_off(scope_.settings.persist.retry.backoff(failures));
    if (draining_) co_return;
  }
}

// Step 2. An error means that the stage itself cannot work: the same batch is given to it again, without what it has
// marked already.
Task<void> Lane::process(StageSlot& slot, Batch& batch) {
  Breaker::Hold paused;
  for (std::uint32_t failures = 1;; ++failures) {
    const TimePoint begun = scope_.clock.now();
    Result<void> done = co_await slot.stage->process(batch, *slot.context);
    stage_duration_.of(slot.context->stage_name()).observe(microseconds_since(begun));
    if (done.has_value()) co_return;
    strip(batch);
    if (batch.empty()) co_return;
    scope_.metrics.stage_retries.add();
    paused = scope_.stage_breaker.hold(stage_error(slot, done.error()));
    co_await back_off(scope_.settings.persist.retry.backoff(failures));
    if (is_void(batch)) co_return;
  }
}

// Step 3. Puts in_hand_ into the window, as soon as that has room, and submits it.
Task<void> Lane::persist() {
  const std::size_t items = in_hand_->size() + in_hand_->failed().size();
  const std::size_t bytes = in_hand_->pinned_bytes();
  if (items == 0) {  // all were dropped, and are settled
    in_hand_.reset();
    co_return;
  }
  while (!window_.admits(items, bytes)) co_await window_changed_.wait();
  InFlight& entry = window_.push(std::make_unique<InFlight>(executor_, std::move(*in_hand_), read_at_), items, bytes);
  in_hand_.reset();
  update_inflight();
  choose_sinks(entry);
  send(entry);
  window_changed_.notify_all();
}

// Step 4. Returns when every message of the entry is stored, a failure, or void.
Task<void> Lane::await_verdicts(InFlight& entry) {
  const PersistPolicy& policy = scope_.settings.persist;
  Breaker::Hold paused;
  for (std::uint32_t attempt = 1;; ++attempt) {
    co_await join_writes(entry);
    judge(entry, attempt);
    release_void(entry);
    if (entry.unresolved.empty()) co_return;

    const bool exhausted = attempt >= policy.retry.attempts;
    if (exhausted && policy.on_exhausted == OnExhausted::dlq) {
      give_up(entry, attempt);
      co_return;
    }
    const InFlight::Unresolved& first = entry.unresolved.front();
    if (exhausted) paused = scope_.sink_breakers[first.sink]->hold(first.error);
    const Duration wait = wait_after(attempt, first.error);
    log_retry(entry, attempt, wait);
    co_await back_off(wait);
    co_await join_writes(entry);
    release_void(entry);
    if (entry.unresolved.empty()) co_return;
    scope_.metrics.retries.add(entry.unresolved.size());
    send_again(entry);
  }
}

// Step 5. Returns when every failure of the entry is in the dead-letter sink, or void.
Task<void> Lane::dead_letter_failures(InFlight& entry) {
  collect_failures(entry);
  release_void_letters(entry);
  if (entry.has_open_letters() && scope_.settings.dlq == kNoSink) co_await wait_without_dlq(entry);
  if (entry.has_open_letters()) co_await write_letters(entry);
  // Only now may their sinks go on with what comes after them: after a crash here the given-up ones would be read
  // again, before it.
  forget(entry.given_up);
  entry.given_up.clear();
}

Task<void> Lane::write_letters(InFlight& entry) {
  const RetryPolicy& retry = scope_.settings.persist.retry;
  Breaker::Hold paused;
  make_letters(entry);
  for (std::uint32_t attempt = 1;; ++attempt) {
    send_letters(entry);
    co_await join_writes(entry);
    const bool exhausted = attempt >= retry.attempts;
    LettersLeft left = settle_confirmed_letters(entry, exhausted);
    if (!entry.has_open_letters()) co_return;
    if (left.cut) continue;
    if (left.refused) co_await give_up_lane(std::move(*left.refused));
    if (exhausted) paused = scope_.sink_breakers[scope_.settings.dlq]->hold(*left.unwritten);
    const Duration wait = wait_after(attempt, *left.unwritten);
    co_await back_off(wait);
    co_await join_writes(entry);
    release_void_letters(entry);
    if (!entry.has_open_letters()) co_return;
  }
}

// Nothing can be done for a message, and nothing may be skipped. Does not return: the loops are cancelled, and what is
// unsettled is redelivered, as at an abort.
Task<void> Lane::give_up_lane(Error why) {
  failure_ = std::move(why);
  loops_.cancel();
  for (;;) co_await wake_.wait();
}

// A data error stays one: there is nothing to try. The lane stands still until the partition is taken away or the
// pipeline is stopped.
Task<void> Lane::wait_without_dlq(InFlight& entry) {
  const Error reason = no_dlq_error(entry);
  const Breaker::Hold paused = scope_.dead_letter_breaker.hold(reason);
  while (entry.has_open_letters()) {
    co_await wake_.wait();
    co_await join_writes(entry);
    release_void_letters(entry);
  }
}

// Returns when the writes of the entry have ended, and those of all later ones that were cut because partitions were
// taken away. Only then may a void message be forgotten: else a later one of its stream would be sent, and its new
// owner would write it behind that one (I2).
Task<void> Lane::join_writes(InFlight& entry) {
  co_await entry.writes->join();
  while (InFlight* cut = find_cut()) {
    co_await cut->writes->join();
    cut->renew_writes();
  }
}

// Step 6.
void Lane::settle(InFlight& entry) {
  for (Message& message : entry.batch.messages()) {
    if (message.ack.pending()) std::move(message.ack).done(Settlement::stored);
  }
  count_settled(entry);
}

// Step 7.
Task<void> Runner::run_commit_loop() {
  for (;;) {
    co_await clock_.sleep_for(scope_.settings.commit_interval);
    Result<void> committed = co_await commit(nullptr);
    if (committed.has_error()) report(committed.error());
  }
}

// Commits what is due, of all partitions or of `only` (which outlives the call). What is due is looked up when it is
// this commit's turn: it is never older than what an earlier one has sent.
Task<Result<void>> Runner::commit(const std::vector<TopicPartition>* only) {
  while (committing_) co_await changed_.wait();
  const CommitBook::Due due = only == nullptr ? book_.due() : book_.due(*only);
  if (due.commits.empty()) co_return Result<void>();
  const OneCommit one_at_a_time(*this);
  std::vector<Commit> watermarks = due.commits;
  Result<void> committed = co_await source_->commit(std::move(watermarks));
  if (committed.has_error()) co_return committed.error().with_context("committing offsets");
  book_.confirmed(due);
  co_return Result<void>();
}

}  // namespace weir
