// Journal: an append-only file of framed entries for the broker's small state (topics, groups, offsets, producer ids).
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/flusher.hpp"

#include <functional>

namespace weir::embedded::broker::storage {

// Each entry stands as length, CRC-32C and payload; the file begins with a format version. Opening reads it to its end:
// a torn last entry is cut off, damage before the last entry refuses to open and says where.
//
// Lifetime: open() .. destructor. Executor: the broker's thread. Cancellation: none. Errors: after a failed write or sync
// the journal has failed for good; every later append says so (I1).
class Journal {
 public:
  // Called once per entry, in order, while the journal is opened.
  using Replay = std::function<Result<void>(std::string_view entry)>;

  static Result<std::unique_ptr<Journal>> open(FileSystem& files, Flusher& flusher, const std::filesystem::path& path,
                                               const Replay& replay);
  virtual ~Journal() = default;

  // Writes the entry; durable only when a later sync says so.
  virtual Result<void> append(std::string_view entry) = 0;
  // Calls `done` when everything appended so far is on disk (one round with the data of the logs), or has failed.
  virtual void sync(Flusher::Done done) = 0;
  // Bytes in the file; its owner decides when to compact.
  virtual std::uint64_t size() const = 0;
  // Puts these entries in the place of all that is there: written aside, synced, renamed. Blocks; small state only.
  virtual Result<void> rewrite(const std::vector<std::string>& entries) = 0;
};

}  // namespace weir::embedded::broker::storage
