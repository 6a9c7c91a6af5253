// Which files a command line means by FILE…
#pragma once

#include "pipeline/base/result.hpp"

#include <filesystem>
#include <vector>

namespace weir {

// Files as they are; a directory stands for the *.yaml and *.yml in it, by name, not deeper. Errors: not_found for a
// path that is not there or a directory without such a file; io for one that cannot be read.
Result<std::vector<std::filesystem::path>> find_config_files(const std::vector<std::filesystem::path>& given);

// All files that a configuration is read from: those of the command line, then those of its variables (--env-file).
std::vector<std::filesystem::path> with_variables(std::vector<std::filesystem::path> given,
                                                  const std::vector<std::filesystem::path>& env_files);

}  // namespace weir
