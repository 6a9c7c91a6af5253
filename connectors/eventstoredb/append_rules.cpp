#include "connectors/eventstoredb/append_rules.hpp"

namespace weir::connectors::eventstoredb {
namespace {

using Kind = ExpectedRevision::Kind;
using Life = StreamState::Life;

AppendDecision write_at_end(const StreamState& stream, bool nothing_to_write) {
  const bool undelete = stream.life == Life::soft_deleted;
  if (nothing_to_write) return AlreadyWritten{stream.last, std::nullopt, undelete};
  const StreamRevision first = stream.last.has_value() ? *stream.last + 1 : 0;
  return WriteEvents{first, undelete};
}

// `any` and `stream_exists`: the retried events may be anywhere in the stream, in any order.
AppendDecision decide_by_id(const StreamState& stream, std::span<const Uuid> ids, const KnownEvents& known) {
  std::optional<KnownEvent> latest;
  for (const Uuid& id : ids) {
    const std::optional<KnownEvent> found = known.find(id);
    if (!found.has_value()) {
      // Only the first event is asked whether this is a retry: [new, known] is written again, [known, new] is refused.
      if (latest.has_value()) return WrongExpectedVersion{stream.last};
      return write_at_end(stream, false);
    }
    latest = found;
  }
  if (!latest.has_value()) return write_at_end(stream, true);
  return AlreadyWritten{latest->revision, latest->position};
}

// `no_stream` and `exact` that lie behind the stream's end: a retry
// has these very events from `first` on, or it is a conflict.
AppendDecision decide_by_revision(StreamRevision first, bool no_stream, const StreamState& stream,
                                  std::span<const Uuid> ids, const KnownEvents& known) {
  std::optional<KnownEvent> latest;
  StreamRevision revision = first;
  for (const Uuid& id : ids) {
    const std::optional<KnownEvent> found = known.at(revision, id);
    if (!found.has_value()) {
      // To a soft-deleted stream `no_stream` is true, unless the append turns out to be a retry in part.
      const bool revive = no_stream && !latest.has_value() && stream.life == Life::soft_deleted;
      if (revive) return write_at_end(stream, false);
      return WrongExpectedVersion{stream.last};
    }
    latest = KnownEvent{revision, found->position};
    ++revision;
  }
  if (!latest.has_value()) return WrongExpectedVersion{stream.last};
  return AlreadyWritten{latest->revision, latest->position};
}

}  // namespace

AppendDecision decide_append(const ExpectedRevision& expected, const StreamState& stream, std::span<const Uuid> ids,
                             const KnownEvents& known) {
  if (stream.life == Life::tombstoned) return StreamIsDeleted{};

  switch (expected.kind()) {
    case Kind::stream_exists:
      if (stream.life == Life::soft_deleted) return StreamIsDeleted{};
      if (!stream.last.has_value() && !stream.has_metadata) return WrongExpectedVersion{};
      return decide_by_id(stream, ids, known);
    case Kind::any:
      return decide_by_id(stream, ids, known);
    case Kind::no_stream:
      if (stream.last.has_value()) return decide_by_revision(0, true, stream, ids, known);
      return write_at_end(stream, ids.empty());
    case Kind::exact:
      break;
  }
  if (!stream.last.has_value() || expected.revision() > *stream.last) return WrongExpectedVersion{stream.last};
  // At the very end nothing can be a retry: the last event's own id does not protect it.
  if (expected.revision() == *stream.last) return write_at_end(stream, ids.empty());
  return decide_by_revision(expected.revision() + 1, false, stream, ids, known);
}

}  // namespace weir::connectors::eventstoredb
