#include "embedded/eventstore/log/stream_cache.hpp"

namespace weir::embedded::eventstore {

namespace {

absl::string_view key(std::string_view name) {
  return {name.data(), name.size()};
}

}  // namespace

Result<StreamCache::Entry*> StreamCache::find(std::string_view name) {
  const auto found = by_name_.find(key(name));
  if (found != by_name_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
  }
  Result<StreamState> state = storage_.stream(name);
  if (!state) return state.error();
  Entry& entry = entries_.emplace_front(Entry{std::string(name), *state});
  by_name_.emplace(key(entry.name), entries_.begin());
  bytes_ += entry.name.size();
  return &entry;
}

void StreamCache::mark_changed(Entry& entry) {
  if (entry.changed) return;
  entry.changed = true;
  changed_.push_back(&entry);
}

void StreamCache::flush(WriteGroup& group) {
  for (Entry* entry : changed_) {
    group.put_stream(entry->name, entry->state);
    entry->changed = false;
  }
  changed_.clear();
}

void StreamCache::trim() {
  while (entries_.size() > max_streams_ || bytes_ > max_bytes_) {
    const Entry& oldest = entries_.back();
    bytes_ -= oldest.name.size();
    by_name_.erase(key(oldest.name));
    entries_.pop_back();
  }
}

void StreamCache::clear() {
  by_name_.clear();
  entries_.clear();
  changed_.clear();
  bytes_ = 0;
}

}  // namespace weir::embedded::eventstore
