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
//  8. Stages, sinks and settings are a lane's *graph*, and another configuration brings another one while the lane works
//     (I7). A batch in the window finishes on the graph that it came through; the next one takes the new graph. Where
//     messages may go elsewhere than before, the lane submits nothing until its window is empty. What is not settled when
//     the time for that is over, the old sinks are asked for by reading; what they do not hold is run again, in order and
//     from its original bytes, before anything new is read. While they cannot say, the lane waits (I1, I2).
//
// One way out (source → stages → sink), one verdict back. What a lane does besides is in lane.cpp, how it takes another
// graph in lane_switch.cpp; what a runner does besides (partitions coming and going, start, stop, status) in
// runner_control.cpp and runner_switch.cpp.
#include "pipeline/engine/runner.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir {

namespace asio = boost::asio;

Task<void> Lane::run_head_loop() {
  const bool open = co_await open_sinks();
  while (open && !draining_) {
    if (window_.full() || stands_still()) {  // 1. back-pressure
      co_await window_changed_.wait();
      continue;
    }
    co_await read();  // 1.
    if (!in_hand_) break;
    const bool begins = co_await may_begin();
    if (!begins) break;
    bool submitted = false;
    while (!submitted) submitted = co_await transform_and_submit(*in_hand_);
    in_hand_.reset();
    // A source with a backlog never suspends this loop: let the sinks, the tail and the neighbours have their turn.
    co_await asio::post(executor_, asio::use_awaitable);
  }
  head_ended_ = true;
  window_changed_.notify_all();
}

// False when the lane has another graph meanwhile: then the batch begins anew, with that one.
Task<bool> Lane::transform_and_submit(InHand& hand) {
  take_up(hand);
  for (StageSlot& stage : hand.graph->stages) {  // 2.
    co_await process(stage, hand);
    strip(hand.batch);
    if (hand.batch.empty() || is_outdated(hand)) break;
  }
  co_await wait_for_room(hand);
  if (is_outdated(hand)) co_return false;
  persist(hand);  // 3.
  co_return true;
}

Task<void> Lane::run_tail_loop() {
  for (;;) {
    if (window_.empty()) {
      if (head_ended_ && carried_.empty()) co_return;
      co_await window_changed_.wait();
      continue;
    }
    InFlight& entry = window_.oldest();
    co_await await_verdicts(entry);                  // 4.
    co_await dead_letter_failures(entry);            // 5.
    if (cutting_) co_await look_up_the_rest(entry);  // 8.
    settle(entry);                                   // 6.
    carry_over(entry);                               // 8.
    window_.pop_oldest();
    update_inflight();
    window_changed_.notify_all();
  }
}

// Step 1. Leaves the batch in_hand_, or nothing when the source has ended. The batch is a member so that an abort finds
// it.
Task<void> Lane::read() {
  Breaker::Hold paused;
  for (std::uint32_t failures = 1;; ++failures) {
    Result<std::optional<Batch>> got = co_await scope_.source.read(index_);
    if (got.has_value()) {
      if (got->has_value()) {
        in_hand_.emplace(InHand{graph_, std::move(**got), scope_.clock.now(), 0});
        count_read(in_hand_->batch);
      }
      co_return;
    }
    paused = scope_.source_breaker.hold(got.error());
    co_await back_off(policy().retry.backoff(failures));
    if (draining_) co_return;
  }
}

// A batch that was read when the lane was told to stand still waits untouched. False when the lane stops while a person
// holds it: then the batch is read again at the next start.
Task<bool> Lane::may_begin() {
  while (stands_still()) {
    if (draining_ && paused_) co_return false;
    co_await window_changed_.wait();
  }
  co_return true;
}

// Step 2. An error means that the stage itself cannot work: the same batch is given to it again, without what it has
// marked already, until it can, or another graph has no use for it.
Task<void> Lane::process(StageSlot& slot, InHand& hand) {
  Breaker::Hold paused;
  for (std::uint32_t failures = 1;; ++failures) {
    Result<void> done = co_await slot.stage->process(hand.batch, *slot.context);
    if (done.has_value()) co_return;
    strip(hand.batch);
    if (hand.batch.empty()) co_return;
    scope_.metrics.stage_retries.add();
    paused = scope_.stage_breaker.hold(stage_error(slot, done.error()));
    co_await back_off(policy().retry.backoff(failures));
    if (is_void(hand.batch) || is_outdated(hand)) co_return;
  }
}

