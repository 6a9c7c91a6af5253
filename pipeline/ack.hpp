// Ack: the duty to settle one message, exactly once (I5).
#pragma once

#include "pipeline/base/units.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>

namespace weir {

class PartitionLedger;

// How a message ended. Everything but `redelivered` lets the watermark pass it.
enum class Settlement : std::uint8_t {
  stored,         // a sink confirmed it (written, or already there)
  dropped,        // a stage dropped it for a counted reason
  dead_lettered,  // the dead-letter sink confirmed it
  redelivered,    // not settled for good: it will be read again
};

// Told once how a message ended. Dedupe uses it to confirm or release a reserved id.
//
// Lifetime: outlives every Ack it hangs on (stage instances outlive the batches of their lane).
// Executor: called on the lane's executor, from within done() or redeliver(). Must not block or throw.
class SettleHook {
 public:
  virtual void settled(std::uint64_t token, Settlement how) noexcept = 0;

 protected:
  ~SettleHook() = default;
};

// Move-only token of the duty to settle one message. Exactly one of done() and redeliver() is called on it; an Ack
// destroyed unsettled redelivers and is counted as a bug (PartitionLedger::leaked).
//
// Lifetime: the PartitionLedger outlives it (the Batch keeps the ledger alive).
// Executor: the lane's.
// Cancellation, Errors: none.
class Ack {
 public:
  Ack() = default;  // holds no duty
  Ack(PartitionLedger& ledger, std::uint64_t slot) : ledger_(&ledger), slot_(slot) {}
  Ack(Ack&& other) noexcept : ledger_(other.ledger_), slot_(other.slot_), hooks_(std::move(other.hooks_)) {
    other.ledger_ = nullptr;
  }
  Ack& operator=(Ack&& other) noexcept;
  ~Ack() {
    if (ledger_ != nullptr) leak();
  }

  // The message is settled for good. `how` is anything but redelivered.
  void done(Settlement how) &&;
  // The message is not settled: whoever owns the partition next reads it again.
  void redeliver() &&;

  // Adds a hook that hears of the settlement. Called by stages, on entry.
  void on_settle(SettleHook& hook, std::uint64_t token) { hooks_.push_back({&hook, token}); }

  bool pending() const { return ledger_ != nullptr; }
  // True when the partition was taken away since: settling it has no effect, writing it any more is pointless. May
  // become true at any moment, so the engine goes by is_released(); tests of sources ask this.
  bool is_void() const;
  // The same as the lane knows it: never changes in the middle of what the lane does.
  bool is_released() const;

 private:
  struct Hook {
    SettleHook* hook;
    std::uint64_t token;
  };
  void settle(Settlement how);
  void leak() noexcept;

  PartitionLedger* ledger_ = nullptr;
  std::uint64_t slot_ = 0;
  boost::container::small_vector<Hook, 1> hooks_;
};

}  // namespace weir
