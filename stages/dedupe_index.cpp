#include "stages/dedupe_index.hpp"

namespace weir::stages {
namespace {

constexpr std::size_t kFirstTable = 1024;

// Folds a 128-bit product: every bit of the key reaches every bit of the result.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash);
}

}  // namespace

DedupeIndex::DedupeIndex(Duration window, std::size_t max_entries, std::uint64_t seed)
    : window_(window),
      max_entries_(max_entries),
      seed_(seed),
      table_(kFirstTable, Slot{0, kEmpty}),
      mask_(kFirstTable - 1) {}

void DedupeIndex::set_bounds(Duration window, std::size_t max_entries) {
  window_ = window;
  max_entries_ = max_entries;
}

std::uint64_t DedupeIndex::hash(const DedupeKey& key) const {
  const std::uint64_t mixed = fold(key.high ^ seed_, key.low ^ 0x9e3779b97f4a7c15ull);
  return fold(mixed ^ seed_, 0xd6e8feb86659fd93ull);
}

void DedupeIndex::prefetch(std::uint64_t hash) const {
  __builtin_prefetch(&table_[hash & mask_]);
}

DedupeEntry* DedupeIndex::find(const DedupeKey& key, std::uint64_t hash, Token& token) {
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t slot = tag & mask_; table_[slot].place != kEmpty; slot = (slot + 1) & mask_) {
    if (table_[slot].tag != tag) continue;
    token = token_of(table_[slot].place);
    DedupeEntry& found = at(token);
    if (found.key == key) return &found;
  }
  return nullptr;
}

DedupeIndex::Token DedupeIndex::insert(const DedupeEntry& entry, std::uint64_t hash) {
  if ((live_ + 1) * 2 > table_.size()) grow();
  if (static_cast<std::uint32_t>(next_) == kEmpty) push() = DedupeEntry{};  // the mark of a free slot names no place
  const Token token = next_;
  DedupeEntry& added = push();
  added = entry;
  added.holders = 1;
  added.confirmed = 0;
  put(tag_of(hash), static_cast<std::uint32_t>(token));
  ++live_;
  return token;
}

DedupeEntry& DedupeIndex::push() {
  if (next_ % kBlock == 0) {
    blocks_.push_back(spare_ != nullptr ? std::move(spare_) : std::make_unique<DedupeEntry[]>(kBlock));
  }
  return at(next_++);
}

void DedupeIndex::pop_front() {
  if (++first_ % kBlock == 0) {
    spare_ = std::move(blocks_.front());
    blocks_.pop_front();
  }
}

void DedupeIndex::put(std::uint32_t tag, std::uint32_t place) {
  std::size_t slot = tag & mask_;
  while (table_[slot].place != kEmpty) slot = (slot + 1) & mask_;
  table_[slot] = {tag, place};
}

void DedupeIndex::confirm(Token token) {
  DedupeEntry* const held = entry(token);
  if (held == nullptr || held->holders == 0) return;
  --held->holders;
  held->confirmed = 1;
}

void DedupeIndex::release(Token token) {
  DedupeEntry* const held = entry(token);
  if (held == nullptr || held->holders == 0) return;
  if (--held->holders == 0 && !held->confirmed) erase(*held, token);
}

// Takes the entry out of the table and closes the gap, so that
// look-ups never meet grave stones. Its place in the ring stays, dead.
void DedupeIndex::erase(const DedupeEntry& entry, Token token) {
  std::size_t gap = hash(entry.key) & mask_;
  while (table_[gap].place != static_cast<std::uint32_t>(token)) gap = (gap + 1) & mask_;
  for (std::size_t slot = (gap + 1) & mask_; table_[slot].place != kEmpty; slot = (slot + 1) & mask_) {
    const std::size_t home = table_[slot].tag & mask_;
    if (((slot - home) & mask_) >= ((slot - gap) & mask_)) {
      table_[gap] = table_[slot];
      gap = slot;
    }
  }
  table_[gap].place = kEmpty;
  --live_;
}

void DedupeIndex::grow() {
  std::vector<Slot> old(table_.size() * 2, Slot{0, kEmpty});
  old.swap(table_);
  mask_ = table_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.place != kEmpty) put(slot.tag, slot.place);
  }
}

std::size_t DedupeIndex::evict(TimePoint now) {
  constexpr Token kAhead = 8;
  const std::size_t most_places = max_entries_ + max_entries_ / 4;
  std::size_t early = 0;
  while (first_ != next_) {
    DedupeEntry& oldest = at(first_);
    if (!is_dead(oldest)) {
      if (oldest.holders > 0) break;
      const bool expired = now - oldest.seen >= window_;
      if (!expired && live_ <= max_entries_ && places() <= most_places) break;
      if (const DedupeEntry* later = entry(first_ + kAhead)) prefetch(hash(later->key));
      if (!expired) ++early;
      erase(oldest, first_);
    }
    pop_front();
  }
  return early;
}

}  // namespace weir::stages
