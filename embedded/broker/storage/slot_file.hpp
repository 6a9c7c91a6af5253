// SlotFile: a few bytes that are written again and again, and of which a torn write must leave the last ones.
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::storage {

// Two slots of a small file take turns, each with a sequence and a checksum. Once the file is there, a write takes no
// room: it succeeds on a full disk, where a file that is written aside and renamed would not.
//
// Lifetime: the file system outlives it. Executor: one thread. Cancellation: none. Errors: as File.
class SlotFile {
 public:
  // All payloads have this size, at most kMaxPayload bytes.
  SlotFile(FileSystem& files, std::filesystem::path path, std::size_t payload_size)
      : files_(files), path_(std::move(path)), payload_size_(payload_size) {}

  static constexpr std::size_t kMaxPayload = 500;

  const std::filesystem::path& path() const { return path_; }
  // What was written last; nothing when the file is missing or neither slot can be read. Called once, first.
  Result<std::optional<std::string>> read();
  // Whether write_durably() has succeeded. What read() finds may stand in the page cache alone: after a failed sync and a
  // kill of the process it looks like any other.
  bool is_durable() const { return is_durable_; }
  // Not synced: after a crash of the machine an older value may stand there.
  Result<void> write(std::string_view payload);
  // On disk when it returns, with the file's name, and no older value can come back.
  Result<void> write_durably(std::string_view payload);
  // Closes the file until the next write.
  void release() { file_.reset(); }

 private:
  Result<void> write_slot(std::string_view payload);

  FileSystem& files_;
  std::filesystem::path path_;
  std::size_t payload_size_;
  std::shared_ptr<File> file_;
  std::uint64_t sequence_ = 0;  // of the last write that succeeded
  bool is_durable_ = false;
};

}  // namespace weir::embedded::broker::storage
