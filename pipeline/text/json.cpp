#include "pipeline/text/json.hpp"

#include "pipeline/text/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace weir::text {

namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// Not 0 when one of eight bytes is `c`.
constexpr std::uint64_t any_is(std::uint64_t bytes, unsigned char c) {
  const std::uint64_t zero_where_equal = bytes ^ (kOnes * c);
  return (zero_where_equal - kOnes) & ~zero_where_equal & kHighs;
}

// Not 0 when one of eight bytes does not stand in a JSON string as it is.
constexpr std::uint64_t any_special(std::uint64_t bytes) {
  const std::uint64_t control = (bytes - kOnes * 0x20) & ~bytes;
  return ((control | bytes) & kHighs) | any_is(bytes, 0x7f) | any_is(bytes, '"') | any_is(bytes, '\\');
}

// Whether the text stands in JSON as it is. Eight bytes at a time: most texts are names and ids, and all of them are
// looked at.
bool is_plain(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t bytes = 0;
  for (; left >= sizeof bytes; at += sizeof bytes, left -= sizeof bytes) {
    std::memcpy(&bytes, at, sizeof bytes);
    if (any_special(bytes) != 0) return false;
  }
  bytes = kOnes * ' ';
  for (std::size_t i = 0; i < left; ++i) bytes = bytes << 8 | static_cast<unsigned char>(at[i]);
  return any_special(bytes) == 0;
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const std::string_view character = take_character(text);
    const auto c = static_cast<unsigned char>(character.front());
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c < 0x20 || c == 0x7F) {
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 0xF]);
    } else {
      out.append(character);
    }
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  if (is_plain(text)) {
    out.append(text);
  } else {
    append_escaped(out, text);
  }
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end);
}

}  // namespace weir::text
