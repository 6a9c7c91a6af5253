// From the words of the command line to a Command. Pure: reads nothing, prints nothing.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"

#include <string>
#include <variant>
#include <vector>

namespace weir::cli {

// The command line was answered by text alone: help (code ok, for standard output) or a mistake (for standard error).
struct Answer {
  ExitCode code = ExitCode::ok;
  std::string text;
};

// `words` without the program's name.
std::variant<Command, Answer> parse_arguments(std::vector<std::string> words);

}  // namespace weir::cli
