// The `eventstoredb` sink: domain events into streams, one unresolved append per stream.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/sink.hpp"
#include "sinks/eventstoredb/event_encoder.hpp"
#include "sinks/eventstoredb/known_event.hpp"
#include "sinks/eventstoredb/stream_appender.hpp"
#include "sinks/eventstoredb/stream_name.hpp"

#include <functional>
#include <memory>

namespace weir::sinks::eventstoredb {

// Whether two aggregates may be in one stream because their names run into each other.
enum class SharedStreams { refuse, allow };

struct SinkSettings {
  StreamName stream;
  AppendLimits limits;
  std::size_t streams_in_flight = 256;  // most appends under way; more wait in the gate
  EncodeMode mode = EncodeMode::event;
  SystemTypes system_types = SystemTypes::refuse;
  SharedStreams shared_streams = SharedStreams::refuse;
  KnownRules known;
};

// Gets the client; called once, by open(). The connection it comes from is open by then.
using FindStore = std::function<Result<std::shared_ptr<connectors::eventstoredb::StoreClient>>()>;

// Opens nothing. Cancelling a write() leaves what is out of unknown outcome; its messages block their streams until
// written again or forgotten, and their memory is not touched any more.
std::unique_ptr<Sink> make_sink(SinkSettings settings, FindStore find_store);

}  // namespace weir::sinks::eventstoredb
