// Events as the store keeps them: what a client proposes, and what is recorded for ever.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/uuid.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::eventstore {

// Place of an event in the one log of the store; commit and
// prepare position on the wire alike. Strictly increasing, from 1.
using Position = std::uint64_t;
// Place of an event in its stream, from 0.
using Revision = std::int64_t;

inline constexpr Revision kNoRevision = -1;
// The revision of a tombstone, and the `$tb` of a soft-deleted stream.
inline constexpr Revision kDeletedRevision = std::numeric_limits<std::int64_t>::max();

// The unit of an event's time: 100 ns ticks since 1970.
std::int64_t ticks(WallTime time);

// An event on its way in.
struct ProposedEvent {
  Uuid id;
  std::string type;
  bool is_json = false;
  std::string data;
  std::string metadata;

  // What counts against the limit of one append.
  std::size_t size() const { return data.size() + metadata.size() + 2 * type.size(); }
};

// An event of the log.
struct RecordedEvent {
  Position position = 0;
  Revision revision = 0;
  std::uint64_t stream_number = 0;  // the store's own number of the stream
  std::int64_t created = 0;         // in ticks
  Uuid id;
  bool is_json = false;
  std::string stream;
  std::string type;
  std::string data;
  std::string metadata;
};

// The stored form of everything but the position, which is the key. `out` is replaced.
void encode_event(const RecordedEvent& event, std::string& out);
void encode_event(const ProposedEvent& event, std::string_view stream, std::uint64_t stream_number, Revision revision,
                  std::int64_t created, std::string& out);
// No value: the bytes are damaged.
std::optional<RecordedEvent> decode_event(Position position, std::string_view bytes);

}  // namespace weir::embedded::eventstore
