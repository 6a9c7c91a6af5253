#include "embedded/broker/storage/segment.hpp"

#include "embedded/broker/storage/batch_scanner.hpp"
#include "embedded/broker/storage/record_times.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::embedded::broker::storage {

namespace {
constexpr std::size_t kOffsetDigits = 20;
}  // namespace

std::string segment_file_name(Offset base, std::string_view extension) {
  std::string digits = std::to_string(base);
  digits.insert(0, kOffsetDigits - std::min(kOffsetDigits, digits.size()), '0');
  return digits.append(extension);
}

std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view extension) {
  if (name.size() != kOffsetDigits + extension.size() || !name.ends_with(extension)) return std::nullopt;
  Offset base = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kOffsetDigits, base);
  if (error != std::errc() || end != name.data() + kOffsetDigits || base < 0) return std::nullopt;
  return base;
}

Segment::Segment(FileSystem& files, std::filesystem::path directory, SegmentSummary summary)
    : files_(files), directory_(std::move(directory)), summary_(std::move(summary)) {}

std::filesystem::path Segment::log_path() const {
  return directory_ / segment_file_name(summary_.base, ".log");
}

std::filesystem::path Segment::index_path() const {
  return directory_ / segment_file_name(summary_.base, ".idx");
}

Result<std::shared_ptr<File>> Segment::open_for_write() {
  Result<std::shared_ptr<File>> opened = files_.open(log_path(), FileSystem::Mode::create);
  if (!opened) return opened.error();
  file_ = std::move(*opened);
  if (summary_.size == 0) indexed_ = true;
  if (!indexed_) {
    if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  }
  sealed_ = false;
  return file_;
}

Result<std::shared_ptr<File>> Segment::file() {
  used_ = true;
  if (file_ == nullptr) {
    Result<std::shared_ptr<File>> opened = files_.open(log_path(), FileSystem::Mode::read);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
  }
  return file_;
}

Result<void> Segment::append(const BatchHeader& header, std::span<const std::string_view> parts) {
  used_ = true;
  if (const Result<void> written = file_->write_at(summary_.size, parts); !written) return written;
  index_.add(summary_, header);
  summary_.add(header);
  return {};
}

Result<void> Segment::cut() {
  return file_->truncate(summary_.size);
}

void Segment::adopt(SegmentSummary summary, SegmentIndex index) {
  summary_ = std::move(summary);
  index_ = std::move(index);
  indexed_ = true;
  sealed_ = false;
}

Result<void> Segment::seal() {
  if (sealed_) return {};
  if (const Result<void> loaded = load_index(); !loaded) return loaded;
  if (const Result<void> written = write_index_file(files_, index_path(), summary_, index_); !written) return written;
  sealed_ = true;
  return {};
}

void Segment::rest() {
  if (std::exchange(used_, false)) return;
  file_.reset();
  index_ = {};
  indexed_ = false;
}

bool Segment::rest_file() {
  if (!std::exchange(used_, false)) file_.reset();
  return file_ == nullptr;
}

Result<void> Segment::remove() {
  file_.reset();
  const Result<bool> indexed = files_.exists(index_path());
  if (!indexed) return indexed.error();
  if (*indexed) {
    if (const Result<void> removed = files_.remove(index_path()); !removed) return removed;
  }
  return files_.remove(log_path());
}

Result<void> Segment::load_index() {
  used_ = true;
  if (indexed_) return {};
  if (sealed_) {
    Result<std::optional<SegmentIndex>> stored = read_index(files_, index_path());
    if (stored && *stored) {
      index_ = std::move(**stored);
      indexed_ = true;
      return {};
    }
  }
  // Damaged since the start: made anew from the headers.
  const Result<std::shared_ptr<File>> opened = file();
  if (!opened) return opened.error();
  BatchScanner scanner(**opened, 0, summary_.size, summary_.base, BatchScanner::Checksums::trust);
  SegmentSummary summary;
  summary.base = summary_.base;
  SegmentIndex index;
  for (;;) {
    const Result<std::optional<BatchHeader>> header = scanner.next();
    if (!header) return header.error();
    if (!*header) break;
    index.add(summary, **header);
    summary.add(**header);
  }
  if (!scanner.fault().empty()) {
    return Error(Errc::corrupt, log_path().string() + " is damaged at byte " + std::to_string(scanner.position()) +
                                    " (" + scanner.fault() + ")");
  }
  index_ = std::move(index);
  indexed_ = true;
  return {};
}

