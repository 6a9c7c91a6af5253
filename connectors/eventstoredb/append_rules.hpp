// append_rules: what becomes of an append. One pure function decides for the embedded store and for FakeStore alike.
//
// The rules are those of EventStoreDB's optimistic concurrency check with idempotent retries; append_rules_test.cpp has
// a test per case. How long ids are remembered is the caller's choice (KnownEvents): with `any` and `stream_exists` a
// real server knows its recent writes only and forgets them when it restarts; the embedded store never forgets.
#pragma once

#include "pipeline/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

namespace weir::connectors::eventstoredb {

// The number of an event within its stream, counted from 0.
using StreamRevision = std::uint64_t;

// What the client says of the stream it appends to.
class ExpectedRevision {
 public:
  enum class Kind : std::uint8_t { any, stream_exists, no_stream, exact };

  static constexpr ExpectedRevision any() { return {Kind::any, 0}; }
  static constexpr ExpectedRevision stream_exists() { return {Kind::stream_exists, 0}; }
  static constexpr ExpectedRevision no_stream() { return {Kind::no_stream, 0}; }
  static constexpr ExpectedRevision exact(StreamRevision revision) { return {Kind::exact, revision}; }

  constexpr Kind kind() const { return kind_; }
  constexpr StreamRevision revision() const { return revision_; }  // of `exact` only
  friend constexpr bool operator==(const ExpectedRevision&, const ExpectedRevision&) = default;

 private:
  constexpr ExpectedRevision(Kind kind, StreamRevision revision) : kind_(kind), revision_(revision) {}
  Kind kind_;
  StreamRevision revision_;
};

// What the store knows of a stream. `last` survives a soft delete and a truncation: revisions are never given twice.
struct StreamState {
  enum class Life : std::uint8_t {
    live,          // never existed (no `last`), or readable; a stream all of whose events are truncated is live
    soft_deleted,  // may be written again, from last + 1 on
    tombstoned,    // deleted for ever
  };
  Life life = Life::live;
  std::optional<StreamRevision> last;  // revision of the last event ever written; none = no event yet
  bool has_metadata = false;           // the stream `$$name` holds something
};

// Where an event with a known id is.
struct KnownEvent {
  StreamRevision revision = 0;
  std::optional<std::uint64_t> position;  // log position; none = the event can no longer be read
};

// What the store remembers of the events of one stream.
//
// Lifetime: for one call of decide_append. Executor: the caller's. Errors: none; a store that cannot look up
// throws, and decide_append lets it through.
class KnownEvents {
 public:
  virtual ~KnownEvents() = default;
  // The event of this stream with that id, if it is remembered. When several have it, the last one written.
  virtual std::optional<KnownEvent> find(const Uuid& id) const = 0;
  // The event at `revision`, if its id is `id`. Deleted and
  // truncated events count, as far as their ids are still stored.
  virtual std::optional<KnownEvent> at(StreamRevision revision, const Uuid& id) const = 0;
};

// Write the events, all of them, the first one at `first`.
struct WriteEvents {
  StreamRevision first = 0;
  // The stream was soft-deleted: its metadata gets "$tb" = `first`, to be readable from there on.
  bool undelete = false;
  friend bool operator==(const WriteEvents&, const WriteEvents&) = default;
};
// Success, nothing to write.
struct AlreadyWritten {
  std::optional<StreamRevision> revision;  // to answer; none = no_stream (an empty append to an empty stream)
  std::optional<std::uint64_t> position;   // to answer; none = no_position
  bool undelete = false;                   // an empty append to a soft-deleted stream revives it
  friend bool operator==(const AlreadyWritten&, const AlreadyWritten&) = default;
};
struct WrongExpectedVersion {
  std::optional<StreamRevision> actual;  // none = no stream
  friend bool operator==(const WrongExpectedVersion&, const WrongExpectedVersion&) = default;
};
struct StreamIsDeleted {
  friend bool operator==(const StreamIsDeleted&, const StreamIsDeleted&) = default;
};

using AppendDecision = std::variant<WriteEvents, AlreadyWritten, WrongExpectedVersion, StreamIsDeleted>;

// Decides one append. Pure: the same arguments give the same answer. `ids` may be empty and may repeat an id.
AppendDecision decide_append(const ExpectedRevision& expected, const StreamState& stream, std::span<const Uuid> ids,
                             const KnownEvents& known);

}  // namespace weir::connectors::eventstoredb
