// The states of the streams that are being written, so that a hot stream costs no look-up.
#pragma once

#include "embedded/eventstore/log/storage.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <list>

namespace weir::embedded::eventstore {

// Least recently used states, bounded in number and in bytes of names.
//
// Lifetime: outlived by its storage. A pointer from find() stays valid until the next trim() or clear().
// Executor: one thread. Cancellation: none. Errors: those of Storage.
class StreamCache {
 public:
  struct Entry {
    std::string name;
    StreamState state;
    bool changed = false;  // since the last flush
  };

  StreamCache(const Storage& storage, std::size_t max_streams, std::size_t max_bytes)
      : storage_(storage), max_streams_(max_streams), max_bytes_(max_bytes) {}

  // The state of a stream, from memory or from the storage.
  Result<Entry*> find(std::string_view name);
  void mark_changed(Entry& entry);
  // Puts all changed states into the group; they count as unchanged from then on.
  void flush(WriteGroup& group);
  // Evicts down to the bounds. Not while changes wait for their flush.
  void trim();
  void clear();
  std::size_t size() const { return entries_.size(); }

 private:
  const Storage& storage_;
  std::size_t max_streams_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  absl::flat_hash_map<absl::string_view, std::list<Entry>::iterator> by_name_;
  std::vector<Entry*> changed_;
};

}  // namespace weir::embedded::eventstore
