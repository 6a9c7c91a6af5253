#include "pipeline/text/bytes_look.hpp"

#include "pipeline/text/utf8.hpp"

#include <algorithm>

namespace weir::text {
namespace {

using namespace std::string_view_literals;

struct Mark {
  std::string_view bytes;
  std::string_view format;
};

constexpr Mark kMarks[] = {
    {"\x1f\x8b"sv, "gzip"},
    {"\x28\xb5\x2f\xfd"sv, "zstd"},
    {"\x04\x22\x4d\x18"sv, "lz4"},
    {"\x82SNAPPY\0"sv, "snappy"},
    {"Obj\x01"sv, "an Avro container file"},
    {"\xc3\x01"sv, "one Avro object with its schema's fingerprint"},
    {"PK\x03\x04"sv, "a ZIP archive"},
    {"PAR1"sv, "a Parquet file"},
    {"\xac\xed\0\x05"sv, "a serialised Java object"},
    {"\xff\xfe"sv, "UTF-16 text; JSON must be UTF-8"},
    {"\xfe\xff"sv, "UTF-16 text; JSON must be UTF-8"},
    {"<"sv, "XML"},
};

bool is_utf16(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const bool little = bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0;
  const bool big = bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0 && bytes[3] != 0;
  return little || big;
}

bool take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool is_protobuf(std::string_view bytes) {
  constexpr std::uint64_t kHighestField = (1u << 29) - 1;
  while (!bytes.empty()) {
    std::uint64_t tag = 0;
    std::uint64_t size = 0;
    if (!take_varint(bytes, tag) || (tag >> 3) == 0 || (tag >> 3) > kHighestField) return false;
    switch (tag & 7) {
      case 0:
        if (!take_varint(bytes, size)) return false;
        size = 0;
        break;
      case 1:
        size = 8;
        break;
      case 2:
        if (!take_varint(bytes, size)) return false;
        break;
      case 5:
        size = 4;
        break;
      default:
        return false;
    }
    if (size > bytes.size()) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace

bool is_plain_text(std::string_view bytes) noexcept {
  const bool controls = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
  });
  return !controls && is_utf8(bytes);
}

std::string describe_bytes(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::size_t kShown = 16;
  std::string out =
      std::to_string(bytes.size()) + (bytes.size() == 1 ? " byte that is" : " bytes that are") + " no text (0x";
  for (const char c : bytes.substr(0, kShown)) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 0xf]);
  }
  if (bytes.size() > kShown) out += "...";
  return out + ")";
}

std::optional<std::uint32_t> schema_registry_id(std::string_view bytes) noexcept {
  if (bytes.size() < kSchemaRegistryPrefix || bytes[0] != 0) return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = 1; i < kSchemaRegistryPrefix; ++i) id = id << 8 | static_cast<unsigned char>(bytes[i]);
  return id;
}

std::string_view format_of(std::string_view bytes) noexcept {
  for (const Mark& mark : kMarks) {
    if (bytes.starts_with(mark.bytes)) return mark.format;
  }
  if (is_utf16(bytes)) return "UTF-16 text; JSON must be UTF-8";
  if (!bytes.empty() && !is_plain_text(bytes) && is_protobuf(bytes)) return "Protobuf";
  return {};
}

}  // namespace weir::text
