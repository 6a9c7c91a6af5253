#include "embedded/eventstore/log/stream_state.hpp"

#include "embedded/eventstore/log/keys.hpp"

namespace weir::embedded::eventstore {

namespace {

constexpr std::size_t kStateSize = 8 + 8 + 1 + 3 * 8;

enum Flag : std::uint8_t { kTombstoned = 1, kHasMetadata = 2, kMaxCount = 4, kMaxAge = 8, kHasTruncateBefore = 16 };

}  // namespace

Revision StreamState::first_readable(bool metastream) const {
  Revision first = 0;
  const std::optional<std::int64_t> max_count = metastream ? std::optional<std::int64_t>(1) : retention.max_count;
  if (max_count && last >= *max_count) first = last - *max_count + 1;
  if (retention.truncate_before) first = std::max(first, *retention.truncate_before);
  return first;
}

void encode_state(const StreamState& state, std::string& out) {
  std::uint8_t flags = 0;
  if (state.tombstoned) flags |= kTombstoned;
  if (state.has_metadata) flags |= kHasMetadata;
  if (state.retention.max_count) flags |= kMaxCount;
  if (state.retention.max_age_seconds) flags |= kMaxAge;
  if (state.retention.truncate_before) flags |= kHasTruncateBefore;
  out.resize(kStateSize);
  put_u64(out.data(), state.number);
  put_u64(out.data() + 8, static_cast<std::uint64_t>(state.last));
  out[16] = static_cast<char>(flags);
  put_u64(out.data() + 17, static_cast<std::uint64_t>(state.retention.max_count.value_or(0)));
  put_u64(out.data() + 25, static_cast<std::uint64_t>(state.retention.max_age_seconds.value_or(0)));
  put_u64(out.data() + 33, static_cast<std::uint64_t>(state.retention.truncate_before.value_or(0)));
}

std::optional<StreamState> decode_state(std::string_view bytes) {
  if (bytes.size() != kStateSize) return std::nullopt;
  StreamState state;
  state.number = get_u64(bytes.data());
  state.last = static_cast<Revision>(get_u64(bytes.data() + 8));
  const auto flags = static_cast<std::uint8_t>(bytes[16]);
  state.tombstoned = (flags & kTombstoned) != 0;
  state.has_metadata = (flags & kHasMetadata) != 0;
  if (flags & kMaxCount) state.retention.max_count = static_cast<std::int64_t>(get_u64(bytes.data() + 17));
  if (flags & kMaxAge) state.retention.max_age_seconds = static_cast<std::int64_t>(get_u64(bytes.data() + 25));
  if (flags & kHasTruncateBefore) state.retention.truncate_before = static_cast<Revision>(get_u64(bytes.data() + 33));
  return state;
}

}  // namespace weir::embedded::eventstore
