// Appending a run of events to one stream with `expected_revision:
// any`: splitting, and resolving what is known in part.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/sink.hpp"
#include "sinks/eventstoredb/event_encoder.hpp"
#include "sinks/eventstoredb/known_event.hpp"

#include <string>

namespace weir::sinks::eventstoredb {

struct AppendLimits {
  std::size_t bytes = 1000 * 1024;  // of one append, as the server counts them (1 MiB up to version 25.0)
  std::size_t events = 500;
  std::size_t read_back = 4096;  // most events looked at to resolve a conflict
};

class LogHead;
class StreamMemory;

// What all runs of a sink share. Lifetime: what it refers to outlives the runs.
struct AppendTools {
  connectors::eventstoredb::StoreClient& store;
  AppendLimits limits;
  const KnownRules& known;
  LogHead& head;
  StreamMemory& streams;
};

// Appends the events in order and says what became of each. Once one has failed, those after it are not tried and have
// failed too; a rejected one is skipped.
//
// A conflict means that the store knows some of the events already: the stream is read backwards for their ids, what is
// found is a duplicate, and only the rest is sent. When that does not settle it (the stored events are out of reach),
// the rest is sent one by one: a single event is either known, then nothing is written, or it is written.
//
// Success does not say whether anything was written. What the store has from before is recognised by the position in
// its answer: no higher than the log was known to reach before the append was sent. Then, and after a conflict, the
// stored events are read and compared with those that were sent (KnownRules). What is not found near the last of them is
// sent alone, for its answer says where it is.
//
// An id that comes again among the events begins a new append, for the store recognises it only where it comes first.
//
// Not recognised: an event that another writer, or an attempt of which no answer came, has stored between the last
// answer of the store and this append; events that the store writes again, because it has forgotten their ids, or because
// they follow a new one in one append: it asks only whether the first is known.
//
// `leaves_doubt`: the stream's name could be another aggregate's. Then its last event is read, once, and events of
// another aggregate are rejected.
//
// Cancellation: terminal; what was under way is of unknown outcome. Errors: in the report.
Task<Result<WriteReport>> append_run(AppendTools tools, std::string stream, EncodedRun events, bool leaves_doubt);

}  // namespace weir::sinks::eventstoredb
