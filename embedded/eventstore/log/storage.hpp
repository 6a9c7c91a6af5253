// The database below the store: one RocksDB with the log of all events and its indexes (layout: keys.hpp).
#pragma once

#include "embedded/directory_lock.hpp"
#include "embedded/eventstore/log/end_mark.hpp"
#include "embedded/eventstore/log/keys.hpp"
#include "embedded/eventstore/log/stream_state.hpp"
#include "pipeline/base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace rocksdb {
class Status;
}

namespace weir::embedded::eventstore {

enum class Direction { forwards, backwards };

class Storage;

// Everything that one commit group changes; written as a whole or not at all. Lives no longer than its storage.
class WriteGroup {
 public:
  explicit WriteGroup(const Storage& storage);
  ~WriteGroup();
  WriteGroup(const WriteGroup&) = delete;
  WriteGroup& operator=(const WriteGroup&) = delete;

  // Adds an event with its index entries; `encoded` as event.hpp makes it.
  void put_event(std::string_view encoded, std::uint64_t stream_number, Revision revision, Position position,
                 const Uuid& id);
  void put_stream(std::string_view name, const StreamState& state);
  // Where the counters stand after this group.
  void put_counters(Position next_position, std::uint64_t next_stream);
  bool empty() const;
  void clear();

 private:
  friend class Storage;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Lifetime: holds the data directory's lock and the database open until destroyed, which moves all that was written out
// of the write-ahead log. Outlives whoever reads from it.
// Executor: any thread; only one thread commits. All calls may block on the disk.
// Cancellation: none.
// Errors: already_exists (directory in use), corrupt (damaged, not ours, or it has lost events that were acknowledged:
// see recovery.cpp), io (the disk refused). What commit() stored survives any crash from its return on, when `sync` is
// set.
class Storage {
 public:
  struct Options {
    std::filesystem::path directory;
    bool sync = true;  // false: acknowledged events may be lost when the machine, not the process, dies
    // An orderly stop leaves nothing in the write-ahead log alone. False: the next start reads it there. For
    // ThreadSanitizer, which cannot see how RocksDB's own threads are waited for.
    bool flush_at_stop = true;
  };

  static Result<std::unique_ptr<Storage>> open(const Options& options);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  struct Database;  // database.hpp

  // As recovered at open; the sequencer counts on from there.
  Position next_position() const { return next_position_; }
  std::uint64_t next_stream() const { return next_stream_; }

  // A stream that nothing was ever written to has exists() == false.
  Result<StreamState> stream(std::string_view name) const;
  Result<std::optional<IdEntry>> find_id(const Uuid& id, std::uint64_t stream_number) const;
  Result<std::optional<RevisionEntry>> find_revision(std::uint64_t stream_number, Revision revision) const;
  // The events at these positions, in this order; each must be there.
  Result<std::vector<RecordedEvent>> events(std::span<const Position> positions) const;

  // Visits events from `from` on (inclusive) until the visitor returns false or the log ends.
  using EventVisitor = std::function<bool(RecordedEvent&&)>;
  Result<void> scan_log(Position from, Direction direction, const EventVisitor& visit) const;
  // The same over the revisions of one stream.
  using RevisionVisitor = std::function<bool(Revision, const RevisionEntry&)>;
  Result<void> scan_revisions(std::uint64_t stream_number, Revision from, Direction direction,
                              const RevisionVisitor& visit) const;

  // Writes the group and waits until it is on disk.
  Result<void> commit(WriteGroup& group);

 private:
  friend class WriteGroup;
  Storage(DirectoryLock directory, EndMark mark, std::unique_ptr<Database> database, const Options& options);
  Result<void> recover();
  bool mark_end();
  // What is `lost` is missing: as in a new store, or in a damaged one?
  Result<void> check_empty(std::string_view lost) const;
  Error failure(const rocksdb::Status& status, std::string_view doing) const;
  Error damaged(std::string_view what) const;

  DirectoryLock directory_;
  EndMark mark_;
  std::unique_ptr<Database> database_;
  bool sync_;
  bool flush_at_stop_;
  bool recovered_ = false;  // open() has ended well
  Position next_position_ = 1;
  Position end_ = 0;  // of what was committed
  std::uint64_t next_stream_ = 1;
};

}  // namespace weir::embedded::eventstore
