#include "pipeline/topology/yaml_files.hpp"

#include <algorithm>

namespace weir {

namespace {

bool is_yaml(const std::filesystem::path& path) {
  return (path.extension() == ".yaml" || path.extension() == ".yml") && !path.filename().string().starts_with('.');
}

}  // namespace

bool is_test_file(const std::filesystem::path& file) {
  return is_yaml(file) && file.stem().extension() == ".test";
}

std::vector<std::filesystem::path> yaml_files_in(const std::filesystem::path& directory, std::error_code& failure) {
  std::vector<std::filesystem::path> found;
  std::filesystem::directory_iterator entry(directory, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    if (is_yaml(entry->path()) && !is_test_file(entry->path()) && entry->is_regular_file(ignored))
      found.push_back(entry->path());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace weir
