// Writer: puts Kafka's primitive types together into a frame.
#pragma once

#include "embedded/broker/wire/records.hpp"
#include "pipeline/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::wire {

// A message ready to be sent: bytes, and between them runs of files that need not be copied through this process.
struct Frame {
  struct Chunk {
    std::string bytes;
    std::vector<FileSlice> slices;  // behind the bytes
  };
  std::vector<Chunk> chunks;

  std::size_t size() const;
};

// `flexible` picks the compact forms (KIP-482). Strings longer than their length field can say are a bug of the caller.
//
// Lifetime, Executor: none. Errors: none.
class Writer {
 public:
  void boolean(bool value) { i8(value ? 1 : 0); }
  void i8(std::int8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void i16(std::int16_t value) { big_endian(static_cast<std::uint16_t>(value)); }
  void i32(std::int32_t value) { big_endian(static_cast<std::uint32_t>(value)); }
  void i64(std::int64_t value) { big_endian(static_cast<std::uint64_t>(value)); }
  void uuid(const Uuid& value);
  void unsigned_varint(std::uint32_t value);

  void string(bool flexible, std::string_view value);
  void nullable_string(bool flexible, const std::optional<std::string_view>& value);
  void bytes(bool flexible, std::string_view value);
  void nullable_bytes(bool flexible, const std::optional<std::string_view>& value);
  // The number of elements; -1 = null.
  void array(bool flexible, std::int64_t count);
  // Takes the slices over without reading them.
  void records(bool flexible, const Records& value);
  // Bytes as they are.
  void raw(std::string_view value) { bytes_.append(value); }
  // One tagged field, from a writer of its payload.
  void tag(std::uint32_t number, Writer&& payload);

  // The frame, with its length in front. Ends the writer.
  Frame finish() &&;
  // The bytes alone, for messages without records.
  std::string take() && { return std::move(bytes_); }

 private:
  template <class U>
  void big_endian(U value) {
    char out[sizeof(U)];
    for (std::size_t i = 0; i < sizeof(U); ++i) out[i] = static_cast<char>(value >> (8 * (sizeof(U) - 1 - i)));
    bytes_.append(out, sizeof out);
  }

  std::string bytes_;
  std::vector<Frame::Chunk> done_;
};

}  // namespace weir::embedded::broker::wire
