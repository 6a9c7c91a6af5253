#include "pipeline/text/json.hpp"

#include "pipeline/text/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace weir::text {

namespace {

// Whether the text stands in JSON as it is. Without branches in the loop, so that it runs over many bytes at once: most
// texts are names.
bool is_plain(std::string_view text) {
  unsigned special = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte > 0x7e) |
               static_cast<unsigned>(c == '"') | static_cast<unsigned>(c == '\\');
  }
  return special == 0;
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
