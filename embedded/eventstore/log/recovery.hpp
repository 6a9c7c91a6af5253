// Opening a database that a process, a machine or a disk may have left in any state. Private to storage.cpp.
#pragma once

#include "embedded/eventstore/log/database.hpp"

namespace weir::embedded::eventstore {

// Looks before anything is changed: what is refused stays as it is, for whoever can mend it. Refused is a database that
// has lost what was acknowledged; a torn end of the write-ahead log, as a crash leaves it, was not.
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
  // Last, once it is open and found whole.
  void done(Position end);

 private:
  Result<void> look_at_database(Position acknowledged) const;
  Error refusal(const rocksdb::Status& status) const;
  Error loss(Position acknowledged, Position end, const std::string& cause) const;
  std::string way_on() const;

  const std::filesystem::path directory_;
  const std::filesystem::path database_;
  const std::filesystem::path accept_file_;
  bool accepts_loss_ = false;
  Position acknowledged_ = 0;
};

}  // namespace weir::embedded::eventstore
