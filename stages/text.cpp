#include "stages/text.hpp"

#include "pipeline/text/json.hpp"

namespace weir::stages {

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out;
  if (text.size() <= kShown) {
    text::append_json_string(out, text);
    return out;
  }
  std::size_t cut = kShown;
  while (cut > kShown - 4 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;  // not inside a character
  text::append_json_string(out, text.substr(0, cut));
  out.append("... (").append(std::to_string(text.size())).append(" bytes)");
  return out;
}

bool is_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = text::utf8_length(text.substr(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace weir::stages
