// Trash: removes the directories of deleted topics, a few files at a time, so that no request waits for it.
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <deque>

namespace weir::embedded::broker::topics {

// Lifetime: none; what is left at the end is found again at the next start, by its name. Executor: the broker's thread.
// Cancellation: none. Errors: logged; the directory is tried again at the next start.
class Trash {
 public:
  explicit Trash(storage::FileSystem& files) : files_(files) {}

  // A directory <topic>.deleted, with a directory per partition in it.
  void add(std::filesystem::path directory) { directories_.push_back(std::move(directory)); }
  bool empty() const { return directories_.empty(); }
  // Removes up to about `budget` files.
  void step(std::size_t budget);

 private:
  // True when the first directory is gone, or was given up.
  Result<bool> step_first(std::size_t& budget);

  storage::FileSystem& files_;
  std::deque<std::filesystem::path> directories_;
};

}  // namespace weir::embedded::broker::topics
