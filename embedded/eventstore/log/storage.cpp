#include "embedded/eventstore/log/storage.hpp"

#include "embedded/eventstore/log/database.hpp"
#include "embedded/eventstore/log/recovery.hpp"
#include "pipeline/base/log.hpp"

namespace weir::embedded::eventstore {

namespace {

constexpr std::string_view kFormat = "weir-eventstore-1";

}  // namespace

Storage::Storage(DirectoryLock directory, EndMark mark, std::unique_ptr<Database> database, const Options& options)
    : directory_(std::move(directory)),
      mark_(std::move(mark)),
      database_(std::move(database)),
      sync_(options.sync),
      flush_at_stop_(options.flush_at_stop) {}

Storage::~Storage() {
  if (!recovered_ || !flush_at_stop_) return;  // it stays as it was found
  const rocksdb::Status flushed = database_->flush();
  if (!flushed.ok()) {
    log::warn(
        "the event store could not move its last writes out of the write-ahead log; the next start reads them there",
        {{"error", flushed.ToString()}});
    return;
  }
  mark_end();
}

bool Storage::mark_end() {
  return mark_.set(end_) && mark_.sync();
}

Result<std::unique_ptr<Storage>> Storage::open(const Options& options) {
  Result<DirectoryLock> directory = DirectoryLock::acquire(options.directory, "event store");
  if (!directory) return directory.error();
  Recovery recovery(directory->directory());
  Result<EndMark> mark = recovery.look();
  if (!mark) return mark.error();
  std::unique_ptr<Database> database;
  Result<void> opened = recovery.open(database);
  if (!opened) return opened.error();
  std::unique_ptr<Storage> storage(new Storage(std::move(*directory), std::move(*mark), std::move(database), options));
  Result<void> recovered = storage->recover();
  if (!recovered) return recovered.error();
  // Opening has moved it out of the write-ahead log. Only then may the leave to lose something go: without it a start
  // that finds less than the mark says is refused.
  if (!storage->mark_end()) {
    return Error(Errc::io, "cannot write how far the log reaches into '" + options.directory.string() +
                               "'; check free space and permissions");
  }
  Result<void> done = recovery.done(storage->end_);
  if (!done) return done.error();
  storage->recovered_ = true;
  return storage;
}

Error Storage::failure(const rocksdb::Status& status, std::string_view doing) const {
  const std::string text =
      std::string(doing) + " failed in the event store '" + directory_.directory().string() + "': " + status.ToString();
  if (status.IsCorruption()) return Error(Errc::corrupt, text + "; restore it from a backup");
  return Error(Errc::io, text + "; check the disk, then restart the store");
}

Error Storage::damaged(std::string_view what) const {
  return Error(Errc::corrupt, "the event store in '" + directory_.directory().string() +
                                  "' is damaged: " + std::string(what) + "; restore it from a backup");
}

Result<void> Storage::recover() {
  rocksdb::DB& db = *database_->db;
  rocksdb::ColumnFamilyHandle* counters = database_->families[kCounters];
  std::string format;
  const rocksdb::Status found = db.Get({}, counters, slice(kFormatKey), &format);
  if (found.IsNotFound()) {
    Result<void> empty = check_empty("format");
    if (!empty) return empty;
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const rocksdb::Status written = db.Put(durable, counters, slice(kFormatKey), slice(kFormat));
    if (!written.ok()) return failure(written, "writing the format version");
    return {};
  }
  if (!found.ok()) return failure(found, "reading the format version");
  if (format != kFormat) {
    return Error(Errc::unsupported, "the event store in '" + directory_.directory().string() + "' has format '" +
                                        format + "', this version of weir reads '" + std::string(kFormat) +
                                        "'; use the version of weir that wrote it");
  }
  std::string next_position;
  std::string next_stream;
  const rocksdb::Status position_found = db.Get({}, counters, slice(kNextPositionKey), &next_position);
  if (position_found.IsNotFound()) return check_empty("counters");  // it died before its first event
  if (!position_found.ok()) return failure(position_found, "reading the end of the log");
  const rocksdb::Status stream_found = db.Get({}, counters, slice(kNextStreamKey), &next_stream);
  if (!stream_found.ok()) return failure(stream_found, "reading the number of streams");
  if (next_position.size() != 8 || next_stream.size() != 8) return damaged("its counters are unreadable");
  next_position_ = get_u64(next_position.data());
  next_stream_ = get_u64(next_stream.data());
  end_ = next_position_ - 1;

  Position last = 0;
  Result<void> scanned =
      scan_log(std::numeric_limits<Position>::max(), Direction::backwards, [&](RecordedEvent&& event) {
        last = event.position;
        return false;
      });
  if (!scanned) return scanned;
  if (last + 1 != next_position_) {
    return damaged("its log ends at position " + std::to_string(last) + ", its counter says " +
                   std::to_string(next_position_ - 1));
  }
  return {};
}

Result<void> Storage::check_empty(std::string_view lost) const {
  for (const Family family : {kLog, kStreams}) {
    const std::unique_ptr<rocksdb::Iterator> at(database_->db->NewIterator({}, database_->families[family]));
    at->SeekToFirst();
    if (at->Valid()) return damaged("it holds events without their " + std::string(lost));
    if (!at->status().ok()) return failure(at->status(), "looking whether it is empty");
  }
  return {};
}

Result<StreamState> Storage::stream(std::string_view name) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = database_->db->Get({}, database_->families[kStreams], slice(name), &value);
  if (status.IsNotFound()) return StreamState{};
  if (!status.ok()) return failure(status, "looking up a stream");
  const std::optional<StreamState> state = decode_state(text(value));
  if (!state) return damaged("the state of stream '" + std::string(name) + "' is unreadable");
  return *state;
}

