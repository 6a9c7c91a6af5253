#include "cli/test/changes.hpp"

#include <algorithm>
#include <system_error>

namespace weir::cli {

namespace {

using Path = std::filesystem::path;

Path directory_of(const Path& file) {
  return file.has_parent_path() ? file.parent_path() : Path(".");
}

}  // namespace

Changes::Changes(const testkit::TestFiles& files, const std::vector<Path>& given) {
  const auto add = [this](const Path& file) {
    files_.emplace(file, look_at(file));
    // Inputs lie beside the tests that take them.
    const Path directory = directory_of(file);
    if (std::ranges::find(directories_, directory) == directories_.end()) directories_.push_back(directory);
  };
  for (const Path& file : files.configuration) add(file);
  for (const Path& file : files.tests) add(file);
  for (const Path& path : given) {
    std::error_code failure;
    if (!std::filesystem::is_directory(path, failure)) add(path);
  }
  inside_ = look_into(directories_);
}

bool Changes::any() const {
  const auto changed = [](const auto& known) {
    return look_at(known.first) != known.second;
  };
  return std::ranges::any_of(files_, changed) || look_into(directories_) != inside_;
}

std::optional<Changes::State> Changes::look_at(const Path& file) {
  std::error_code failure;
  State state;
  state.time = std::filesystem::last_write_time(file, failure);
  if (failure) return std::nullopt;
  state.size = std::filesystem::file_size(file, failure);
  if (failure) return std::nullopt;
  return state;
}

Changes::States Changes::look_into(const std::vector<Path>& directories) {
  constexpr std::size_t kMost = 10'000;
  States states;
  for (const Path& directory : directories) {
    std::error_code failure;
    std::filesystem::directory_iterator entry(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator() && states.size() < kMost;
         entry.increment(failure)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) states.emplace(entry->path(), look_at(entry->path()));
    }
  }
  return states;
}

}  // namespace weir::cli
