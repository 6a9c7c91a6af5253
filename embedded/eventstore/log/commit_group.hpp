// One commit group: the requests that are decided together and reach the disk in one write.
#pragma once

#include "embedded/eventstore/log/append_request.hpp"
#include "embedded/eventstore/log/stream_cache.hpp"

#include <absl/container/flat_hash_map.h>

namespace weir::embedded::eventstore {

// Decides requests one after the other, each against the storage and what earlier requests of the group will have
// written, and gathers the changes.
//
// Lifetime: reused group after group by the sequencer; outlived by storage and cache. Executor: the sequencer's thread.
// Cancellation: none. Errors: an Error of apply() or commit() leaves
// memory and disk apart: drop everything and take no more requests.
class CommitGroup {
 public:
  struct Counters {
    Position next_position = 1;
    std::uint64_t next_stream = 1;
  };

  CommitGroup(Storage& storage, StreamCache& cache, Counters counters);

  // Starts an empty group. `created` is the time of all its events, in ticks.
  void begin(std::int64_t created);
  // Decides one request. The result may be told only after commit().
  Result<AppendResult> apply(const WriteRequest& request);
  // Adds an event without any check: the first events of a new store.
  Result<void> append_unchecked(std::string_view stream, const ProposedEvent& event);
  Result<void> commit();

  std::uint64_t events() const { return events_; }  // in this group
  const Counters& counters() const { return counters_; }

 private:
  using Entry = StreamCache::Entry;

  Result<AppendResult> append(const WriteRequest& request, Entry& entry);
  Result<AppendResult> soft_delete(const WriteRequest& request, Entry& entry);
  Result<AppendResult> tombstone(const WriteRequest& request, Entry& entry);
  Position put(Entry& entry, const ProposedEvent& event, Revision revision);
  Result<void> undelete(Entry& entry);
  Result<void> metadata_written(std::string_view metastream, const ProposedEvent& event);
  Result<Position> put_metadata(Entry& entry, std::string json);
  Result<std::string> metadata_of(std::string_view stream);
  Result<bool> is_tombstoned(const Entry& entry);

  // What decide_append wants to know of a stream, from this group and from the storage.
  class Known;
  Result<connectors::eventstoredb::AppendDecision> decide(const WriteRequest& request, const Entry& entry);

  Storage& storage_;
  StreamCache& cache_;
  Counters counters_;
  WriteGroup changes_;
  std::int64_t created_ = 0;
  std::uint64_t events_ = 0;
  std::string encoded_;          // scratch
  std::vector<Uuid> asked_ids_;  // scratch

  // What this group adds to the indexes.
  absl::flat_hash_map<std::pair<std::uint64_t, Uuid>, IdEntry> ids_;
  absl::flat_hash_map<std::pair<std::uint64_t, Revision>, RevisionEntry> revisions_;
  absl::flat_hash_map<std::string, std::string> metadata_;  // stream → its latest metadata
};

}  // namespace weir::embedded::eventstore
