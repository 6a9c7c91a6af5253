// The steps of a recovery: recovery.cpp finds what is there, recovery_end.cpp decides where it ends and makes it so.
#pragma once

#include "embedded/broker/storage/batch_scanner.hpp"
#include "embedded/broker/storage/recovery.hpp"

#include <vector>

namespace weir::embedded::broker::storage {

// A segment file as it lies there, before anything is decided.
struct FoundSegment {
  Offset base = 0;
  std::uint64_t size = 0;
  std::optional<SegmentSummary> indexed;  // from its .idx
};

// Where the good batches end.
struct GoodEnd {
  std::size_t segment = 0;  // of those found
  std::uint64_t position = 0;
  std::string fault;  // empty: there is nothing behind
};

class Recovery {
 public:
  Recovery(FileSystem& files, RecoveryPoint& point, LogStartFile& log_start, const PartitionLog::Place& place,
           const PartitionLog::Opening& opening, std::int64_t now_ms)
      : files_(files), point_(point), log_start_(log_start), place_(place), opening_(opening), now_ms_(now_ms) {}

  // The story, in order.
  Result<Recovered> run();

 private:
  Result<void> find_segments();
  Result<void> read_log_start();
  Result<void> drop_below_log_start();
  Segment segment_of(const FoundSegment& found) const;
  Result<void> read_what_is_durable();
  Result<void> walk_segments();
  Result<void> judge_end();
  Result<void> admit_loss(Offset intact_to);
  Result<void> cut();
  Result<void> put_aside(const FoundSegment& found);
  Result<void> copy_tail(const std::filesystem::path& path, std::uint64_t from, std::uint64_t to);
  Result<void> settle_producers();
  Result<void> make_durable();
  Result<void> write_again(const Segment& segment);
  Result<void> store_indexes();

  bool trusted(std::size_t i) const;
  Offset files_begin() const { return found_.empty() ? result_.log_start : found_.front().base; }
  Result<bool> scan(FoundSegment& found, BatchScanner::Checksums checksums, SegmentSummary* summary,
                    SegmentIndex* index);
  Result<void> feed_producers(std::size_t i);
  Error damaged() const;

  FileSystem& files_;
  RecoveryPoint& point_;
  LogStartFile& log_start_;
  const PartitionLog::Place& place_;
  const PartitionLog::Opening& opening_;
  const std::int64_t now_ms_;

  std::vector<FoundSegment> found_;
  std::optional<RecoveryPoint::Value> durable_point_;
  Offset durable_end_ = 0;
  GoodEnd good_;
  bool lost_durable_ = false;  // a repair goes below what was durable
  bool lost_begin_ = false;    // a repair goes on without the first segments
  Offset producers_from_ = 0;  // batches at or above this are not in the states yet
  Recovered result_;
};

}  // namespace weir::embedded::broker::storage
