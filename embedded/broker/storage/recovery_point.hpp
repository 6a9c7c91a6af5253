// RecoveryPoint: up to where a partition was made durable, so that a start can tell a torn tail from damage.
#pragma once

#include "embedded/broker/storage/slot_file.hpp"
#include "pipeline/base/units.hpp"

namespace weir::embedded::broker::storage {

// A slot file, written after every sync of the log and itself not synced: it may lag behind, never run ahead.
//
// Lifetime: none. Executor: the broker's thread. Cancellation: none. Errors: as File.
class RecoveryPoint {
 public:
  struct Value {
    Offset end = 0;              // everything below is durable
    Offset segment = 0;          // the base of the segment where that is
    std::uint64_t position = 0;  // and the byte there
  };

  RecoveryPoint(FileSystem& files, std::filesystem::path path);

  // What was written last; nothing when the file is missing or neither slot can be read. Called once, first.
  Result<std::optional<Value>> read();
  Result<void> write(const Value& value);
  // For a value below the one before (a repair): it must not come back.
  Result<void> write_durably(const Value& value);
  // Closes the file until the next write.
  void release() { slots_.release(); }

 private:
  SlotFile slots_;
};

}  // namespace weir::embedded::broker::storage
