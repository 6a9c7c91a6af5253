// The store's directory: made when missing, and held by one process at a time.
#pragma once

#include "pipeline/result.hpp"

#include <filesystem>

namespace weir::embedded::eventstore {

// The lock on a data directory.
//
// Lifetime: holds the lock until destroyed; the kernel drops it when the process dies, however it dies.
// Executor: any. Cancellation: none. Errors: already_exists when another process holds it (named by its pid), io
// otherwise.
class DataDir {
 public:
  static Result<DataDir> acquire(const std::filesystem::path& directory);

  DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path database() const { return path_ / "db"; }

 private:
  DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

}  // namespace weir::embedded::eventstore
