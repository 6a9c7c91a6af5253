#include "embedded/broker/wire/writer.hpp"

namespace weir::embedded::broker::wire {

std::size_t Frame::size() const {
  std::size_t total = 0;
  for (const Chunk& chunk : chunks) {
    total += chunk.bytes.size();
    for (const FileSlice& slice : chunk.slices) total += slice.size;
  }
  return total;
}

void Writer::uuid(const Uuid& value) {
  const std::array<unsigned char, 16> bytes = value.bytes();
  bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void Writer::unsigned_varint(std::uint32_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void Writer::string(bool flexible, std::string_view value) {
  if (flexible) {
    unsigned_varint(static_cast<std::uint32_t>(value.size() + 1));
  } else {
    i16(static_cast<std::int16_t>(value.size()));
  }
  bytes_.append(value);
}

void Writer::nullable_string(bool flexible, const std::optional<std::string_view>& value) {
  if (value) return string(flexible, *value);
  if (flexible) return unsigned_varint(0);
  i16(-1);
}

void Writer::bytes(bool flexible, std::string_view value) {
  array(flexible, static_cast<std::int64_t>(value.size()));
  bytes_.append(value);
}

void Writer::nullable_bytes(bool flexible, const std::optional<std::string_view>& value) {
  if (value) return bytes(flexible, *value);
  array(flexible, -1);
}

void Writer::array(bool flexible, std::int64_t count) {
  if (flexible) return unsigned_varint(static_cast<std::uint32_t>(count + 1));
  i32(static_cast<std::int32_t>(count));
}

void Writer::records(bool flexible, const Records& value) {
  array(flexible, static_cast<std::int64_t>(value.size()));
  bytes_.append(value.bytes);
  if (value.slices.empty()) return;
  done_.push_back({std::move(bytes_), value.slices});
  bytes_.clear();
}

void Writer::tag(std::uint32_t number, Writer&& payload) {
  unsigned_varint(number);
  unsigned_varint(static_cast<std::uint32_t>(payload.bytes_.size()));
  bytes_.append(payload.bytes_);
}

Frame Writer::finish() && {
  Frame frame;
  frame.chunks = std::move(done_);
  if (!bytes_.empty() || frame.chunks.empty()) frame.chunks.push_back({std::move(bytes_), {}});
  const std::uint32_t size = static_cast<std::uint32_t>(frame.size());
  char length[4];
  for (int i = 0; i < 4; ++i) length[i] = static_cast<char>(size >> (24 - 8 * i));
  frame.chunks.front().bytes.insert(0, length, sizeof length);
  return frame;
}

}  // namespace weir::embedded::broker::wire
