#include "pipeline/text/quotes.hpp"

#include "pipeline/text/json.hpp"

namespace weir::text {

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 64;
  std::string out;
  if (text.size() <= kShown) {
    append_json_string(out, text);
    return out;
  }
  std::size_t cut = kShown;
  while (cut > kShown - 4 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;  // not inside a character
  append_json_string(out, text.substr(0, cut));
  out.append("... (").append(std::to_string(text.size())).append(" bytes)");
  return out;
}

}  // namespace weir::text
