#include "sinks/eventstoredb/stored_events.hpp"

#include <absl/container/flat_hash_set.h>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

constexpr std::size_t kPage = 256;

}  // namespace

Task<Result<StoredEvents>> find_stored(es::StoreClient& store, std::string stream, es::StreamStart from,
                                       std::vector<Uuid> ids, std::size_t most) {
  const absl::flat_hash_set<Uuid> wanted(ids.begin(), ids.end());
  StoredEvents stored;
  std::size_t looked_at = 0;
  while (looked_at < most && stored.by_id.size() < wanted.size()) {
    Result<es::StreamPage> page = co_await store.read_stream(stream, from, es::ReadDirection::backwards, kPage);
    if (page.has_error()) co_return page.error();
    stored.stream_exists = page->exists;
    looked_at += page->events.size();
    const bool is_last = !page->next.has_value() || page->events.empty();
    if (!is_last) from = es::StreamStart::at(*page->next);
    for (es::RecordedEvent& event : page->events) {
      if (wanted.contains(event.id)) stored.by_id.try_emplace(event.id, std::move(event));
    }
    if (is_last) break;
  }
  co_return stored;
}

}  // namespace weir::sinks::eventstoredb
