// What a verb may talk to: the two streams, what they are connected to, and the environment. Tests give their own.
#pragma once

#include "cli/terminal/terminal.hpp"

#include <iosfwd>

namespace weir::cli {

// Lifetime: outlives the verb. Executor: the main thread.
struct Console {
  std::ostream& out;
  std::ostream& err;
  TerminalTraits out_traits;
  TerminalTraits err_traits;
  Environment environment;

  // "error: …" on standard error, red on a terminal. `what` is one line: what is wrong; what to do.
  void error(std::string_view what) const;
  void warning(std::string_view what) const;
};

}  // namespace weir::cli
