#include "cli/terminal/table.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

// Code points: continuation bytes do not count.
std::size_t visible_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void append_cell(std::string& line, std::string_view text, Colour colour, bool colours, bool right, std::size_t fill) {
  if (!line.empty()) line += "  ";
  const std::string shown = text.empty() ? std::string() : coloured(text, colour, colours);
  line += right ? std::string(fill, ' ') + shown : shown + std::string(fill, ' ');
}

void end_line(std::string& out, std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out.append(line).append("\n");
  line.clear();
}

}  // namespace

std::string Table::str(bool colours) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = visible_width(columns_[i].title);
    for (const std::vector<Cell>& row : rows_) width = std::max(width, visible_width(row[i].text));
    widths.push_back(width);
  }
  std::string out;
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t fill = widths[i] - visible_width(columns_[i].title);
    append_cell(line, columns_[i].title, Colour::grey, colours, columns_[i].right, fill);
  }
  end_line(out, line);
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t fill = widths[i] - visible_width(row[i].text);
      append_cell(line, row[i].text, row[i].colour, colours, columns_[i].right, fill);
    }
    end_line(out, line);
  }
  return out;
}

}  // namespace weir::cli
