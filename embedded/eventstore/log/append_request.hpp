// Requests that write, and how they end.
#pragma once

#include "connectors/eventstoredb/append_rules.hpp"
#include "embedded/eventstore/log/event.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::embedded::eventstore {

// Done, now or by an earlier copy of the same request.
struct Appended {
  Revision revision = kNoRevision;   // of the last event; none for an empty append to a stream without events
  std::optional<Position> position;  // none: the event can no longer be read
};
struct WrongExpectedVersion {
  Revision current = kNoRevision;
};
struct StreamTombstoned {};
// Given up before anything was written.
struct TimedOut {};

// The disk refused. What was asked may or may not be there after a restart.
struct WriteFailed {
  Error error;
};

using AppendResult = std::variant<Appended, WrongExpectedVersion, StreamTombstoned, TimedOut, WriteFailed>;

enum class WriteKind { append, soft_delete, tombstone };

struct WriteRequest {
  WriteKind kind = WriteKind::append;
  std::string stream;
  connectors::eventstoredb::ExpectedRevision expected = connectors::eventstoredb::ExpectedRevision::any();
  std::vector<ProposedEvent> events;  // of an append
  TimePoint deadline = TimePoint::max();
  // Called once, on the sequencer's thread or (when refused) on the caller's; must not block.
  std::function<void(AppendResult)> done;

  std::size_t size() const;
};

}  // namespace weir::embedded::eventstore