Result<std::optional<IdEntry>> Storage::find_id(const Uuid& id, std::uint64_t stream_number) const {
  rocksdb::PinnableSlice value;
  const Key<24> key = id_key(id, stream_number);
  const rocksdb::Status status = database_->db->Get({}, database_->families[kIds], slice(view(key)), &value);
  if (status.IsNotFound()) return std::optional<IdEntry>();
  if (!status.ok()) return failure(status, "looking up an event id");
  const std::optional<IdEntry> entry = decode_id_entry(text(value));
  if (!entry) return damaged("the index entry of event " + id.str() + " is unreadable");
  return entry;
}

Result<std::optional<RevisionEntry>> Storage::find_revision(std::uint64_t stream_number, Revision revision) const {
  rocksdb::PinnableSlice value;
  const Key<16> key = revision_key(stream_number, revision);
  const rocksdb::Status status = database_->db->Get({}, database_->families[kRevisions], slice(view(key)), &value);
  if (status.IsNotFound()) return std::optional<RevisionEntry>();
  if (!status.ok()) return failure(status, "looking up a revision");
  const std::optional<RevisionEntry> entry = decode_revision_entry(text(value));
  if (!entry) return damaged("an entry of the stream index is unreadable");
  return entry;
}

Result<std::vector<RecordedEvent>> Storage::events(std::span<const Position> positions) const {
  std::vector<Key<8>> keys;
  std::vector<rocksdb::Slice> slices;
  keys.reserve(positions.size());
  for (const Position position : positions) keys.push_back(u64_key(position));
  for (const Key<8>& key : keys) slices.push_back(slice(view(key)));
  std::vector<rocksdb::PinnableSlice> values(positions.size());
  std::vector<rocksdb::Status> statuses(positions.size());
  database_->db->MultiGet({}, database_->families[kLog], slices.size(), slices.data(), values.data(), statuses.data());

  std::vector<RecordedEvent> events;
  events.reserve(positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (statuses[i].IsNotFound())
      return damaged("the event at position " + std::to_string(positions[i]) + " is missing");
    if (!statuses[i].ok()) return failure(statuses[i], "reading events");
    std::optional<RecordedEvent> event = decode_event(positions[i], text(values[i]));
    if (!event) return damaged("the event at position " + std::to_string(positions[i]) + " is unreadable");
    events.push_back(std::move(*event));
  }
  return events;
}

Result<void> Storage::scan_log(Position from, Direction direction, const EventVisitor& visit) const {
  const Key<8> start = u64_key(from);
  const std::unique_ptr<rocksdb::Iterator> at(database_->db->NewIterator({}, database_->families[kLog]));
  const bool forwards = direction == Direction::forwards;
  forwards ? at->Seek(slice(view(start))) : at->SeekForPrev(slice(view(start)));
  for (; at->Valid(); forwards ? at->Next() : at->Prev()) {
    if (at->key().size() != 8) return damaged("a key of the log is unreadable");
    const Position position = get_u64(at->key().data());
    std::optional<RecordedEvent> event = decode_event(position, text(at->value()));
    if (!event) return damaged("the event at position " + std::to_string(position) + " is unreadable");
    if (!visit(std::move(*event))) return {};
  }
  if (!at->status().ok()) return failure(at->status(), "reading the log");
  return {};
}

Result<void> Storage::scan_revisions(std::uint64_t stream_number, Revision from, Direction direction,
                                     const RevisionVisitor& visit) const {
  const Key<16> start = revision_key(stream_number, from);
  const std::unique_ptr<rocksdb::Iterator> at(database_->db->NewIterator({}, database_->families[kRevisions]));
  const bool forwards = direction == Direction::forwards;
  forwards ? at->Seek(slice(view(start))) : at->SeekForPrev(slice(view(start)));
  for (; at->Valid(); forwards ? at->Next() : at->Prev()) {
    if (at->key().size() != 16) return damaged("a key of the stream index is unreadable");
    if (get_u64(at->key().data()) != stream_number) return {};
    const std::optional<RevisionEntry> entry = decode_revision_entry(text(at->value()));
    if (!entry) return damaged("an entry of the stream index is unreadable");
    if (!visit(static_cast<Revision>(get_u64(at->key().data() + 8)), *entry)) return {};
  }
  if (!at->status().ok()) return failure(at->status(), "reading a stream");
  return {};
}

Result<void> Storage::commit(WriteGroup& group) {
  rocksdb::WriteOptions options;
  options.sync = sync_;
  const rocksdb::Status status = database_->db->Write(options, &group.impl_->changes);
  if (!status.ok()) return failure(status, "writing events");
  end_ = group.impl_->end;
  if (sync_) mark_.set(end_);
  return {};
}

}  // namespace weir::embedded::eventstore
