// The lock on an embedded server's data directory: made when missing, and held by one process at a time.
#pragma once

#include "pipeline/base/result.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

namespace weir::embedded {

// Lifetime: holds the lock until destroyed; the kernel drops it when the process dies, however it dies.
// Executor: any. Cancellation: none. Errors: already_exists when
// another process holds it (named by its pid), io otherwise.
class DirectoryLock {
 public:
  // `owner` names the kind of server in messages: "event store".
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory, std::string_view owner);

  DirectoryLock(DirectoryLock&& other) noexcept
      : directory_(std::move(other.directory_)), file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

  const std::filesystem::path& directory() const { return directory_; }

 private:
  DirectoryLock(std::filesystem::path directory, int file) : directory_(std::move(directory)), file_(file) {}

  std::filesystem::path directory_;
  int file_;
};

}  // namespace weir::embedded
