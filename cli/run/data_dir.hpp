// The data directory: where it is, and holding it.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace weir::cli {

// `chosen`, else $XDG_STATE_HOME/weir when that is an absolute path, else $HOME/.local/state/weir. An error when there
// is no home.
Result<std::filesystem::path> resolve_data_dir(const std::optional<std::filesystem::path>& chosen,
                                               const Environment& environment);

// The one process that works with a data directory.
//
// Lifetime: holds the lock until destroyed; the kernel drops it when the process dies, however it dies.
// Executor: any. Cancellation: none.
// Errors: already_exists when another process holds it (named by its pid); io when it cannot be made or written.
class DataDirLock {
 public:
  // Makes the directory (mode 0700) and what is missing above it.
  static Result<DataDirLock> acquire(const std::filesystem::path& directory);

  DataDirLock(DataDirLock&& other) noexcept : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}
  DataDirLock& operator=(DataDirLock&&) = delete;
  ~DataDirLock();

  const std::filesystem::path& path() const { return path_; }

 private:
  DataDirLock(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  int file_;
};

}  // namespace weir::cli
