// Reader: takes Kafka's primitive types from a received frame.
#pragma once

#include "pipeline/base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::wire {

// Sticky: after the first fault every read gives zero, empty or null, and ok() is false; the caller tests once, at the
// end. Strings and bytes are views of the frame. `flexible` picks the compact forms (KIP-482).
//
// Lifetime: as long as the frame. Executor: any, one at a time. Cancellation: none. Errors: ok(); nothing is allocated
// for a count that the rest of the frame cannot hold.
class Reader {
 public:
  // What one request may hold in arrays, all together: a bound for the memory that a frame can ask for.
  static constexpr std::size_t kMaxElements = 1'000'000;

  explicit Reader(std::string_view frame) : rest_(frame) {}
  // The frame outlives the reader: no temporary.
  template <class Text>
    requires std::same_as<Text, std::string>
  explicit Reader(Text&& frame) = delete;

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  bool boolean() { return i8() != 0; }
  std::int8_t i8() { return static_cast<std::int8_t>(big_endian<std::uint8_t>()); }
  std::int16_t i16() { return static_cast<std::int16_t>(big_endian<std::uint16_t>()); }
  std::int32_t i32() { return static_cast<std::int32_t>(big_endian<std::uint32_t>()); }
  std::int64_t i64() { return static_cast<std::int64_t>(big_endian<std::uint64_t>()); }
  Uuid uuid();
  // Seven bits per byte, low group first; more than 32 bits are a fault.
  std::uint32_t unsigned_varint();

  std::string_view string(bool flexible);
  std::optional<std::string_view> nullable_string(bool flexible);
  std::string_view bytes(bool flexible);
  std::optional<std::string_view> nullable_bytes(bool flexible);
  // The number of elements; -1 = null. `least` is what one element takes on the wire.
  std::int32_t array(bool flexible, std::size_t least);
  // For an array that may not be null.
  std::int32_t required_array(bool flexible, std::size_t least);

  // A tag buffer: `begin` gives the number of tagged fields; then per field its tag and a reader of its payload, to be
  // handed back when it is read (unknown ones are not). Tags ascend, each stands once.
  std::uint32_t begin_tags() {
    least_tag_ = 0;
    return unsigned_varint();
  }
  std::uint32_t tag(Reader* payload);
  // A payload that was not read to its end is a fault.
  void end_tag(const Reader& payload);
  void skip_tags();

 private:
  template <class U>
  U big_endian() {
    if (rest_.size() < sizeof(U)) {
      fail();
      return 0;
    }
    U value = 0;
    for (std::size_t i = 0; i < sizeof(U); ++i) {
      value = static_cast<U>((static_cast<std::uint64_t>(value) << 8) | static_cast<unsigned char>(rest_[i]));
    }
    rest_.remove_prefix(sizeof(U));
    return value;
  }
  std::string_view take(std::size_t size);

  std::string_view rest_;
  std::size_t elements_ = 0;
  std::uint64_t least_tag_ = 0;  // the next one is this or a larger one
  bool ok_ = true;
};

}  // namespace weir::embedded::broker::wire
