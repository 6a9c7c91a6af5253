#include "cli/inspect/paragraphs.hpp"

#include "cli/terminal/text.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string paragraph(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string shown = printable(text);
  std::string out;
  std::string line(indent, ' ');
  std::size_t used = indent;
  for (std::size_t begin = 0; begin < shown.size();) {
    const std::size_t end = std::min(shown.find(' ', begin), shown.size());
    const std::string_view word = std::string_view(shown).substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    const std::size_t length = code_points(word);
    if (used > indent && used + 1 + length > width) {
      out += line + "\n";
      line.assign(indent, ' ');
      used = indent;
    }
    if (used > indent) {
      line += ' ';
      ++used;
    }
    line += word;
    used += length;
  }
  return out + line + "\n";
}

std::size_t prose_width(std::size_t terminal_width) {
  constexpr std::size_t kNarrowest = 60;
  constexpr std::size_t kWidest = 110;
  return std::clamp(terminal_width, kNarrowest, kWidest);
}

}  // namespace weir::cli
