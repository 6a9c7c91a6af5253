// Journal: an append-only file of framed entries for the broker's small state (topics, groups, offsets, producer ids).
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/flusher.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::broker::storage {

// Each entry stands as length, CRC-32C, the size that was known to be on disk when it was written, and payload; the
// file begins with a magic and a version (journal_format.hpp). Opening reads it to its end. A torn tail is cut off:
// bytes that no sync had confirmed. Damage in what had been confirmed refuses to open and says where.
//
// Lifetime: open() .. close(), or destructor; the callback of a sync may come after that. Executor: the broker's
// thread. Cancellation: none. Errors: after a failed write or sync the journal has failed for good; every later append
// and rewrite says so (I1). Two failures leave it as it was: an append to a full disk (is_disk_full), which is taken
// back, and a rewrite that failed before it took the old file's place.
class Journal {
 public:
  // Called once per entry, in order, while the journal is opened.
  using Replay = std::function<Result<void>(std::string_view entry)>;

  static constexpr std::size_t kMaxEntry = std::size_t{16} << 20;
  // Room that is kept behind the end where the file system can do that, so that a full disk still takes the entries
  // that free it. Entries use it; it is filled up again when there is room and less than half of it is left.
  static constexpr std::uint64_t kReserve = std::uint64_t{64} << 10;

  // Makes the file (and its directory) when it is missing. All that is replayed is on disk before open() returns.
  // `repair`: damage is cut off with all that follows instead of refused; a copy is kept as "<path>.damaged".
  static Result<std::unique_ptr<Journal>> open(FileSystem& files, Flusher& flusher, const std::filesystem::path& path,
                                               const Replay& replay, bool repair = false);
  virtual ~Journal() = default;

  // Writes the entry (1 byte .. kMaxEntry, else Errc::too_large
  // or invalid_argument); durable only when a later sync says so.
  virtual Result<void> append(std::string_view entry) = 0;
  // Calls `done` when everything appended so far is on disk (one round with the data of the logs), or has failed. Never
  // calls it at once. A rewrite that happens meanwhile counts: what it holds is on disk.
  virtual void sync(Flusher::Done done) = 0;
  // The same, at once: blocks for the disk. For rare changes that must be durable before their call returns.
  virtual Result<void> sync_now() = 0;
  // For an entry of `bytes` that has to leave the reserve to others: fails, as an append to a full disk does, when the
  // whole of it could not stand behind that entry. Nothing is written.
  virtual Result<void> spare_reserve(std::uint64_t bytes) = 0;
  // Bytes in the file, the reserve aside; its owner decides when to compact.
  virtual std::uint64_t size() const = 0;
  // Puts these entries in the place of all that is there: written aside, synced, renamed, so that a crash at any moment
  // leaves either the old entries or the new ones. Blocks; small state only.
  virtual Result<void> rewrite(const std::vector<std::string>& entries) = 0;
  // Makes everything durable and marks the end, so that damage to the last entries is not taken for a torn tail later.
  // The file may be another process's from then on: appends and rewrites are refused. Who does not call it leaves the
  // file as after a crash.
  virtual Result<void> close() = 0;
};

// The error of an owner that opens no journal because the file is gone: `evidence` says why it must have been there
// ("there are directories of topics").
Error missing_journal(const std::filesystem::path& path, std::string_view evidence);

}  // namespace weir::embedded::broker::storage
