// What `weir completion SHELL` prints.
#pragma once

#include "cli/arguments/options_inspect.hpp"

#include <string_view>

namespace weir::cli {

// It asks the program for words by its hidden verb `complete-words` (completion.hpp).
std::string_view completion_script(Shell shell);

}  // namespace weir::cli
