// Segment: one .log file of whole record batches, with its index.
#pragma once

#include "embedded/broker/storage/segment_index.hpp"

#include <filesystem>
#include <memory>
#include <span>

namespace weir::embedded::broker::storage {

// "00000000000000000042.log"
std::string segment_file_name(Offset base, std::string_view extension);
// The offset in such a name; nothing for other names.
std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view extension);

// The newest segment of a log is written, the others are closed: their files and index entries are opened and read when
// somebody reads there, and let go again by rest().
//
// Lifetime: the file system outlives it; files given out by file() outlive the segment. Executor: the broker's thread.
// Cancellation: none. Errors: as File; Errc::corrupt where bytes of the file are not batches.
class Segment {
 public:
  Segment(FileSystem& files, std::filesystem::path directory, SegmentSummary summary);

  const SegmentSummary& summary() const { return summary_; }
  Offset base() const { return summary_.base; }
  Offset end() const { return summary_.end; }
  std::uint64_t size() const { return summary_.size; }
  std::filesystem::path log_path() const;
  std::filesystem::path index_path() const;

  // Opens the file for writing, making it when needed.
  Result<std::shared_ptr<File>> open_for_write();
  Result<std::shared_ptr<File>> file();
  // Writes one batch behind the others and enters it into the index. After an error the file may hold part of it:
  // cut() takes that away.
  Result<void> append(const BatchHeader& header, std::span<const std::string_view> parts);
  Result<void> cut();
  // Takes over what a scan found in the file.
  void adopt(SegmentSummary summary, SegmentIndex index);

  // Nothing is written here any more and all of it is durable: stores the index.
  Result<void> seal();
  // The index file is there and complete; the entries can be read when they are needed.
  void set_sealed() { sealed_ = true; }
  bool sealed() const { return sealed_; }
  // Lets go of what was not used since the last call, of a sealed segment.
  void rest();
  // The same of one that is not sealed, whose index stays; true: its file is closed.
  bool rest_file();
  // Removes the segment's files. The log comes last: what stands alone is found by the next start.
  Result<void> remove();

  // Where the batch begins that holds `offset`, which must lie in the segment.
  Result<std::uint64_t> locate(Offset offset);
  // The same without touching a file: at most kIndexStep too low.
  std::uint64_t estimate(Offset offset) const;
  // The end of the last whole batch within [start, limit], start being the beginning of one; `start` when none fits.
  Result<std::uint64_t> boundary(std::uint64_t start, std::uint64_t limit);
  // The end of the batch that begins at `start`.
  Result<std::uint64_t> batch_end(std::uint64_t start);
  // The first record at or behind the offset `from` whose timestamp is at least this.
  Result<std::optional<TimestampedOffset>> find_timestamp(std::int64_t timestamp, Offset from);
  // The newest timestamp of the batches in [from, until), with the first of them that has it; offset -1 without any.
  Result<TimestampedOffset> newest_in(Offset from, Offset until);

 private:
  Result<void> load_index();
  Result<BatchHeader> read_header(std::uint64_t position);
  Result<std::optional<TimestampedOffset>> walk_for_timestamp(std::int64_t timestamp, Offset from,
                                                              SegmentIndex::Interval run);

  FileSystem& files_;
  std::filesystem::path directory_;
  SegmentSummary summary_;
  SegmentIndex index_;
  std::shared_ptr<File> file_;
  bool indexed_ = false;  // index_ holds the entries
  bool sealed_ = false;
  bool used_ = false;
};

}  // namespace weir::embedded::broker::storage
