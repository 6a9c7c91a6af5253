// RecoveryPoint: up to where a partition was made durable, so that a start can tell a torn tail from damage.
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "pipeline/units.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace weir::embedded::broker::storage {

// A small file, written after every sync of the log and itself not synced: it may lag behind, never run ahead. Two
// slots take turns, so that a torn write leaves the one before.
//
// Lifetime: none. Executor: the broker's thread. Cancellation: none. Errors: as File.
class RecoveryPoint {
 public:
  struct Value {
    Offset end = 0;              // everything below is durable
    Offset segment = 0;          // the base of the segment where that is
    std::uint64_t position = 0;  // and the byte there
  };

  RecoveryPoint(FileSystem& files, std::filesystem::path path) : files_(files), path_(std::move(path)) {}

  // What was written last; nothing when the file is missing or neither slot can be read. Called once, first.
  Result<std::optional<Value>> read();
  Result<void> write(const Value& value);
  // For a value below the one before (a repair): it must not come back.
  Result<void> write_durably(const Value& value);
  // Closes the file until the next write.
  void release() { file_.reset(); }

 private:
  FileSystem& files_;
  std::filesystem::path path_;
  std::shared_ptr<File> file_;
  std::uint64_t sequence_ = 0;
};

}  // namespace weir::embedded::broker::storage
