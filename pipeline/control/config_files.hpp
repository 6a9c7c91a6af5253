// Which files a command line means by FILE…
#pragma once

#include "pipeline/base/result.hpp"

#include <filesystem>
#include <vector>

namespace weir {

// Files as they are; a directory stands for the *.yaml and *.yml in it, by name, not deeper. Errors: not_found for a
// path that is not there or a directory without such a file; io for one that cannot be read.
Result<std::vector<std::filesystem::path>> find_config_files(const std::vector<std::filesystem::path>& given);

}  // namespace weir
