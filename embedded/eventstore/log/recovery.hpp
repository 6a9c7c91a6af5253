// Opening a database that a process, a machine or a disk may have left in any state. Private to storage.cpp.
#pragma once

#include "embedded/eventstore/log/database.hpp"

namespace weir::embedded::eventstore {

// Looks before anything is changed: what is refused stays as it is, for whoever can mend it. Refused is a database that
// has lost what was acknowledged, or that has readable events behind unreadable ones. A torn end of the write-ahead log
// passes: too short, as a kill leaves it, or in part zeroes or older bytes, as a power cut does. It was never acknowledged.
//
// Whoever wants to go on without what is lost makes the file "accept-loss" in the data directory. It is taken away by
// the start that it allowed.
//
// Lifetime: for one Storage::open(), under the directory's lock. Executor, Cancellation: none. Errors: corrupt, io,
// already_exists.
class Recovery {
 public:
  explicit Recovery(std::filesystem::path directory);

  // First: may it be opened?
  Result<EndMark> look();
  // Then.
  Result<void> open(std::unique_ptr<Storage::Database>& out);
  // Last, once it is open, found whole and the mark says so. Failed: the loss would be accepted by the next start, too.
  Result<void> done(Position end);

 private:
  Result<void> look_at_database();
  Result<void> look_at_lost_database() const;
  // Is this unreadable end of the log one that was never acknowledged?
  bool is_torn_end(Position end) const;
  Error refusal(const rocksdb::Status& status) const;
  Error loss(Position end, const std::string& cause) const;
  std::string way_on() const;

  const std::filesystem::path directory_;
  const std::filesystem::path database_;
  const std::filesystem::path accept_file_;
  bool accepts_loss_ = false;
  std::string torn_;  // how, if the end of the log is
  Position acknowledged_ = 0;
};

}  // namespace weir::embedded::eventstore
