#include "embedded/eventstore/log/commit_group.hpp"

namespace weir::embedded::eventstore {

namespace rules = connectors::eventstoredb;

namespace {

Revision signed_revision(const std::optional<rules::StreamRevision>& revision) {
  return revision ? static_cast<Revision>(*revision) : kNoRevision;
}

rules::StreamState rules_state(const StreamState& state, bool tombstoned) {
  rules::StreamState out;
  if (tombstoned) {
    out.life = rules::StreamState::Life::tombstoned;
  } else if (state.soft_deleted()) {
    out.life = rules::StreamState::Life::soft_deleted;
  }
  if (state.last != kNoRevision) out.last = static_cast<rules::StreamRevision>(state.last);
  out.has_metadata = state.has_metadata;
  return out;
}

}  // namespace

// A look-up that fails is remembered and answered with "unknown":
// the caller asks for the error before it believes the decision.
class CommitGroup::Known final : public rules::KnownEvents {
 public:
  Known(const CommitGroup& group, const Entry& entry) : group_(group), entry_(entry) {}

  std::optional<rules::KnownEvent> find(const Uuid& id) const override {
    const StreamState& state = entry_.state;
    if (state.last == kNoRevision) return std::nullopt;
    const auto pending = group_.ids_.find(std::pair(state.number, id));
    if (pending != group_.ids_.end()) return known(pending->second.revision, pending->second.position);
    const Result<std::optional<IdEntry>> stored = group_.storage_.find_id(id, state.number);
    if (!stored) error_ = stored.error();
    if (!stored || !*stored) return std::nullopt;
    return known((*stored)->revision, (*stored)->position);
  }

