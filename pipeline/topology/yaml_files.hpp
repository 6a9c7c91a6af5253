// Which files of a directory are configuration.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace weir {

// The regular files *.yaml and *.yml in the directory, by name. Not among them: hidden ones, which are an editor's, or
// somebody's notes, and files of tests.
std::vector<std::filesystem::path> yaml_files_in(const std::filesystem::path& directory, std::error_code& failure);

// Whether the name says that a file holds tests of pipelines and no configuration: NAME.test.yaml.
bool is_test_file(const std::filesystem::path& file);

}  // namespace weir
