// DedupeIndex: the ids a lane has seen, bounded by time and by number.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

namespace weir::stages {

// What identifies a message here: a UUID, or the 128-bit hash of another key.
struct DedupeKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const DedupeKey&, const DedupeKey&) = default;
};

// One id that was seen.
struct DedupeEntry {
  DedupeKey key;
  std::uint64_t content_hash = 0;
  TimePoint seen;     // when it was first reserved
  Offset offset = 0;  // where the first copy came from
  Partition partition = 0;
  std::uint16_t topic = 0;          // the caller's number of the topic
  std::uint16_t holders : 15 = 0;   // messages in flight that reserved it
  std::uint16_t confirmed : 1 = 0;  // one of them was settled for good
};

// Reserve on entry, confirm when settled, release on failure. Entries stand in the order of their arrival in a ring of
// fixed blocks; a table of 8-byte slots (part of the hash, place in the ring) finds them: a look-up of an unknown id
// touches one cache line, and the whole batch's lines are prefetched before the first look-up.
//
// Memory: 48 bytes per entry and 16 to 32 bytes of table: 64 to 80 MB at a million ids. An entry that was released
// leaves its place in the ring empty until what came before it is forgotten; the ring holds at most a quarter more
// places than the bound.
//
// Lifetime: one per lane. Executor: the lane's. Cancellation, Errors: none.
class DedupeIndex {
 public:
  // Names a reservation until its last holder has settled.
  using Token = std::uint64_t;

  // `seed` makes the places in the table unpredictable to whoever chooses the ids.
  DedupeIndex(Duration window, std::size_t max_entries, std::uint64_t seed);
  DedupeIndex(const DedupeIndex&) = delete;
  DedupeIndex& operator=(const DedupeIndex&) = delete;

  // Other bounds, from the next evict() on.
  void set_bounds(Duration window, std::size_t max_entries);

  std::uint64_t hash(const DedupeKey& key) const;
  void prefetch(std::uint64_t hash) const;
  // The entry of that key with its token, or nullptr. Stays valid until the next insert or evict.
  DedupeEntry* find(const DedupeKey& key, std::uint64_t hash, Token& token);
  // Adds an entry, reserved once. The key is not in the index.
  Token insert(const DedupeEntry& entry, std::uint64_t hash);

  // Settles a reservation. A confirmed entry stays for the window; one whose last holder released it is forgotten.
  void confirm(Token token);
  void release(Token token);

  // Forgets what is older than the window, then the oldest above the bound. What
  // is in flight is never forgotten, so the bound may be exceeded by what the lane
  // has in flight. Returns how many were forgotten before their window had ended.
  std::size_t evict(TimePoint now);

  std::size_t size() const { return live_; }

 private:
  static constexpr std::uint32_t kEmpty = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kBlock = 4096;
  // `tag` is the lower half of the hash: it gives the home slot too, so that moving slots never touches an entry.
  struct Slot {
    std::uint32_t tag;
    std::uint32_t place;  // token modulo 2^32; kEmpty = free
  };

  DedupeEntry& at(Token token) { return blocks_[token / kBlock - first_ / kBlock][token % kBlock]; }
  DedupeEntry* entry(Token token) { return token >= first_ && token < next_ ? &at(token) : nullptr; }
  static bool is_dead(const DedupeEntry& entry) { return entry.holders == 0 && !entry.confirmed; }
  Token token_of(std::uint32_t place) const {
    return first_ + static_cast<std::uint32_t>(place - static_cast<std::uint32_t>(first_));
  }
  std::size_t places() const { return next_ - first_; }
  DedupeEntry& push();
  void pop_front();
  void put(std::uint32_t tag, std::uint32_t place);
  void erase(const DedupeEntry& entry, Token token);
  void grow();

  Duration window_;
  std::size_t max_entries_;
  const std::uint64_t seed_;
  std::deque<std::unique_ptr<DedupeEntry[]>> blocks_;  // the ring: tokens first_ .. next_
  std::unique_ptr<DedupeEntry[]> spare_;
  Token first_ = 0;
  Token next_ = 0;
  std::size_t live_ = 0;
  std::vector<Slot> table_;
  std::size_t mask_ = 0;
};

}  // namespace weir::stages
