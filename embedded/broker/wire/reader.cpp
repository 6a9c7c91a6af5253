#include "embedded/broker/wire/reader.hpp"

namespace weir::embedded::broker::wire {

std::string_view Reader::take(std::size_t size) {
  if (rest_.size() < size) {
    fail();
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Uuid Reader::uuid() {
  const std::string_view bytes = take(16);
  return ok_ ? Uuid::from_bytes(reinterpret_cast<const unsigned char*>(bytes.data())) : Uuid();
}

std::uint32_t Reader::unsigned_varint() {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const std::uint8_t byte = big_endian<std::uint8_t>();
    if (shift == 28 && byte > 0x0F) break;
    value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  fail();
  return 0;
}

std::optional<std::string_view> Reader::nullable_string(bool flexible) {
  if (flexible) return nullable_bytes(true);
  const std::int16_t size = i16();
  if (size == -1) return std::nullopt;
  if (size < 0) fail();
  return take(static_cast<std::size_t>(size));
}

std::string_view Reader::string(bool flexible) {
  const std::optional<std::string_view> value = nullable_string(flexible);
  if (!value) fail();
  return value.value_or(std::string_view());
}

std::optional<std::string_view> Reader::nullable_bytes(bool flexible) {
  if (flexible) {
    const std::uint32_t size_and_one = unsigned_varint();
    if (!ok_) return std::string_view();
    if (size_and_one == 0) return std::nullopt;
    return take(size_and_one - 1);
  }
  const std::int32_t size = i32();
  if (size == -1) return std::nullopt;
  if (size < 0) fail();
  return take(static_cast<std::size_t>(size));
}

std::string_view Reader::bytes(bool flexible) {
  const std::optional<std::string_view> value = nullable_bytes(flexible);
  if (!value) fail();
  return value.value_or(std::string_view());
}

std::int32_t Reader::array(bool flexible, std::size_t least) {
  const std::int64_t count = flexible ? static_cast<std::int64_t>(unsigned_varint()) - 1 : i32();
  if (!ok_) return 0;
  if (count == -1) return -1;
  const bool fits = count >= 0 && static_cast<std::uint64_t>(count) <= rest_.size() / (least == 0 ? 1 : least);
  elements_ += fits ? static_cast<std::size_t>(count) : 0;
  if (!fits || elements_ > kMaxElements) {
    fail();
    return 0;
  }
  return static_cast<std::int32_t>(count);
}

std::int32_t Reader::required_array(bool flexible, std::size_t least) {
  const std::int32_t count = array(flexible, least);
  if (count >= 0) return count;
  fail();
  return 0;
}

std::uint32_t Reader::tag(Reader* payload) {
  const std::uint32_t number = unsigned_varint();
  const std::uint32_t size = unsigned_varint();
  if (number < least_tag_) fail();
  least_tag_ = std::uint64_t{number} + 1;
  *payload = Reader(take(size));
  payload->elements_ = elements_;
  return number;
}

void Reader::end_tag(const Reader& payload) {
  elements_ = payload.elements_;
  if (!payload.ok_ || !payload.rest_.empty()) fail();
}

void Reader::skip_tags() {
  for (std::uint32_t left = begin_tags(); left > 0 && ok_; --left) {
    Reader ignored{std::string_view()};
    tag(&ignored);
  }
}

}  // namespace weir::embedded::broker::wire
