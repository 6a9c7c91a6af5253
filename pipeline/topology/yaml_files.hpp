// Which files of a directory are configuration.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace weir {

// The regular files *.yaml and *.yml in the directory, by name; hidden ones are an editor's, or somebody's notes.
std::vector<std::filesystem::path> yaml_files_in(const std::filesystem::path& directory, std::error_code& failure);

}  // namespace weir
