// Appending a run of events to one stream with `expected_revision:
// any`: splitting, and resolving what is known in part.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/sink.hpp"
#include "sinks/eventstoredb/event_encoder.hpp"

#include <string>

namespace weir::sinks::eventstoredb {

struct AppendLimits {
  std::size_t bytes = 1000 * 1024;  // of one append, as the server counts them (1 MiB up to version 25.0)
  std::size_t events = 500;
  std::size_t read_back = 4096;  // most events looked at to resolve a conflict
};

// Appends the events in order and says what became of each. Once one has failed, those after it are not tried and have
// failed too; a rejected one is skipped.
//
// A conflict means that the store knows some of the events already: the stream is read backwards for their ids, what is
// found is a duplicate, and only the rest is sent. When that does not settle it (the stored events are out of reach),
// the rest is sent one by one: a single event is either known, then nothing is written, or it is written.
//
// `store` outlives the call. Cancellation: terminal; what was under way is of unknown outcome. Errors: in the report.
Task<Result<WriteReport>> append_run(connectors::eventstoredb::StoreClient& store, std::string stream,
                                     EncodedRun events, AppendLimits limits);

}  // namespace weir::sinks::eventstoredb
