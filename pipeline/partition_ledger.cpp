#include "pipeline/partition_ledger.hpp"

#include <algorithm>
#include <cassert>

namespace weir {

PartitionLedger::PartitionLedger(TopicPartition id, AssignmentEpoch epoch, Offset start)
    : id_(std::move(id)), epoch_(epoch), start_(start), watermark_(start), position_(start) {}

namespace {

constexpr std::int64_t kLatestTimestamp = (std::int64_t{1} << 55) - 1;  // what has room in a Slot

}  // namespace

Ack PartitionLedger::deliver(Offset offset, std::int64_t timestamp_ms) {
  assert(offset >= position() && "a stale copy was delivered; ask accepts() first");
  if (position() < 0) {
    start_.store(offset, std::memory_order_relaxed);
    watermark_.store(offset, std::memory_order_release);
  }
  const std::uint64_t slot = first_slot_ + slots_.size();
  const bool is_oldest = slots_.empty();
  slots_.push_back({offset, std::clamp<std::int64_t>(timestamp_ms, -1, kLatestTimestamp), 0});
  if (is_oldest) note_oldest();
  position_.store(offset + 1, std::memory_order_release);
  unsettled_.fetch_add(1, std::memory_order_relaxed);
  return Ack(*this, slot);
}

void PartitionLedger::pass(Offset offset) {
  if (is_void() || offset <= position()) return;
  position_.store(offset, std::memory_order_release);
  if (slots_.empty()) watermark_.store(offset, std::memory_order_release);
}

void PartitionLedger::settle(std::uint64_t slot, Settlement how) {
  // A message that is to be read again stays unsettled: the watermark stops before it for the rest of this assignment.
  if (how == Settlement::redelivered) return;
  unsettled_.fetch_sub(1, std::memory_order_release);
  slots_[slot - first_slot_].settled = 1;
  if (slot != first_slot_) return;
  while (!slots_.empty() && slots_.front().settled != 0) {
    slots_.pop_front();
    ++first_slot_;
  }
  note_oldest();
  // Holes need no special care: the watermark is the next unsettled delivery, or the position behind the last one.
  if (!is_void()) {
    watermark_.store(slots_.empty() ? position() : slots_.front().offset, std::memory_order_release);
  }
}

void PartitionLedger::note_oldest() {
  oldest_unsettled_ms_.store(slots_.empty() ? -1 : slots_.front().timestamp_ms, std::memory_order_relaxed);
}

Ack& Ack::operator=(Ack&& other) noexcept {
  if (this != &other) {
    if (ledger_ != nullptr) leak();
    ledger_ = other.ledger_;
    slot_ = other.slot_;
    hooks_ = std::move(other.hooks_);
    other.ledger_ = nullptr;
  }
  return *this;
}

void Ack::done(Settlement how) && {
  assert(how != Settlement::redelivered);
  settle(how);
}

void Ack::redeliver() && {
  settle(Settlement::redelivered);
}

bool Ack::is_void() const {
  return ledger_ != nullptr && ledger_->is_void();
}

bool Ack::is_released() const {
  return ledger_ != nullptr && ledger_->is_released();
}

void Ack::settle(Settlement how) {
  assert(ledger_ != nullptr && "an Ack is settled exactly once (I5)");
  if (ledger_ == nullptr) return;
  PartitionLedger& ledger = *ledger_;
  ledger_ = nullptr;
  for (const Hook& hook : hooks_) hook.hook->settled(hook.token, how);
  hooks_.clear();
  ledger.settle(slot_, how);
}

void Ack::leak() noexcept {
  ledger_->leaked_.fetch_add(1, std::memory_order_relaxed);
  settle(Settlement::redelivered);
}

}  // namespace weir
