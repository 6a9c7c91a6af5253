#include "embedded/eventstore/reads/reader.hpp"

#include <charconv>

namespace weir::embedded::eventstore {

namespace {

constexpr std::int64_t kTicksPerSecond = 10'000'000;

std::size_t size_of(const RecordedEvent& event) {
  return event.data.size() + event.metadata.size() + event.stream.size() + event.type.size() + 128;
}

std::size_t size_of(const ResolvedEvent& event) {
  return (event.event ? size_of(*event.event) : 0) + (event.link ? size_of(*event.link) : 0);
}

}  // namespace

Result<StreamState> Reader::stream(std::string_view name) const {
  Result<StreamState> state = storage_.stream(name);
  if (!state || state->tombstoned || !is_metastream(name)) return state;
  Result<StreamState> original = storage_.stream(original_of(name));
  if (!original) return original;
  state->tombstoned = original->tombstoned;
  return state;
}

bool Reader::is_expired(const RecordedEvent& event, const Retention& retention) const {
  if (!retention.max_age_seconds) return false;
  const std::int64_t age = ticks(clock_.wall_now()) - event.created;
  return age / kTicksPerSecond >= *retention.max_age_seconds;
}

// Loads in growing steps, so that a page of very large events stops at the byte limit without having read the rest.
Result<std::vector<RecordedEvent>> Reader::load(std::span<const Position> positions, std::size_t bytes) const {
  std::vector<RecordedEvent> events;
  std::size_t loaded = 0;
  std::size_t step = 2;
  while (events.size() < positions.size() && (events.empty() || loaded < bytes)) {
    const std::size_t count = std::min(step, positions.size() - events.size());
    Result<std::vector<RecordedEvent>> some = storage_.events(positions.subspan(events.size(), count));
    if (!some) return some.error();
    for (RecordedEvent& event : *some) {
      loaded += size_of(event);
      events.push_back(std::move(event));
    }
    const std::size_t average = loaded / events.size();
    step = std::clamp<std::size_t>(loaded < bytes ? (bytes - loaded) / average : 1, 1, 64);
  }
  return events;
}

Result<StreamPage> Reader::read_stream(std::string_view name, const StreamState& state, Revision from,
                                       Direction direction, PageLimit limit, bool resolve_links,
                                       Forgotten forgotten) const {
  const bool forwards = direction == Direction::forwards;
  const bool hide = forgotten == Forgotten::hide;
  const Revision first = hide ? state.first_readable(is_metastream(name)) : 0;
  StreamPage page;
  page.next = from;
  // A tombstone stands at the largest revision of all; only those who may see what is forgotten get there.
  const Revision last = !hide && state.tombstoned ? kDeletedRevision : state.last;
  const Revision start = forwards ? std::max(from, first) : std::min(from, last);
  if (!state.exists() || (forwards ? start > last : start < first)) {
    page.next = start;
    page.is_end = true;
    return page;
  }

  std::vector<Position> positions;
  std::vector<Revision> revisions;
  bool is_end = true;
  Result<void> scanned =
      storage_.scan_revisions(state.number, start, direction, [&](Revision revision, const RevisionEntry& entry) {
        if (revision < first || (revision == kDeletedRevision && last != kDeletedRevision)) return false;
        if (positions.size() == limit.events) return is_end = false;
        positions.push_back(entry.position);
        revisions.push_back(revision);
        return true;
      });
  if (!scanned) return scanned.error();

  Result<std::vector<RecordedEvent>> events = load(positions, limit.bytes);
  if (!events) return events.error();
  for (RecordedEvent& event : *events) {
    if (hide && is_expired(event, state.retention)) continue;
    Result<ResolvedEvent> resolved = resolve(std::move(event), resolve_links);
    if (!resolved) return resolved.error();
    page.events.push_back(std::move(*resolved));
  }
  page.is_end = is_end && events->size() == positions.size();
  if (!events->empty()) {
    const Revision reached = revisions[events->size() - 1];
    if (forwards && reached != kDeletedRevision) page.next = reached + 1;
    if (!forwards) page.next = reached - 1;
  }
  return page;
}

Result<LogPage> Reader::read_log(Position from, Direction direction, PageLimit limit, const EventFilter& filter,
                                 bool resolve_links) const {
  LogPage page;
  page.is_end = true;
  std::size_t bytes = 0;
  std::optional<Error> failed;
  Result<void> scanned = storage_.scan_log(from, direction, [&](RecordedEvent&& event) {
    if (page.items.size() == limit.events || bytes >= limit.bytes) return page.is_end = false;
    LogPage::Item& item = page.items.emplace_back();
    item.position = event.position;
    if (!filter.matches(event.stream, event.type)) return true;
    Result<ResolvedEvent> resolved = resolve(std::move(event), resolve_links);
    if (!resolved) {
      failed = resolved.error();
      return false;
    }
    bytes += size_of(*resolved);
    item.event = std::move(*resolved);
    return true;
  });
  if (!scanned) return scanned.error();
  if (failed) return *failed;
  return page;
}

Result<Position> Reader::last_position() const {
  Position last = 0;
  Result<void> scanned =
      storage_.scan_log(std::numeric_limits<Position>::max(), Direction::backwards, [&](RecordedEvent&& event) {
        last = event.position;
        return false;
      });
  if (!scanned) return scanned.error();
  return last;
}

Result<ResolvedEvent> Reader::resolve(RecordedEvent event, bool resolve_links) const {
  ResolvedEvent resolved;
  if (!resolve_links || event.type != kLinkType) {
    resolved.event = std::move(event);
    return resolved;
  }
  Result<std::optional<RecordedEvent>> target = target_of(event);
  if (!target) return target.error();
  resolved.event = std::move(*target);
  resolved.link = std::move(event);
  return resolved;
}

// A link's data is "revision@stream"; the stream's name may hold more of "@".
Result<std::optional<RecordedEvent>> Reader::target_of(const RecordedEvent& link) const {
  const std::optional<RecordedEvent> gone;
  const std::size_t at = link.data.find('@');
  if (at == std::string::npos) return gone;
  Revision revision = 0;
  const char* end = link.data.data() + at;
  const auto [parsed, failure] = std::from_chars(link.data.data(), end, revision);
  if (failure != std::errc() || parsed != end || revision < 0) return gone;

  const std::string_view name = std::string_view(link.data).substr(at + 1);
  Result<StreamState> state = stream(name);
  if (!state) return state.error();
  const bool readable = state->exists() && !state->tombstoned && revision <= state->last &&
                        revision >= state->first_readable(is_metastream(name));
  if (!readable) return gone;
  Result<std::optional<RevisionEntry>> entry = storage_.find_revision(state->number, revision);
  if (!entry) return entry.error();
  if (!*entry) return gone;
  const Position position = (*entry)->position;
  Result<std::vector<RecordedEvent>> events = storage_.events({&position, 1});
  if (!events) return events.error();
  if (is_expired(events->front(), state->retention)) return gone;
  return std::optional<RecordedEvent>(std::move(events->front()));
}

}  // namespace weir::embedded::eventstore
