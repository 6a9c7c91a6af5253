#include "pipeline/control/config_files.hpp"

#include "pipeline/text/quotes.hpp"
#include "pipeline/topology/yaml_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace weir {

namespace {

Result<std::vector<std::filesystem::path>> some_yaml_files_in(const std::filesystem::path& directory) {
  std::error_code failure;
  std::vector<std::filesystem::path> found = yaml_files_in(directory, failure);
  if (failure)
    return Error(Errc::io, "cannot read the directory " + text::in_quotes(directory) + ": " + failure.message());
  if (found.empty()) {
    return Error(Errc::not_found, "there is no *.yaml or *.yml file in the directory " + text::in_quotes(directory) +
                                      "; name a directory that has some, or a file");
  }
  return found;
}

}  // namespace

Result<std::vector<std::filesystem::path>> find_config_files(const std::vector<std::filesystem::path>& given) {
  std::vector<std::filesystem::path> files;
  const auto add = [&files](const std::filesystem::path& file) {
    if (std::ranges::find(files, file) == files.end()) files.push_back(file);
  };
  for (const std::filesystem::path& path : given) {
    std::error_code failure;
    const std::filesystem::file_status status = std::filesystem::status(path, failure);
    if (status.type() == std::filesystem::file_type::not_found) {
      return Error(Errc::not_found,
                   "there is no file " + text::in_quotes(path) + "; check the path and the current directory");
    }
    if (failure) return Error(Errc::io, "cannot look at " + text::in_quotes(path) + ": " + failure.message());
    if (std::filesystem::is_directory(status)) {
      Result<std::vector<std::filesystem::path>> inside = some_yaml_files_in(path);
      if (!inside) return inside.error();
      for (const std::filesystem::path& file : *inside) add(file);
      continue;
    }
    if (::access(path.c_str(), R_OK) != 0) {
      return Error(Errc::io,
                   "cannot read " + text::in_quotes(path) + ": " + std::strerror(errno) + "; check its permissions");
    }
    add(path);
  }
  return files;
}

std::vector<std::filesystem::path> with_variables(std::vector<std::filesystem::path> given,
                                                  const std::vector<std::filesystem::path>& env_files) {
  given.insert(given.end(), env_files.begin(), env_files.end());
  return given;
}

}  // namespace weir
