// Aligned columns for people.
#pragma once

#include "cli/terminal/text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// Columns as wide as their widest cell, two spaces between them; the titles are grey.
//
// Lifetime: value type. Executor, Cancellation, Errors: none.
class Table {
 public:
  struct Column {
    std::string_view title;
    bool right = false;  // numbers
  };
  struct Cell {
    Cell(std::string text, Colour colour = Colour::none) : text(std::move(text)), colour(colour) {}
    std::string text;  // safe for a terminal: see printable()
    Colour colour;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns.
  void add(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Every line ends with a line feed; no line ends with spaces.
  std::string str(bool colours) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace weir::cli
