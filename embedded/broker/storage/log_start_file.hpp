// LogStartFile: the first offset of a partition that may be read, when that is not simply where its files begin.
#pragma once

#include "embedded/broker/storage/slot_file.hpp"
#include "pipeline/base/units.hpp"

namespace weir::embedded::broker::storage {

// Written, durably, before retention or DeleteRecords removes anything. It has to be there before the disk is full:
// deleting is what makes room.
//
// Lifetime: none. Executor: the broker's thread. Cancellation: none. Errors: as File.
class LogStartFile {
 public:
  LogStartFile(FileSystem& files, std::filesystem::path path);

  // Nothing when the file is missing or cannot be read. Called once, first.
  Result<std::optional<Offset>> read();
  Result<void> write(Offset start);
  // Sees to it that the file is there and on disk, so that later writes need no room.
  Result<void> prepare(Offset start) { return slots_.is_durable() ? Result<void>() : write(start); }
  void release() { slots_.release(); }

 private:
  SlotFile slots_;
};

}  // namespace weir::embedded::broker::storage
