#include "sinks/eventstoredb/stream_memory.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/text/json_digest.hpp"

#include <algorithm>

namespace weir::sinks::eventstoredb {

namespace es = connectors::eventstoredb;

namespace {

constexpr std::size_t kMostOwners = 10'000;
constexpr std::size_t kMostTold = 100;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::optional<std::string_view> owner_in(std::string_view metadata) {
  return text::json_member(metadata, "aggregateId");
}

bool is_same_owner(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> StreamMemory::owner(std::string_view stream) const {
  const auto found = owners_.find(stream);
  if (found == owners_.end()) return std::nullopt;
  return found->second;
}

void StreamMemory::set_owner(std::string_view stream, std::string_view owner) {
  if (owners_.size() >= kMostOwners) owners_.clear();
  owners_.insert_or_assign(std::string(stream), std::string(owner));
}

void StreamMemory::warn_deleted(std::string_view stream, std::size_t events) {
  if (told_.size() >= kMostTold || !told_.insert(std::string(stream)).second) return;
  log::warn(
      "the event store knows these events already, but the stream they are in is deleted: nothing was written; "
      "under new ids they would be",
      {{"stream", stream}, {"events", events}});
}

Task<Result<std::optional<std::string>>> find_owner(es::StoreClient& store, std::string stream, StreamMemory& known) {
  std::optional<std::string> owner;
  if (const std::optional<std::string_view> remembered = known.owner(stream)) {
    owner = *remembered;
    co_return owner;
  }
  const es::StreamStart end = es::StreamStart::from_end();
  Result<es::StreamPage> page = co_await store.read_stream(stream, end, es::ReadDirection::backwards, 1);
  if (page.has_error()) {
    const Errc code = page.error().code();
    if (code == Errc::stream_deleted || code == Errc::permission_denied) co_return owner;
    co_return page.error();
  }
  if (!page->events.empty()) owner = owner_in(page->events.front().metadata);
  if (owner.has_value()) known.set_owner(stream, *owner);
  co_return owner;
}

}  // namespace weir::sinks::eventstoredb
