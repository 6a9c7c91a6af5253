// A configuration that comes by standard input, for the verbs that take "-" for a file.
#pragma once

#include "cli/terminal/console.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::cli {

// How findings name it.
inline constexpr const char* kStandardInput = "(standard input)";

// Whether "-" is among the files.
bool names_standard_input(const std::vector<std::filesystem::path>& files);
// False, and said, when other files stand beside it: the standard input is a whole configuration.
bool is_standard_input_alone(const std::vector<std::filesystem::path>& files, const Console& console);
// All of it, up to one byte more than a file may have: enough to see that it is too large. Blocks.
std::string take_standard_input();

}  // namespace weir::cli
