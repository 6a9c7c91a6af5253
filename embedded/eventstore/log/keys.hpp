// Keys and small values of the database: big-endian, so that the order of the bytes is the order of the numbers.
//
//   log        position                  → the event (event.hpp)
//   revisions  stream number, revision   → position, event id
//   ids        event id, stream number   → revision, position     of the latest event with that id in that stream
//   streams    name                      → StreamState (stream_state.hpp)
//   (default)  "format", "next_position", "next_stream"
#pragma once

#include "embedded/eventstore/log/event.hpp"

#include <array>
#include <cstring>

namespace weir::embedded::eventstore {

inline void put_u64(char* out, std::uint64_t value) {
  for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xFF);
}

inline std::uint64_t get_u64(const char* in) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(in[i]);
  return value;
}

template <std::size_t N>
using Key = std::array<char, N>;

template <std::size_t N>
std::string_view view(const Key<N>& key) {
  return {key.data(), key.size()};
}

inline Key<8> u64_key(std::uint64_t value) {
  Key<8> key;
  put_u64(key.data(), value);
  return key;
}

inline Key<16> revision_key(std::uint64_t stream_number, Revision revision) {
  Key<16> key;
  put_u64(key.data(), stream_number);
  put_u64(key.data() + 8, static_cast<std::uint64_t>(revision));
  return key;
}

inline Key<24> id_key(const Uuid& id, std::uint64_t stream_number) {
  Key<24> key;
  put_u64(key.data(), id.high);
  put_u64(key.data() + 8, id.low);
  put_u64(key.data() + 16, stream_number);
  return key;
}

// Where an event of a stream is, and which it is.
struct RevisionEntry {
  Position position = 0;
  Uuid id;
};

inline Key<24> encode(const RevisionEntry& entry) {
  Key<24> out;
  put_u64(out.data(), entry.position);
  put_u64(out.data() + 8, entry.id.high);
  put_u64(out.data() + 16, entry.id.low);
  return out;
}

inline std::optional<RevisionEntry> decode_revision_entry(std::string_view bytes) {
  if (bytes.size() != 24) return std::nullopt;
  return RevisionEntry{get_u64(bytes.data()), Uuid{get_u64(bytes.data() + 8), get_u64(bytes.data() + 16)}};
}

// Where the latest event with an id is.
struct IdEntry {
  Revision revision = 0;
  Position position = 0;
};

inline Key<16> encode(const IdEntry& entry) {
  Key<16> out;
  put_u64(out.data(), static_cast<std::uint64_t>(entry.revision));
  put_u64(out.data() + 8, entry.position);
  return out;
}

inline std::optional<IdEntry> decode_id_entry(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  return IdEntry{static_cast<Revision>(get_u64(bytes.data())), get_u64(bytes.data() + 8)};
}

}  // namespace weir::embedded::eventstore