  std::optional<rules::KnownEvent> at(rules::StreamRevision revision, const Uuid& id) const override {
    const StreamState& state = entry_.state;
    if (state.last == kNoRevision || revision > static_cast<rules::StreamRevision>(state.last)) return std::nullopt;
    const auto wanted = static_cast<Revision>(revision);
    const auto pending = group_.revisions_.find(std::pair(state.number, wanted));
    std::optional<RevisionEntry> entry;
    if (pending != group_.revisions_.end()) {
      entry = pending->second;
    } else {
      const Result<std::optional<RevisionEntry>> stored = group_.storage_.find_revision(state.number, wanted);
      if (!stored) error_ = stored.error();
      if (stored) entry = *stored;
    }
    if (!entry || entry->id != id) return std::nullopt;
    return known(wanted, entry->position);
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  rules::KnownEvent known(Revision revision, Position position) const {
    rules::KnownEvent event;
    event.revision = static_cast<rules::StreamRevision>(revision);
    if (revision >= entry_.state.first_readable(is_metastream(entry_.name))) event.position = position;
    return event;
  }

  const CommitGroup& group_;
  const Entry& entry_;
  mutable std::optional<Error> error_;
};

CommitGroup::CommitGroup(Storage& storage, StreamCache& cache, Counters counters)
    : storage_(storage), cache_(cache), counters_(counters), changes_(storage) {}

void CommitGroup::begin(std::int64_t created) {
  created_ = created;
  events_ = 0;
  changes_.clear();
  ids_.clear();
  revisions_.clear();
  metadata_.clear();
}

Result<void> CommitGroup::commit() {
  cache_.flush(changes_);
  if (changes_.empty()) return {};
  changes_.put_counters(counters_.next_position, counters_.next_stream);
  return storage_.commit(changes_);
}

Result<bool> CommitGroup::is_tombstoned(const Entry& entry) {
  if (entry.state.tombstoned) return true;
  if (!is_metastream(entry.name)) return false;
  const Result<Entry*> original = cache_.find(original_of(entry.name));
  if (!original) return original.error();
  return (*original)->state.tombstoned;
}

Result<rules::AppendDecision> CommitGroup::decide(const WriteRequest& request, const Entry& entry) {
  const Result<bool> tombstoned = is_tombstoned(entry);
  if (!tombstoned) return tombstoned.error();
  asked_ids_.clear();
  for (const ProposedEvent& event : request.events) asked_ids_.push_back(event.id);
  const Known known(*this, entry);
  rules::AppendDecision decision =
      rules::decide_append(request.expected, rules_state(entry.state, *tombstoned), asked_ids_, known);
  if (known.error()) return *known.error();
  return decision;
}

Result<AppendResult> CommitGroup::apply(const WriteRequest& request) {
  Result<Entry*> entry = cache_.find(request.stream);
  if (!entry) return entry.error();
  switch (request.kind) {
    case WriteKind::append:
      return append(request, **entry);
    case WriteKind::soft_delete:
      return soft_delete(request, **entry);
    case WriteKind::tombstone:
      return tombstone(request, **entry);
  }
  return Error(Errc::internal, "a write request of unknown kind");
}

Result<AppendResult> CommitGroup::append(const WriteRequest& request, Entry& entry) {
  const Result<rules::AppendDecision> decision = decide(request, entry);
  if (!decision) return decision.error();
  if (std::holds_alternative<rules::StreamIsDeleted>(*decision)) return AppendResult(StreamTombstoned());
  if (const auto* wrong = std::get_if<rules::WrongExpectedVersion>(&*decision)) {
    return AppendResult(WrongExpectedVersion{signed_revision(wrong->actual)});
  }
  if (const auto* known = std::get_if<rules::AlreadyWritten>(&*decision)) {
    if (known->undelete) {
      Result<void> undeleted = undelete(entry);
      if (!undeleted) return undeleted.error();
    }
    return AppendResult(Appended{signed_revision(known->revision), known->position});
  }
  const auto& write = std::get<rules::WriteEvents>(*decision);
  if (write.undelete) {
    Result<void> undeleted = undelete(entry);
    if (!undeleted) return undeleted.error();
  }
  Appended appended;
  for (const ProposedEvent& event : request.events) {
    appended.revision = entry.state.last + 1;
    appended.position = put(entry, event, appended.revision);
  }
  if (is_metastream(entry.name) && !request.events.empty()) {
    Result<void> noted = metadata_written(entry.name, request.events.back());
    if (!noted) return noted.error();
  }
  return AppendResult(appended);
}

Result<AppendResult> CommitGroup::soft_delete(const WriteRequest& request, Entry& entry) {
  const Result<rules::AppendDecision> decision = decide(request, entry);
  if (!decision) return decision.error();
  if (std::holds_alternative<rules::StreamIsDeleted>(*decision)) return AppendResult(StreamTombstoned());
  if (const auto* wrong = std::get_if<rules::WrongExpectedVersion>(&*decision)) {
    return AppendResult(WrongExpectedVersion{signed_revision(wrong->actual)});
  }
  // Even with `any` there must be something: events, or metadata alone.
  if (entry.state.last == kNoRevision && !entry.state.has_metadata) {
    return AppendResult(WrongExpectedVersion{kNoRevision});
  }
  const Result<Position> position = put_metadata(entry, with_truncate_before("{}", kDeletedRevision));
  if (!position) return position.error();
  return AppendResult(Appended{entry.state.last, *position});
}

Result<AppendResult> CommitGroup::tombstone(const WriteRequest& request, Entry& entry) {
  const Result<rules::AppendDecision> decision = decide(request, entry);
  if (!decision) return decision.error();
  if (std::holds_alternative<rules::StreamIsDeleted>(*decision)) return AppendResult(StreamTombstoned());
  if (const auto* wrong = std::get_if<rules::WrongExpectedVersion>(&*decision)) {
    return AppendResult(WrongExpectedVersion{signed_revision(wrong->actual)});
  }
  ProposedEvent event;
  event.id = Uuid::random();
  event.type = kTombstoneType;
  const Revision last = entry.state.last;
  const Position position = put(entry, event, kDeletedRevision);
  entry.state.last = last;  // of the last event that was one
  entry.state.tombstoned = true;
  return AppendResult(Appended{kDeletedRevision, position});
}

Result<void> CommitGroup::append_unchecked(std::string_view stream, const ProposedEvent& event) {
  Result<Entry*> entry = cache_.find(stream);
  if (!entry) return entry.error();
  put(**entry, event, (*entry)->state.last + 1);
  return is_metastream(stream) ? metadata_written(stream, event) : Result<void>();
}

Position CommitGroup::put(Entry& entry, const ProposedEvent& event, Revision revision) {
  StreamState& state = entry.state;
  if (!state.exists()) state.number = counters_.next_stream++;
  const Position position = counters_.next_position++;
  encode_event(event, entry.name, state.number, revision, created_, encoded_);
  changes_.put_event(encoded_, state.number, revision, position, event.id);
  ids_[std::pair(state.number, event.id)] = IdEntry{revision, position};
  revisions_[std::pair(state.number, revision)] = RevisionEntry{position, event.id};
  state.last = revision;
  cache_.mark_changed(entry);
  ++events_;
  return position;
}

// The stream goes on after its last event; what was deleted stays out of sight, the rest of its metadata comes back.
Result<void> CommitGroup::undelete(Entry& entry) {
  Result<std::string> metadata = metadata_of(entry.name);
  if (!metadata) return metadata.error();
  Result<Position> position = put_metadata(entry, with_truncate_before(*metadata, entry.state.last + 1));
  if (!position) return position.error();
  return {};
}

// Somebody wrote to `$$S`: from now on S forgets as that says. For a soft-deleted S it also means that it lives again.
Result<void> CommitGroup::metadata_written(std::string_view metastream, const ProposedEvent& event) {
  Result<Entry*> original = cache_.find(original_of(metastream));
  if (!original) return original.error();
  Entry& entry = **original;
  const bool was_deleted = entry.state.soft_deleted() && entry.state.last != kNoRevision;
  if (!entry.state.exists()) entry.state.number = counters_.next_stream++;
  metadata_[entry.name] = event.is_json ? event.data : std::string();
  entry.state.has_metadata = true;
  entry.state.retention = event.is_json ? parse_retention(event.data) : Retention();
  cache_.mark_changed(entry);
  return was_deleted ? undelete(entry) : Result<void>();
}

Result<Position> CommitGroup::put_metadata(Entry& entry, std::string json) {
  Result<Entry*> metastream = cache_.find(metastream_of(entry.name));
  if (!metastream) return metastream.error();
  ProposedEvent event;
  event.id = Uuid::random();
  event.type = kMetadataType;
  event.is_json = true;
  event.data = std::move(json);
  const Position position = put(**metastream, event, (*metastream)->state.last + 1);
  entry.state.retention = parse_retention(event.data);
  entry.state.has_metadata = true;
  cache_.mark_changed(entry);
  metadata_[entry.name] = std::move(event.data);
  return position;
}

Result<std::string> CommitGroup::metadata_of(std::string_view stream) {
  const auto pending = metadata_.find(std::string(stream));
  if (pending != metadata_.end()) return pending->second;
  Result<Entry*> metastream = cache_.find(metastream_of(stream));
  if (!metastream) return metastream.error();
  const StreamState& state = (*metastream)->state;
  if (state.last == kNoRevision) return std::string();
  const Result<std::optional<RevisionEntry>> entry = storage_.find_revision(state.number, state.last);
  if (!entry) return entry.error();
  if (!*entry) return std::string();
  const Position position = (*entry)->position;
  Result<std::vector<RecordedEvent>> events = storage_.events({&position, 1});
  if (!events) return events.error();
  return events->front().is_json ? std::move(events->front().data) : std::string();
}

}  // namespace weir::embedded::eventstore
