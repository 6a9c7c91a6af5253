// Reads of streams and of `$all`, one page at a time.
#pragma once

#include "embedded/eventstore/log/storage.hpp"
#include "embedded/eventstore/reads/filters.hpp"
#include "pipeline/base/clock.hpp"

namespace weir::embedded::eventstore {

// An event as a reader gets it: a link that was followed comes with its target, or alone when the target is gone.
struct ResolvedEvent {
  std::optional<RecordedEvent> event;
  std::optional<RecordedEvent> link;

  // The event that stands in the stream or log that is being read.
  const RecordedEvent& original() const { return link ? *link : *event; }
};

// How much one page may hold; the first event always fits.
struct PageLimit {
  std::size_t events = 32;
  std::size_t bytes = std::size_t{1} << 20;
};

struct StreamPage {
  std::vector<ResolvedEvent> events;
  Revision next = 0;    // where the following page begins
  bool is_end = false;  // nothing is left in this direction
};

struct LogPage {
  struct Item {
    Position position = 0;
    std::optional<ResolvedEvent> event;  // none: examined, but filtered out
  };
  std::vector<Item> items;
  bool is_end = false;
};

// Lifetime: refers to the storage and the clock; holds nothing else. Executor: any thread; calls may block on the disk.
// Cancellation: none; pages are short. Errors: those of Storage.
class Reader {
 public:
  Reader(const Storage& storage, const Clock& clock) : storage_(storage), clock_(clock) {}

  // The stream's state; the metadata stream of a tombstoned stream is tombstoned with it.
  Result<StreamState> stream(std::string_view name) const;

  // How a page treats what the stream's metadata says is forgotten.
  enum class Forgotten { hide, show };
  // From `from` on, inclusive. `state` is that of the stream `name`.
  Result<StreamPage> read_stream(std::string_view name, const StreamState& state, Revision from, Direction direction,
                                 PageLimit limit, bool resolve_links, Forgotten forgotten) const;

  // From `from` on, inclusive either way. The limit counts examined events.
  Result<LogPage> read_log(Position from, Direction direction, PageLimit limit, const EventFilter& filter,
                           bool resolve_links) const;
  // The position of the last event; 0 when there is none.
  Result<Position> last_position() const;

 private:
  Result<ResolvedEvent> resolve(RecordedEvent event, bool resolve_links) const;
  Result<std::optional<RecordedEvent>> target_of(const RecordedEvent& link) const;
  bool is_expired(const RecordedEvent& event, const Retention& retention) const;
  Result<std::vector<RecordedEvent>> load(std::span<const Position> positions, std::size_t bytes) const;

  const Storage& storage_;
  const Clock& clock_;
};

}  // namespace weir::embedded::eventstore
