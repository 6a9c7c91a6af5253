#include "sinks/eventstoredb/stream_memory.hpp"

#include "pipeline/base/log.hpp"
#include "sinks/eventstoredb/metadata_text.hpp"

#include <algorithm>
#include <utility>

namespace weir::sinks::eventstoredb {

namespace es = connectors::eventstoredb;

namespace {

constexpr std::size_t kMostOwners = 10'000;  // of each generation
constexpr std::size_t kMostTold = 100;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::optional<std::string> owner_in(std::string_view metadata) {
  return metadata_text(metadata, "aggregateId");
}

bool is_same_owner(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> StreamMemory::owner(std::string_view stream) {
  const auto found = owners_.find(stream);
  if (found != owners_.end()) return found->second;
  const auto older = older_owners_.find(stream);
  if (older == older_owners_.end()) return std::nullopt;
  std::string owner = older->second;
  set_owner(stream, owner);
  return owner;
}

void StreamMemory::set_owner(std::string_view stream, std::string_view owner) {
  if (owners_.size() >= kMostOwners) older_owners_ = std::exchange(owners_, {});
  owners_.insert_or_assign(std::string(stream), std::string(owner));
}

void StreamMemory::forget_owner(std::string_view stream) {
  for (Owners* owners : {&owners_, &older_owners_}) {
    const auto found = owners->find(stream);
    if (found != owners->end()) owners->erase(found);
  }
}

void StreamMemory::set_may_not_read() {
  if (std::exchange(may_read_, false)) {
    log::warn(
        "the event store does not let weir read streams: of those that were there before, nothing tells whether they "
        "are another aggregate's whose name runs into the event's",
        {});
  }
}

void StreamMemory::warn_deleted(std::string_view stream, std::size_t events) {
  if (told_.size() >= kMostTold || !told_.insert(std::string(stream)).second) return;
  log::warn(
      "the event store knows these events already, but the stream they are in is deleted: nothing was written; "
      "under new ids they would be",
      {{"stream", stream}, {"events", events}});
}

Task<Result<std::optional<std::string>>> read_owner(es::StoreClient& store, std::string stream, StreamMemory& known) {
  std::optional<std::string> owner;
  const es::StreamStart end = es::StreamStart::from_end();
  Result<es::StreamPage> page = co_await store.read_stream(stream, end, es::ReadDirection::backwards, 1);
  if (page.has_error()) {
    const Errc code = page.error().code();
    if (code == Errc::permission_denied) {
      known.set_may_not_read();
      owner = known.owner(stream);
      co_return owner;
    }
    if (code != Errc::stream_deleted) co_return page.error();
  } else if (!page->events.empty()) {
    owner = owner_in(page->events.front().metadata);
  }
  known.forget_owner(stream);
  if (owner.has_value()) known.set_owner(stream, *owner);
  co_return owner;
}

}  // namespace weir::sinks::eventstoredb
