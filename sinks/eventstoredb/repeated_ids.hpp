// RepeatedIds: whether an id comes twice within one run.
#pragma once

#include "connectors/eventstoredb/client.hpp"

#include <boost/container/small_vector.hpp>

#include <bit>
#include <cstdint>
#include <span>

namespace weir::sinks::eventstoredb {

// An open-addressing table of the events of one run, since every event that is written passes it (some 5 ns each). Ids
// made to collide cost a run of n events n²/2 comparisons at worst, and runs are short.
//
// Lifetime: the events outlive it. Executor: one. Cancellation, Errors: none.
class RepeatedIds {
 public:
  explicit RepeatedIds(std::span<const connectors::eventstoredb::NewEvent> events)
      : events_(events), slots_(events.size() > 1 ? std::bit_ceil(2 * events.size()) : 0, 0u) {}

  // Takes note of an event; true when it was told of another one with the same id.
  bool comes_again(std::size_t index) {
    if (slots_.empty()) return false;
    const Uuid& id = events_[index].id;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash(id);
    while (slots_[at & mask] != 0 && events_[slots_[at & mask] - 1].id != id) ++at;
    std::uint32_t& slot = slots_[at & mask];
    if (slot != 0) return true;
    slot = static_cast<std::uint32_t>(index + 1);
    return false;
  }

 private:
  static std::size_t hash(const Uuid& id) {
    constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ull;
    return ((id.high * kMix ^ id.low) * kMix) >> 32;
  }

  std::span<const connectors::eventstoredb::NewEvent> events_;
  boost::container::small_vector<std::uint32_t, 64> slots_;  // index + 1 of the first event with an id; 0: free
};

}  // namespace weir::sinks::eventstoredb
