// How far the log is known to reach, in a small file beside the database: a database that has lost its end looks whole.
#pragma once

#include "embedded/eventstore/log/event.hpp"
#include "pipeline/base/result.hpp"

#include <filesystem>
#include <utility>

namespace weir::embedded::eventstore {

// Lifetime: holds the file open. Executor: one thread at a time. Cancellation: none. Errors: open(): io, and corrupt
// when the file is not what set() wrote. set() and sync() say whether they did it: a mark that stays behind promises less,
// and what it promises is still true, unless the log was cut.
class EndMark {
 public:
  static Result<EndMark> open(const std::filesystem::path& file);
  EndMark(EndMark&& other) noexcept : file_(std::exchange(other.file_, -1)), position_(other.position_) {}
  EndMark& operator=(EndMark&&) = delete;
  ~EndMark();

  // Of the last event that is on disk for certain; 0: none is, or nothing is known.
  Position position() const { return position_; }
  // Outlives the process from here on, and the machine after sync().
  bool set(Position position);
  bool sync();

 private:
  explicit EndMark(int file) : file_(file) {}

  int file_;
  Position position_ = 0;
};

}  // namespace weir::embedded::eventstore
