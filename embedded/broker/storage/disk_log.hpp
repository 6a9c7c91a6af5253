// DiskLog: the PartitionLog on segments of a file system.
//
// disk_log.cpp      opening, appending, and what becomes durable when
// disk_log_read.cpp reading and looking up
// disk_log_tend.cpp retention, deletion, and the orderly end
#pragma once

#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/storage/recovery.hpp"
#include "embedded/broker/storage/watermark.hpp"
#include "pipeline/base/log.hpp"

#include <array>

namespace weir::embedded::broker::storage {

// Lifetime, Executor, Cancellation, Errors: as PartitionLog says. Files are made with the first append, and nothing is
// held open or in memory for partitions that are not used.
class DiskLog final : public PartitionLog {
 public:
  DiskLog(FileSystem& files, Flusher& flusher, const Clock& clock, Place place, LogSettings settings);
  ~DiskLog() override;
  DiskLog(const DiskLog&) = delete;
  DiskLog& operator=(const DiskLog&) = delete;
  Result<void> start(const Opening& opening);

  Appended append(std::string_view batch) override;
  Fetched read(Offset from, std::uint32_t max_bytes, bool at_least_one) override;
  std::uint64_t available(Offset from, std::uint64_t enough) const override;

  Offset log_start() const override { return log_start_; }
  Offset high_watermark() const override { return visible_.offset; }
  Offset end() const override { return end_; }
  std::int32_t leader_epoch() const override { return leader_epoch_; }
  bool failed() const override { return state_ == State::failed; }
  std::uint64_t size_bytes() const override { return size_; }

  void when_durable(Offset end, Durable done) override { watermark_.when_reached(end, std::move(done)); }
  Ticket watch(std::function<void()> changed) override { return watermark_.watch(std::move(changed)); }

  std::optional<TimestampedOffset> find_timestamp(std::int64_t timestamp) override;
  std::optional<TimestampedOffset> newest_timestamp() override;
  EpochEnd end_of_epoch(std::int32_t epoch) const override;
  Deleted delete_before(Offset offset) override;

  void set_settings(LogSettings settings) override;
  void tend() override;
  void sync() override;
  Result<void> close() override;
  void abandon() override;

 private:
  enum class State { open, failed, closed, abandoned };

  // How far the log went at some moment.
  struct Reach {
    Offset offset = 0;
    Offset segment = 0;          // the base of the segment that it went to
    std::uint64_t position = 0;  // in there
    TimestampedOffset newest;    // of everything below
  };
  // A sync that the flusher owes us.
  struct Asked {
    Reach upto;
    std::uint64_t round = 0;  // the flusher's
    bool seal = false;        // it is the last one of the segment
  };
  // Where a reader stopped: where it will go on.
  struct Resting {
    Offset offset = -1;
    std::uint64_t position = 0;
  };

  Segment& active() const { return *segments_.back(); }
  Reach reach() const;
  std::int64_t wall_ms() const;
  // What requests get when the log does not serve any more; `none` while it does.
  wire::ErrorCode refusal() const;

  // Makes sure that a batch of that size can be written to the active segment.
  Result<void> make_room(const BatchHeader& header);
  Result<void> begin_segment();
  Result<void> make_segment_file(Segment& segment, bool first);
  Result<void> sync_directories();
  // What the producer hears. A full disk, or files that cannot be opened, may pass; a failed write does not.
  Appended no_room(const Error& error);
  Appended not_written(const Error& error);
  void request_sync(Segment& segment, const Reach& upto, bool seal);
  void synced(const Result<void>& result);
  void store_point();
  void show(const Reach& upto);
  // For good: what the disk holds is not known any more.
  void fail(std::string_view doing, const Error& error);
  // Into the log, once in a while.
  void complain(std::string_view what, const Error& error);

  std::size_t segment_of(Offset offset) const;  // index into segments_; the offset lies in the log
  std::uint64_t visible_end(const Segment& segment) const;
  std::optional<std::uint64_t> resting_position(const Segment& segment, Offset offset) const;
  TimestampedOffset newest_in(Offset from, Offset until);
  void rest_at(Offset offset, std::uint64_t position);

  void roll_when_due(std::int64_t now_ms);
  void retain(std::int64_t now_ms);
  Result<void> raise_log_start(Offset offset);
  Result<void> store_everything();

  FileSystem& files_;
  Flusher& flusher_;
  const Clock& clock_;
  const Place place_;
  LogSettings settings_;
  BatchLimits limits_;

  State state_ = State::open;
  bool full_ = false;        // the disk was, the last time
  int unsynced_levels_ = 0;  // directories, from the partition's own upwards, with names that may still be lost
  bool writable_ = false;    // the active segment's file is open for writing
  std::deque<std::unique_ptr<Segment>> segments_;  // the last is the active one; empty before the first append
  std::uint64_t size_ = 0;
  Offset log_start_ = 0;
  Offset end_ = 0;
  TimestampedOffset newest_;
  Reach synced_;             // durable for sure
  std::deque<Asked> asked_;  // in the order in which they come back
  Reach visible_;            // what consumers may see
  std::int32_t leader_epoch_ = 0;
  EpochTable epochs_;
  ProducerStates producers_;
  RecoveryPoint point_;
  LogStartFile log_start_file_;
  Watermark watermark_;
  std::array<Resting, 16> resting_;
  std::size_t next_resting_ = 0;

  std::int64_t segment_began_ms_ = 0;  // when the active segment got its first batch
  std::int64_t next_rest_ms_ = 0;
  std::int64_t retained_ms_ = 0;  // when retention looked last
  log::Limiter complaints_;
  std::shared_ptr<DiskLog*> self_;  // callbacks of the flusher hold it weakly
};

}  // namespace weir::embedded::broker::storage