Result<BatchHeader> Segment::read_header(std::uint64_t position) {
  const Result<std::shared_ptr<File>> opened = file();
  if (!opened) return opened.error();
  std::array<char, kBatchHeaderSize> bytes;
  if (const Result<void> got = (*opened)->read_at(position, bytes); !got) return got.error();
  const std::optional<BatchHeader> header = parse_batch_header({bytes.data(), bytes.size()});
  if (!header || header->size > summary_.size - position) {
    return Error(Errc::corrupt, log_path().string() + " is damaged at byte " + std::to_string(position) +
                                    ": there is no record batch. Stop the broker and start it with --repair.");
  }
  return *header;
}

Result<std::uint64_t> Segment::locate(Offset offset) {
  if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  const SegmentIndex::Interval run = index_.find(summary_, offset);
  if (run.offset == offset || run.single()) return run.position;
  // Less than kIndexStep bytes of small batches.
  std::uint64_t position = run.position;
  while (position < run.end) {
    const Result<BatchHeader> header = read_header(position);
    if (!header) return header.error();
    if (offset < header->end_offset()) break;
    position += header->size;
  }
  return position;
}

std::uint64_t Segment::estimate(Offset offset) const {
  return indexed_ ? index_.find(summary_, offset).position : 0;
}

Result<std::uint64_t> Segment::boundary(std::uint64_t start, std::uint64_t limit) {
  if (limit >= summary_.size) return summary_.size;
  if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  const SegmentIndex::Interval run = index_.find_position(summary_, limit);
  if (run.position > start) return run.position;
  if (run.single()) return start;
  std::uint64_t position = start;
  while (position < limit) {
    const Result<std::uint64_t> end = batch_end(position);
    if (!end) return end;
    if (*end > limit) break;
    position = *end;
  }
  return position;
}

Result<std::uint64_t> Segment::batch_end(std::uint64_t start) {
  if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  const SegmentIndex::Interval run = index_.find_position(summary_, start);
  if (run.single()) return run.end;
  const Result<BatchHeader> header = read_header(start);
  if (!header) return header.error();
  return start + header->size;
}

Result<std::optional<TimestampedOffset>> Segment::find_timestamp(std::int64_t timestamp, Offset from) {
  std::optional<TimestampedOffset> none;
  if (summary_.size == 0 || summary_.newest.timestamp < timestamp || from >= summary_.end) return none;
  if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  const std::optional<SegmentIndex::Interval> run = index_.find_timestamp(summary_, timestamp);
  if (!run) return none;
  // Part of the segment may be deleted: the index may know the time only from there.
  const Offset first = std::max(from, run->offset);
  return walk_for_timestamp(timestamp, from, first == run->offset ? *run : index_.find(summary_, first));
}

Result<std::optional<TimestampedOffset>> Segment::walk_for_timestamp(std::int64_t timestamp, Offset from,
                                                                     SegmentIndex::Interval run) {
  const Result<std::shared_ptr<File>> opened = file();
  if (!opened) return opened.error();
  BatchScanner scanner(**opened, run.position, summary_.size, run.offset, BatchScanner::Checksums::trust);
  for (;;) {
    const Result<std::optional<BatchHeader>> header = scanner.next();
    if (!header) return header.error();
    if (!*header) break;
    const BatchHeader& batch = **header;
    if (batch.end_offset() <= from || batch.max_timestamp < timestamp) continue;
    std::string bytes(batch.size, '\0');
    if (const Result<void> read = (*opened)->read_at(scanner.position() - batch.size, bytes); !read)
      return read.error();
    const RecordAtTime record = find_record(batch, bytes, timestamp, from);
    // What cannot be read is somewhere in its batch: readers begin with that in any case.
    if (!record.readable)
      return std::optional<TimestampedOffset>({std::max(from, batch.base_offset), batch.max_timestamp});
    if (record.found) return record.found;
  }
  return std::optional<TimestampedOffset>();
}

Result<TimestampedOffset> Segment::newest_in(Offset from, Offset until) {
  if (from >= summary_.end || until <= summary_.base) return TimestampedOffset();
  if (from <= summary_.newest.offset && summary_.newest.offset < until) return summary_.newest;
  const Result<std::shared_ptr<File>> opened = file();
  if (!opened) return opened.error();
  if (const Result<void> loaded = load_index(); !loaded) return loaded.error();
  const SegmentIndex::Interval run = index_.find(summary_, from);
  BatchScanner scanner(**opened, run.position, summary_.size, run.offset, BatchScanner::Checksums::trust);
  TimestampedOffset newest;
  for (;;) {
    const Result<std::optional<BatchHeader>> header = scanner.next();
    if (!header) return header.error();
    if (!*header) break;
    const BatchHeader& batch = **header;
    if (batch.base_offset >= until) break;
    if (batch.end_offset() <= from || (newest.offset >= 0 && batch.max_timestamp <= newest.timestamp)) continue;
    newest = {std::max(from, batch.base_offset), batch.max_timestamp};
  }
  return newest;
}

}  // namespace weir::embedded::broker::storage
