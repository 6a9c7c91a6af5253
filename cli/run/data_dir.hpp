// The data directory: where it is, and holding it.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::cli {

// `chosen`, else $XDG_STATE_HOME/weir when that is an absolute path, else $HOME/.local/state/weir. An error when there
// is no home.
Result<std::filesystem::path> resolve_data_dir(const std::optional<std::filesystem::path>& chosen,
                                               const Environment& environment);

// What of a data directory a run needs for itself.
struct DataNeeds {
  bool servers = false;                // what the embedded servers store
  std::vector<std::string> pipelines;  // what a pipeline keeps: its member id
  bool any() const { return servers || !pipelines.empty(); }
};
// Of the pipelines that are switched on.
DataNeeds data_needs_of(const Topology& topology);

// The one process that works with a part of a data directory: with what the servers store, or with what one pipeline
// keeps. So pipelines that work with servers elsewhere run beside those that have their own.
//
// Lifetime: holds the lock until destroyed; the kernel drops it when the process dies, however it dies.
// Executor: any. Cancellation: none.
// Errors: already_exists when another process holds it (named by its pid); io when it cannot be made or written.
class DataDirLock {
 public:
  // Makes the directory (mode 0700) and what is missing above it. Without the name of a pipeline: the servers' part.
  static Result<DataDirLock> acquire(const std::filesystem::path& directory, const std::string& pipeline = {});
  DataDirLock(DataDirLock&& other) noexcept : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}
  DataDirLock& operator=(DataDirLock&&) = delete;
  ~DataDirLock();

  const std::filesystem::path& path() const { return path_; }

 private:
  DataDirLock(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  int file_;
};

// What this process holds of a data directory: more with every configuration that needs more, nothing less before its end.
//
// Lifetime, Executor, Cancellation: as the locks'. Errors: as of DataDirLock::acquire().
class DataDirHold {
 public:
  explicit DataDirHold(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  // All that is needed and not held yet, or none of it.
  Result<void> take(const DataNeeds& needs);

 private:
  std::filesystem::path directory_;
  std::map<std::string, DataDirLock> held_;  // by pipeline; the servers' part has no name
};

}  // namespace weir::cli
