// SegmentIndex: where the batches of one segment stand, to the nearest 4 KiB, and what is in it altogether.
#pragma once

#include "embedded/broker/storage/epochs.hpp"
#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/storage/record_batch.hpp"

#include <optional>
#include <vector>

namespace weir::embedded::broker::storage {

// Kept in memory for every segment.
struct SegmentSummary {
  Offset base = 0;
  Offset end = 0;                     // behind the last record
  std::uint64_t size = 0;             // of its batches, in bytes
  TimestampedOffset newest;           // the newest timestamp, with the first batch that has it
  std::int64_t first_timestamp = -1;  // of the first batch
  std::vector<EpochStart> epochs;     // the leader epochs of its batches, each with its first offset here

  void add(const BatchHeader& header);
};

// A batch of the segment; the entries follow one another closely enough that from one to the next there is either a
// single batch or less than kIndexStep bytes.
struct IndexEntry {
  std::uint32_t offset = 0;  // counted from the segment's base
  std::uint32_t position = 0;
  std::int64_t newest = -1;  // the newest timestamp of all batches in front of the next entry
};

inline constexpr std::uint64_t kIndexStep = 4096;

// Lifetime, Executor, Cancellation, Errors: none.
class SegmentIndex {
 public:
  SegmentIndex() = default;
  explicit SegmentIndex(std::vector<IndexEntry> entries) : entries_(std::move(entries)) {}

  // A run of batches: from one entry to the next.
  struct Interval {
    Offset offset = 0;  // of its first batch
    std::uint64_t position = 0;
    std::uint64_t end = 0;

    // More than the step is a single batch.
    bool single() const { return end - position >= kIndexStep; }
  };

  // Batches come in order; `before` is the summary without the new one.
  void add(const SegmentSummary& before, const BatchHeader& header);

  // The run that holds `offset`, which lies in the segment.
  Interval find(const SegmentSummary& summary, Offset offset) const;
  // The run that holds the byte at `position`.
  Interval find_position(const SegmentSummary& summary, std::uint64_t position) const;
  // The first run with a batch that has a timestamp of at least this.
  std::optional<Interval> find_timestamp(const SegmentSummary& summary, std::int64_t timestamp) const;

  const std::vector<IndexEntry>& entries() const { return entries_; }

 private:
  Interval interval(const SegmentSummary& summary, std::size_t entry) const;

  std::vector<IndexEntry> entries_;
};

// The index on disk. It is written when all of its segment's bytes are durable, and so says that they are.
Result<void> write_index_file(FileSystem& files, const std::filesystem::path& path, const SegmentSummary& summary,
                              const SegmentIndex& index);
// Nothing when the file is missing or damaged: it can be made anew from the segment.
Result<std::optional<SegmentSummary>> read_index_summary(FileSystem& files, const std::filesystem::path& path);
Result<std::optional<SegmentIndex>> read_index(FileSystem& files, const std::filesystem::path& path);

}  // namespace weir::embedded::broker::storage
