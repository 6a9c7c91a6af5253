// What the store knows about one stream without reading its events.
#pragma once

#include "embedded/eventstore/log/event.hpp"
#include "embedded/eventstore/log/stream_metadata.hpp"

namespace weir::embedded::eventstore {

struct StreamState {
  std::uint64_t number = 0;     // 0: the stream has neither events nor metadata
  Revision last = kNoRevision;  // of the last event; survives a soft delete
  bool tombstoned = false;
  bool has_metadata = false;
  Retention retention;

  bool exists() const { return number != 0; }
  bool soft_deleted() const { return retention.soft_deleted(); }
  // The first revision that a read may show, by count and by `$tb`; age is up to the event.
  Revision first_readable(bool metastream) const;

  friend bool operator==(const StreamState&, const StreamState&) = default;
};

void encode_state(const StreamState& state, std::string& out);
// No value: the bytes are damaged.
std::optional<StreamState> decode_state(std::string_view bytes);

}  // namespace weir::embedded::eventstore