// Returns when the batch may be put into the window, or has to go another way.
Task<void> Lane::wait_for_room(const InHand& hand) {
  const std::size_t items = hand.batch.size() + hand.batch.failed().size();
  const std::size_t bytes = hand.batch.pinned_bytes();
  while (must_wait(hand) || (items > 0 && !is_outdated(hand) && !window_.admits(items, bytes))) {
    co_await window_changed_.wait();
  }
}

// Step 3. Puts the batch into the window and submits it.
void Lane::persist(InHand& hand) {
  const std::size_t items = hand.batch.size() + hand.batch.failed().size();
  const std::size_t bytes = hand.batch.pinned_bytes();
  if (items == 0) return;  // all were dropped, and are settled
  InFlight& entry = window_.push(
      std::make_unique<InFlight>(executor_, std::move(hand.graph), std::move(hand.batch), hand.read_at), items, bytes);
  update_inflight();
  choose_sinks(entry);
  send(entry);
  window_changed_.notify_all();
}

// Step 4. Returns when every message of the entry is stored, a failure, or void; or when the switch to another graph
// takes what is left of it.
Task<void> Lane::await_verdicts(InFlight& entry) {
  Breaker::Hold paused;
  for (std::uint32_t attempt = 1;; ++attempt) {
    co_await join_writes(entry);
    judge(entry, attempt);
    release_void(entry);
    if (entry.unresolved.empty() || cutting_) co_return;

    const bool exhausted = attempt >= policy().retry.attempts;
    if (exhausted && policy().on_exhausted == OnExhausted::dlq) {
      give_up(entry, attempt);
      co_return;
    }
    const InFlight::Unresolved& first = entry.unresolved.front();
    if (exhausted) paused = entry.graph->sinks[first.sink].breaker->hold(first.error);
    const Duration wait = wait_after(attempt, first.error);
    log_retry(entry, attempt, wait);
    co_await back_off(wait);
    co_await join_writes(entry);
    release_void(entry);
    if (entry.unresolved.empty() || cutting_) co_return;
    scope_.metrics.retries.add(entry.unresolved.size());
    send_again(entry);
  }
}

// Step 5. Returns when every failure of the entry is in the dead-letter sink, or void; or as step 4.
Task<void> Lane::dead_letter_failures(InFlight& entry) {
  if (cutting_) co_return;
  collect_failures(entry);
  release_void_letters(entry);
  const SinkIndex dlq = entry.graph->settings->dlq;
  if (entry.has_open_letters() && dlq == kNoSink) co_await wait_without_dlq(entry);
  if (entry.has_open_letters() && !cutting_) co_await write_letters(entry);
  if (entry.has_open_letters()) co_return;
  // Only now may their sinks go on with what comes after them: after a crash here the given-up ones would be read
  // again, before it.
  forget(entry, entry.given_up);
  entry.given_up.clear();
}

Task<void> Lane::write_letters(InFlight& entry) {
  const SinkSlot& dlq = entry.graph->sinks[entry.graph->settings->dlq];
  Breaker::Hold paused;
  make_letters(entry);
  for (std::uint32_t attempt = 1;; ++attempt) {
    send_letters(entry);
    co_await join_writes(entry);
    const bool exhausted = attempt >= policy().retry.attempts;
    LettersLeft left = settle_confirmed_letters(entry, exhausted);
    if (!entry.has_open_letters()) co_return;
    if (cutting_) co_return;
    if (left.cut) continue;
    if (left.refused) co_await give_up_lane(std::move(*left.refused));
    if (exhausted) paused = dlq.breaker->hold(*left.unwritten);
    const Duration wait = wait_after(attempt, *left.unwritten);
    co_await back_off(wait);
    co_await join_writes(entry);
    release_void_letters(entry);
    if (!entry.has_open_letters() || cutting_) co_return;
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
  while (entry.has_open_letters() && !cutting_) {
    co_await wake_.wait();
    co_await join_writes(entry);
    release_void_letters(entry);
  }
}

// Returns when the writes of the entry have ended, and those of all later ones that were cut because partitions were
// taken away, or the graph is changed. Only then may a message be forgotten: else a later one of its stream would be
// sent, and whoever writes the forgotten one would write it behind that one (I2).
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
    co_await clock_.sleep_for(commit_interval_);
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
