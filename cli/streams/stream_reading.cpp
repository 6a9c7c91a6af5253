#include "cli/streams/stream_reading.hpp"

#include <simdjson.h>

#include <limits>
#include <unordered_map>

namespace weir::cli {

namespace {

using connectors::eventstoredb::AllPage;
using connectors::eventstoredb::AllStart;
using connectors::eventstoredb::LogPosition;
using connectors::eventstoredb::ReadDirection;
using connectors::eventstoredb::RecordedEvent;
using connectors::eventstoredb::StoreClient;
using connectors::eventstoredb::StreamPage;
using connectors::eventstoredb::StreamStart;

constexpr std::uint64_t kPage = 500;

// A soft delete is a metadata event whose "$tb" (truncate before) is beyond every revision.
bool says_deleted(const RecordedEvent& metadata) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::int64_t before = 0;
  return parser.parse(metadata.data).get(document) == simdjson::SUCCESS &&
         document["$tb"].get(before) == simdjson::SUCCESS && before == std::numeric_limits<std::int64_t>::max();
}

// The streams met so far, in the order of their first event.
class Found {
 public:
  explicit Found(const StreamsListOptions& options) : options_(options) {}

  bool full() const { return options_.limit != 0 && places_.size() >= options_.limit; }

  void add(const std::string& name, std::optional<WallTime> when) {
    if (!name.starts_with(options_.prefix)) return;
    if (name.starts_with('$') && !options_.prefix.starts_with('$')) return;
    const auto [place, added] = places_.try_emplace(name, streams_.size());
    if (added) streams_.push_back({name, std::nullopt, std::nullopt});
    if (!when) return;
    StreamEntry& entry = streams_[place->second];
    entry.events = entry.events.value_or(0) + 1;
    entry.last = when;
  }

  void add(const RecordedEvent& event) {
    if (event.type == "$streamDeleted") {
      remove(event.stream);
    } else if (event.type == "$metadata" && event.stream.starts_with("$$") && says_deleted(event)) {
      remove(event.stream.substr(2));
    } else {
      add(event.stream, event.created);
    }
  }

  // A link of `$streams`: its data is "0@name". A client that resolves links shows the event itself.
  void add_link(const RecordedEvent& event) {
    const std::size_t at = event.data.find('@');
    const bool is_link = event.type == "$>" && at != std::string::npos;
    add(is_link ? event.data.substr(at + 1) : event.stream, std::nullopt);
  }

  std::vector<StreamEntry> take() {
    std::erase_if(streams_, [](const StreamEntry& entry) { return entry.name.empty(); });
    return std::move(streams_);
  }

 private:
  void remove(const std::string& name) {
    const auto place = places_.find(name);
    if (place == places_.end()) return;
    streams_[place->second] = {};
    places_.erase(place);
  }

  const StreamsListOptions& options_;
  std::vector<StreamEntry> streams_;  // removed ones have no name
  std::unordered_map<std::string, std::size_t> places_;
};

// False: the store has no such stream.
Task<Result<bool>> read_links(StoreClient& store, Found& found) {
  StreamStart from = StreamStart::from_start();
  std::string stream = "$streams";
  bool any = false;
  while (!found.full()) {
    Result<StreamPage> page = co_await store.read_stream(stream, from, ReadDirection::forwards, kPage);
    if (!page) co_return page.error();
    if (!page->exists) break;
    any = true;
    for (const RecordedEvent& event : page->events) {
      if (!found.full()) found.add_link(event);
    }
    if (!page->next) break;
    from = StreamStart::at(*page->next);
  }
  co_return any;
}

bool at_position(const RecordedEvent& event, const std::optional<LogPosition>& position) {
  return position.has_value() && event.position == *position;
}

// Walks $all. Forwards a page begins with the last event of the one before it: that one is not shown again.
Task<Result<void>> walk_log(StoreClient& store, AllStart from, ReadDirection direction, const ShowEvent& show) {
  std::optional<LogPosition> shown;
  while (true) {
    Result<AllPage> page = co_await store.read_all(from, direction, kPage);
    if (!page) co_return page.error();
    const std::optional<LogPosition> before = shown;
    for (const RecordedEvent& event : page->events) {
      if (at_position(event, before)) continue;
      if (!show(event)) co_return Result<void>();
      shown = event.position;
    }
    // Nothing new on a page means the end, too: a store that says otherwise must not keep us here.
    if (page->at_end || !page->last || shown == before) co_return Result<void>();
    from = AllStart::at(*page->last);
  }
}

AllStart start_in_log(const StreamsCatOptions& options) {
  if (options.from) return AllStart::at({*options.from, *options.from});
  return options.backwards ? AllStart::from_end() : AllStart::from_start();
}

StreamStart start_in_stream(const StreamsCatOptions& options) {
  if (options.from) return StreamStart::at(*options.from);
  return options.backwards ? StreamStart::from_end() : StreamStart::from_start();
}

Error no_such_stream(const StoreClient& store, const std::string& name) {
  return Error(Errc::not_found, "there is no stream '" + name + "' in " + store.display() +
                                    " (or it was deleted); `weir streams ls` shows what there is");
}

Task<Result<void>> walk_stream(StoreClient& store, const StreamsCatOptions& options, const ShowEvent& show) {
  const ReadDirection direction = options.backwards ? ReadDirection::backwards : ReadDirection::forwards;
  const std::uint64_t count = options.limit == 0 ? kPage : std::min(kPage, options.limit);
  StreamStart from = start_in_stream(options);
  while (true) {
    Result<StreamPage> page = co_await store.read_stream(options.stream, from, direction, count);
    if (!page) co_return page.error();
    if (!page->exists) co_return no_such_stream(store, options.stream);
    for (const RecordedEvent& event : page->events) {
      if (!show(event)) co_return Result<void>();
    }
    if (!page->next) co_return Result<void>();
    from = StreamStart::at(*page->next);
  }
}

}  // namespace

Task<Result<std::vector<StreamEntry>>> find_streams(StoreClient& store, const StreamsListOptions& options) {
  Found found(options);
  Result<bool> has_links = co_await read_links(store, found);
  if (!has_links) co_return has_links.error();
  if (!*has_links) {
    const ShowEvent collect = [&found](const RecordedEvent& event) {
      found.add(event);
      return !found.full();
    };
    const AllStart start = AllStart::from_start();
    Result<void> walked = co_await walk_log(store, start, ReadDirection::forwards, collect);
    if (!walked) co_return walked.error();
  }
  co_return found.take();
}

Task<Result<void>> read_events(StoreClient& store, const StreamsCatOptions& options, const ShowEvent& show) {
  std::uint64_t shown = 0;
  const ShowEvent counted = [&](const RecordedEvent& event) {
    if (!show(event)) return false;
    ++shown;
    return options.limit == 0 || shown < options.limit;
  };
  if (options.stream == "$all") {
    const AllStart from = start_in_log(options);
    const ReadDirection direction = options.backwards ? ReadDirection::backwards : ReadDirection::forwards;
    Result<void> walked = co_await walk_log(store, from, direction, counted);
    co_return walked;
  }
  Result<void> walked = co_await walk_stream(store, options, counted);
  co_return walked;
}

}  // namespace weir::cli
