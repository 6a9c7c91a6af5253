#include "sinks/eventstoredb/stored_events.hpp"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

namespace weir::sinks::eventstoredb {

namespace es = connectors::eventstoredb;

Task<Result<StoredEvents>> find_stored(es::StoreClient& store, std::string stream, es::StreamStart from,
                                       std::vector<Uuid> ids, std::size_t page, std::size_t most) {
  const absl::flat_hash_set<Uuid> wanted(ids.begin(), ids.end());
  StoredEvents stored;
  std::size_t looked_at = 0;
  while (looked_at < most && stored.by_id.size() < wanted.size()) {
    Result<es::StreamPage> read = co_await store.read_stream(stream, from, es::ReadDirection::backwards, page);
    if (read.has_error()) co_return read.error();
    page = std::min(2 * page, kStoredPage);
    stored.stream_exists = read->exists;
    looked_at += read->events.size();
    const bool is_last = !read->next.has_value() || read->events.empty();
    if (!is_last) from = es::StreamStart::at(*read->next);
    for (es::RecordedEvent& event : read->events) {
      if (wanted.contains(event.id)) stored.by_id.try_emplace(event.id, std::move(event));
    }
    stored.looked_at_all = is_last;
    if (is_last) break;
  }
  co_return stored;
}

}  // namespace weir::sinks::eventstoredb
