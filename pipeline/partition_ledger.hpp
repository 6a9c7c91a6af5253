// What may be committed: per assigned partition, the offset below which every delivered message is settled (I1).
#pragma once

#include "pipeline/ack.hpp"
#include "pipeline/base/units.hpp"

#include <atomic>
#include <deque>
#include <string>

namespace weir {

struct TopicPartition {
  std::string topic;
  Partition partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// The book of one partition during one assignment: what was delivered, what is settled, what may be committed.
// A partition that comes back gets a new ledger with a new epoch; the acks of the old one are void.
//
// Lifetime: shared by the source, the runner and every batch with a message of it; the last one frees it.
// Executor: deliver, pass, settle, release and is_released on the lane's; void_acks and the rest from any thread.
// Cancellation: none. Errors: none.
class PartitionLedger {
 public:
  // `start`: the committed offset, or where reading begins; the watermark until something is settled.
  // No value (-1) = unknown: the first delivered offset becomes the start.
  PartitionLedger(TopicPartition id, AssignmentEpoch epoch, Offset start);
  PartitionLedger(const PartitionLedger&) = delete;
  PartitionLedger& operator=(const PartitionLedger&) = delete;

  const TopicPartition& id() const { return id_; }
  AssignmentEpoch epoch() const { return epoch_; }
  Offset start() const { return start_.load(std::memory_order_relaxed); }

  // A message was read. Offsets rise strictly but may have holes (compaction, control records). An offset below
  // `position()` is a stale copy: ask accepts() first.
  // `timestamp_ms`: the record's own; -1: it has none.
  Ack deliver(Offset offset, std::int64_t timestamp_ms = -1);
  bool accepts(Offset offset) const { return !is_void() && offset >= position(); }
  // There is nothing more to deliver below `offset`: control records, what was compacted away, what retention took. The
  // watermark follows as soon as everything delivered is settled. An offset that was passed already changes nothing.
  void pass(Offset offset);

  // The offset to commit: every delivered message below it is settled. -1 while nothing is known.
  Offset watermark() const { return watermark_.load(std::memory_order_acquire); }
  // The offset after the last delivered message, or where pass() has moved it; -1 while nothing is known.
  Offset position() const { return position_.load(std::memory_order_acquire); }
  // Delivered and not settled for good. A redelivered or leaked message counts until the assignment ends.
  std::uint64_t unsettled() const { return unsettled_.load(std::memory_order_acquire); }
  // The timestamp of the message that the watermark waits for; -1: it waits for none, or that one has no timestamp.
  std::int64_t oldest_unsettled_ms() const { return oldest_unsettled_ms_.load(std::memory_order_relaxed); }
  // Acks that were destroyed unsettled: each is a bug of ours; its message stays unsettled.
  std::uint64_t leaked() const { return leaked_.load(std::memory_order_relaxed); }

  // The assignment ended: nothing is delivered any more, later settlements move nothing. From any thread.
  void void_acks() { void_.store(true, std::memory_order_release); }
  bool is_void() const { return void_.load(std::memory_order_acquire); }
  // The lane lets go of what it still has of it. On the lane's executor only: what Ack::is_released() says never
  // changes in the middle of what a lane does.
  void release() {
    void_acks();
    released_ = true;
  }
  bool is_released() const { return released_; }

 private:
  friend class Ack;
  void settle(std::uint64_t slot, Settlement how);

  // Sixteen bytes for each message in flight: a timestamp has room beside the mark.
  struct Slot {
    Offset offset;
    std::int64_t timestamp_ms : 56;
    std::int64_t settled : 8;
  };
  void note_oldest();

  const TopicPartition id_;
  const AssignmentEpoch epoch_;
  std::deque<Slot> slots_;        // delivered and not yet below the watermark, in order
  std::uint64_t first_slot_ = 0;  // the number of slots_.front()
  std::atomic<Offset> start_;
  std::atomic<Offset> watermark_;
  std::atomic<Offset> position_;
  std::atomic<std::uint64_t> unsettled_{0};
  std::atomic<std::int64_t> oldest_unsettled_ms_{-1};
  std::atomic<std::uint64_t> leaked_{0};
  std::atomic<bool> void_{false};
  bool released_ = false;  // the lane's own view of void_
};

}  // namespace weir
