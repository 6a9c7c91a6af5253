#include "embedded/eventstore/log/database.hpp"

namespace weir::embedded::eventstore {

namespace {

// Putting into a batch fails only when the batch has a size limit; ours has none.
void put(rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* family, std::string_view key,
         std::string_view value) {
  batch.Put(family, slice(key), slice(value)).PermitUncheckedError();
}

}  // namespace

WriteGroup::WriteGroup(const Storage& storage) : impl_(std::make_unique<Impl>()) {
  impl_->families = storage.database_->families;
}

WriteGroup::~WriteGroup() = default;

void WriteGroup::put_event(std::string_view encoded, std::uint64_t stream_number, Revision revision, Position position,
                           const Uuid& id) {
  put(impl_->changes, impl_->families[kLog], view(u64_key(position)), encoded);
  put(impl_->changes, impl_->families[kRevisions], view(revision_key(stream_number, revision)),
      view(encode(RevisionEntry{position, id})));
  put(impl_->changes, impl_->families[kIds], view(id_key(id, stream_number)),
      view(encode(IdEntry{revision, position})));
}

void WriteGroup::put_stream(std::string_view name, const StreamState& state) {
  std::string encoded;
  encode_state(state, encoded);
  put(impl_->changes, impl_->families[kStreams], name, encoded);
}

void WriteGroup::put_counters(Position next_position, std::uint64_t next_stream) {
  put(impl_->changes, impl_->families[kCounters], kNextPositionKey, view(u64_key(next_position)));
  put(impl_->changes, impl_->families[kCounters], kNextStreamKey, view(u64_key(next_stream)));
  impl_->end = next_position - 1;
}

bool WriteGroup::empty() const {
  return impl_->changes.Count() == 0;
}

void WriteGroup::clear() {
  impl_->changes.Clear();
}

}  // namespace weir::embedded::eventstore
