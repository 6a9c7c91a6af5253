// DedupeState: what the dedupe of a lane knows, whichever configuration it has.
#pragma once

#include "pipeline/ack.hpp"
#include "stages/dedupe_index.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stages {

// The ids that were seen, and where they came from. Confirms an id when its message is settled for good.
//
// Lifetime: shared by the stages of the lane that use it one after the other; they outlive the acks that it hangs on.
// Executor: the lane's. Cancellation, Errors: none.
class DedupeState final : public SettleHook {
 public:
  DedupeState(Duration window, std::size_t max_entries, std::uint64_t seed)
      : index_(window, max_entries, seed), seed_(seed) {}

  DedupeIndex& index() { return index_; }
  // Of all hashes in the index. Any thread.
  std::uint64_t seed() const { return seed_; }
  // Whether a stage has begun to work with it. Any thread may ask.
  bool is_in_use() const { return in_use_.load(std::memory_order_relaxed); }
  void set_in_use() { in_use_.store(true, std::memory_order_relaxed); }

  // Topics are few; a hostile number of them shares the last number, which then names no topic.
  std::uint16_t number_of(std::string_view topic);
  const std::string& topic(std::uint16_t number) const { return topics_[number]; }

  // Settled is settled, whether stored or dropped on purpose; a dead letter may be sent again, and must pass then.
  void settled(std::uint64_t token, Settlement how) noexcept override;

 private:
  DedupeIndex index_;
  const std::uint64_t seed_;
  std::atomic<bool> in_use_{false};
  std::vector<std::string> topics_;
  std::uint16_t last_topic_ = 0;
};

}  // namespace weir::stages
