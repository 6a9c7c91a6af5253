// The terminal: whether there is one, and a display of a few live lines below the log.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// What standard output or standard error is connected to.
struct TerminalTraits {
  bool interactive = false;
  bool colours = false;  // a terminal, NO_COLOR unset or empty, TERM not "dumb"
  std::size_t width = 80;
};
TerminalTraits inspect_terminal(int file_descriptor, const Environment& environment);
// The rule of the above without asking the system: `is_terminal` and `width` (0 = unknown) are given.
TerminalTraits terminal_traits(bool is_terminal, std::size_t width, const Environment& environment);

// True when the descriptor is a pipe that nobody reads any more.
bool reader_has_gone(int file_descriptor);

// Live lines at the bottom of a terminal, redrawn in place; other text goes above them.
//
// Lifetime: clear() before it ends, or the lines stay. Executor: any thread. Cancellation, Errors: none.
class LiveDisplay {
 public:
  explicit LiveDisplay(std::function<void(std::string_view)> write) : write_(std::move(write)) {}
  // Replaces the live lines. No line may be wider than the terminal.
  void show(std::vector<std::string> lines);
  // Puts `text` (one line, with or without its line feed) above the live lines.
  void print_above(std::string_view text);
  // Removes the live lines.
  void clear();

 private:
  std::string erase() const;
  std::string draw() const;

  std::mutex mutex_;
  std::function<void(std::string_view)> write_;
  std::vector<std::string> lines_;
};

// Writes all of it; what cannot be written is lost (a display, not data).
void write_to(int file_descriptor, std::string_view text);

}  // namespace weir::cli
