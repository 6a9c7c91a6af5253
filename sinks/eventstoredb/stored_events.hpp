// Finding events in a stream by their ids.
#pragma once

#include "connectors/eventstoredb/client.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace weir::sinks::eventstoredb {

struct StoredEvents {
  std::map<Uuid, connectors::eventstoredb::RecordedEvent> by_id;
  bool stream_exists = false;
  bool looked_at_all = false;  // the stream's beginning was reached: what was not found is not there
};

// Most events read at once.
inline constexpr std::size_t kStoredPage = 256;

// Reads backwards from `from` until all of the ids are found or `most` events have been looked at; what is cut off or
// further away is not found. Of several events with one id the last counts. `page` is how many are read first: as many
// as are likely to be needed, for all of a page is in memory at once. The later pages grow.
//
// `store` outlives the call. Cancellation: terminal. Errors: those of StoreClient::read_stream.
Task<Result<StoredEvents>> find_stored(connectors::eventstoredb::StoreClient& store, std::string stream,
                                       connectors::eventstoredb::StreamStart from, std::vector<Uuid> ids,
                                       std::size_t page, std::size_t most);

}  // namespace weir::sinks::eventstoredb
