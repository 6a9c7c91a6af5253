// The file system, as the broker uses it: few calls, each of which can fail, so that tests can make them fail.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::storage {

// One open file.
//
// Lifetime: closed by the destructor; a shared_ptr lets a slow reader outlive the deletion of its segment.
// Executor: read_at and sync from any thread, the others from the broker's own. Cancellation: none.
// Errors: Errc::io with the path and the reason (Errc::not_found where the file is missing, Errc::unavailable where the
// process may open no more files: nothing was touched then); is_disk_full() tells a full disk apart.
class File {
 public:
  virtual ~File() = default;
  // Fills `into` or fails; the end of the file inside it is Errc::corrupt.
  virtual Result<void> read_at(std::uint64_t position, std::span<char> into) const = 0;
  // Writes all parts one behind the other. After a failure nothing is known about the range.
  virtual Result<void> write_at(std::uint64_t position, std::span<const std::string_view> parts) = 0;
  // fdatasync. After a failure the state of the pages is unknown: every later sync of this file fails as well, so that
  // nobody takes the kernel's next, forgetful success for an answer (I1).
  virtual Result<void> sync() = 0;
  // What stands behind `size` goes, and room that was reserved there with it.
  virtual Result<void> truncate(std::uint64_t size) = 0;
  // Takes the room that the file needs to grow to `size`, without growing it: writes up to there find a place on a full
  // disk. Not every file system can.
  virtual Result<void> reserve(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
  // The kernel's descriptor, for sendfile; -1 where there is none (tests).
  virtual int native_handle() const = 0;
  virtual const std::filesystem::path& path() const = 0;
};

// Lifetime: outlives its files. Executor: the broker's own thread. Cancellation: none. Errors: as File.
class FileSystem {
 public:
  enum class Mode { read, read_write, create };  // create: made when missing, kept when there

  virtual ~FileSystem() = default;
  virtual Result<std::shared_ptr<File>> open(const std::filesystem::path& path, Mode mode) = 0;
  virtual Result<bool> exists(const std::filesystem::path& path) = 0;
  // Names (not paths) in the directory, sorted; an empty list when it is not there.
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;
  // With all that is missing above it, durable when the call returns.
  virtual Result<void> make_directories(const std::filesystem::path& directory) = 0;
  virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // What is not there counts as removed, here and in remove_tree.
  virtual Result<void> remove(const std::filesystem::path& file) = 0;
  virtual Result<void> remove_tree(const std::filesystem::path& directory) = 0;
  // Makes creations, renames and removals in the directory durable.
  virtual Result<void> sync_directory(const std::filesystem::path& directory) = 0;
};

// The machine's.
std::unique_ptr<FileSystem> make_file_system();

// The error of a call that the system refused with `reason` (an
// errno): "cannot write to '/var/x.log': Input/output error".
Error file_error(std::string_view attempt, const std::filesystem::path& path, int reason);

// True for the error of a write that found the disk full (ENOSPC, EDQUOT), whatever context was put before it.
bool is_disk_full(const Error& error);
// True when the process may open no more files: nothing was touched, so that it can be tried again.
bool is_out_of_descriptors(const Error& error);

}  // namespace weir::embedded::broker::storage
