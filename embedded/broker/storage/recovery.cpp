#include "embedded/broker/storage/recovery.hpp"

#include "embedded/broker/storage/batch_scanner.hpp"
#include "embedded/broker/storage/snapshots.hpp"
#include "pipeline/log.hpp"

#include <algorithm>
#include <limits>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::uint64_t kWriteAgainBytes = std::uint64_t{1} << 20;

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
  Result<void> remove_files(const FoundSegment& found);
  Result<void> read_what_is_durable();
  Result<void> walk_segments();
  Result<void> judge_end();
  Result<void> admit_loss(Offset intact_to);
  Result<void> cut();
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

Result<Recovered> Recovery::run() {
  if (const auto done = find_segments(); !done) return done.error();
  if (const auto done = read_log_start(); !done) return done.error();
  if (const auto done = drop_below_log_start(); !done) return done.error();
  if (const auto done = read_what_is_durable(); !done) return done.error();
  if (const auto done = walk_segments(); !done) return done.error();
  if (const auto done = judge_end(); !done) return done.error();
  if (const auto done = settle_producers(); !done) return done.error();
  if (const auto done = make_durable(); !done) return done.error();
  for (const std::unique_ptr<Segment>& segment : result_.segments) {
    for (const EpochStart& epoch : segment->summary().epochs) result_.epochs.add(epoch.epoch, epoch.start);
  }
  result_.epochs.forget_before(result_.log_start);
  return std::move(result_);
}

Result<void> Recovery::find_segments() {
  const Result<std::vector<std::string>> names = files_.list(place_.directory);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const auto base = parse_segment_file_name(name, ".log");
    if (!base) continue;
    FoundSegment found;
    found.base = *base;
    Result<std::shared_ptr<File>> file = files_.open(place_.directory / name, FileSystem::Mode::read);
    if (!file) return file.error();
    const Result<std::uint64_t> size = (*file)->size();
    if (!size) return size.error();
    found.size = *size;
    found_.push_back(std::move(found));
  }
  for (const std::string& name : *names) {
    const auto base = parse_segment_file_name(name, ".idx");
    if (!base) continue;
    const auto found = std::ranges::find(found_, *base, &FoundSegment::base);
    if (found == found_.end()) {  // of a segment that was removed
      if (const Result<void> removed = files_.remove(place_.directory / name); !removed) return removed;
      continue;
    }
    Result<std::optional<SegmentSummary>> indexed = read_index_summary(files_, place_.directory / name);
    if (!indexed) return indexed.error();
    if (*indexed && (*indexed)->base == *base) found->indexed = std::move(*indexed);
  }
  return {};
}

Result<void> Recovery::read_log_start() {
  if (!found_.empty()) result_.log_start = found_.front().base;
  const Result<std::optional<Offset>> stored = log_start_.read();
  if (!stored) return stored.error();
  if (!*stored) return {};
  const Offset start = **stored;
  // Segments go only after this file has been written: what begins above it has lost some.
  lost_begin_ = !found_.empty() && start < found_.front().base;
  if (lost_begin_ && !opening_.repair) {
    return Error(Errc::corrupt, "topic '" + place_.topic + "' partition " + std::to_string(place_.partition) +
                                    ": the segment of offset " + std::to_string(start) + " is missing in " +
                                    place_.directory.string() +
                                    ". Restore it from a backup, or start the broker with --repair to go on without.");
  }
  result_.log_start = std::max(result_.log_start, start);
  return {};
}

Result<void> Recovery::drop_below_log_start() {
  while (found_.size() > 1 && found_[1].base <= result_.log_start) {
    if (const Result<void> removed = remove_files(found_.front()); !removed) return removed;
    found_.erase(found_.begin());
  }
  return {};
}

Result<void> Recovery::remove_files(const FoundSegment& found) {
  SegmentSummary summary;
  summary.base = found.base;
  return Segment(files_, place_.directory, std::move(summary)).remove();
}

Result<void> Recovery::read_what_is_durable() {
  const Result<std::optional<RecoveryPoint::Value>> point = point_.read();
  if (!point) return point.error();
  durable_point_ = *point;
  if (durable_point_) durable_end_ = durable_point_->end;
  for (const FoundSegment& found : found_) {
    if (found.indexed) durable_end_ = std::max(durable_end_, found.indexed->end);
  }
  return {};
}

bool Recovery::trusted(std::size_t i) const {
  const FoundSegment& found = found_[i];
  if (!found.indexed || found.indexed->size != found.size) return false;
  const bool last = i + 1 == found_.size();
  if (!last && found.indexed->end != found_[i + 1].base) return false;
  if (opening_.repair) return false;  // it looks at everything
  if (opening_.clean) return true;
  return !last && (!durable_point_ || found.base < durable_point_->segment);
}

Result<void> Recovery::walk_segments() {
  Result<ProducerStates::Snapshot> snapshot =
      read_newest_snapshot(files_, place_.directory, files_begin(), std::numeric_limits<Offset>::max());
  if (!snapshot) return snapshot.error();
  result_.producers = std::move(snapshot->states);
  producers_from_ = snapshot->end;

  if (!found_.empty()) result_.end = found_.front().base;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    FoundSegment& found = found_[i];
    if (found.size == 0 && found.base < result_.end) {
      // Of a roll that was given up: what followed went into the segment before.
      if (const Result<void> removed = remove_files(found); !removed) return removed;
      found_.erase(found_.begin() + static_cast<std::ptrdiff_t>(i--));
      continue;
    }
    if (found.base != result_.end) {
      good_.fault = "the segment that should follow, of offset " + std::to_string(result_.end) + ", is missing";
      return {};
    }
    SegmentSummary summary;
    summary.base = summary.end = found.base;
    const bool sealed = trusted(i);
    if (sealed) {
      summary = *found.indexed;
      if (const Result<void> fed = feed_producers(i); !fed) return fed;
      result_.segments.push_back(std::make_unique<Segment>(files_, place_.directory, std::move(summary)));
      result_.segments.back()->set_sealed();
    } else {
      SegmentIndex index;
      const Result<bool> whole = scan(found, BatchScanner::Checksums::check, &summary, &index);
      if (!whole) return whole.error();
      result_.segments.push_back(std::make_unique<Segment>(files_, place_.directory, summary));
      result_.segments.back()->adopt(std::move(summary), std::move(index));
    }
    result_.end = result_.segments.back()->end();
    good_.segment = i;
    good_.position = result_.segments.back()->size();
    if (!good_.fault.empty()) return {};
  }
  return {};
}

// True when all of it is good; else good_.fault says what is not.
Result<bool> Recovery::scan(FoundSegment& found, BatchScanner::Checksums checksums, SegmentSummary* summary,
                            SegmentIndex* index) {
  Result<std::shared_ptr<File>> file =
      files_.open(place_.directory / segment_file_name(found.base, ".log"), FileSystem::Mode::read);
  if (!file) return file.error();
  BatchScanner scanner(**file, 0, found.size, found.base, checksums);
  for (;;) {
    const Result<std::optional<BatchHeader>> header = scanner.next();
    if (!header) return header.error();
    if (!*header) break;
    if (index != nullptr) {
      index->add(*summary, **header);
      summary->add(**header);
    }
    if ((*header)->base_offset >= producers_from_) result_.producers.record(**header, now_ms_);
  }
  if (index != nullptr) good_.fault = scanner.fault();
  return scanner.fault().empty();
}

Result<void> Recovery::feed_producers(std::size_t i) {
  if (found_[i].indexed->end <= producers_from_) return {};
  const Result<bool> whole = scan(found_[i], BatchScanner::Checksums::trust, nullptr, nullptr);
  if (!whole) return whole.error();
  return {};
}

Error Recovery::damaged() const {
  std::string message = "topic '" + place_.topic + "' partition " + std::to_string(place_.partition) + ": ";
  if (found_.empty()) {
    message += place_.directory.string() + " holds no segment";
  } else {
    message += (place_.directory / segment_file_name(found_[good_.segment].base, ".log")).string() +
               " is damaged at byte " + std::to_string(good_.position) + " (" +
               (good_.fault.empty() ? "it ends there" : good_.fault) + ")";
  }
  return Error(Errc::corrupt,
               message + ", though offsets " + std::to_string(result_.end) + " to " + std::to_string(durable_end_ - 1) +
                   " were safely on disk. Restore the file from a backup, or start the broker with --repair to cut "
                   "the log there and lose them.");
}

Result<void> Recovery::judge_end() {
  // What was deleted need not be there.
  const Offset intact_to = std::max(result_.end, result_.log_start);
  if (intact_to < durable_end_) {
    if (!opening_.repair) return damaged();
    if (const Result<void> done = admit_loss(intact_to); !done) return done;
  }
  if (!good_.fault.empty()) {
    if (const Result<void> done = cut(); !done) return done;
  }
  if (result_.end < result_.log_start) {
    // All that is left was deleted before: the log goes on where it may be read from.
    for (; !result_.segments.empty(); result_.segments.pop_back()) {
      if (const Result<void> removed = result_.segments.back()->remove(); !removed) return removed;
    }
    result_.end = producers_from_ = result_.log_start;
    result_.producers = {};
  }
  return {};
}

Result<void> Recovery::admit_loss(Offset intact_to) {
  lost_durable_ = true;
  log::warn("a damaged log goes on without what it lost, as asked", {{"topic", place_.topic},
                                                                     {"partition", place_.partition},
                                                                     {"lost_from", intact_to},
                                                                     {"lost_to", durable_end_ - 1},
                                                                     {"directory", place_.directory.string()}});
  if (result_.segments.empty() || !found_[good_.segment].indexed) return {};
  // The index of what is now the last segment would say that the lost bytes are there.
  found_[good_.segment].indexed.reset();
  return files_.remove(result_.segments.back()->index_path());
}

Result<void> Recovery::cut() {
  const FoundSegment& torn = found_[good_.segment];
  std::uint64_t bytes = torn.size - good_.position;
  for (std::size_t i = found_.size() - 1; i > good_.segment; --i) {
    bytes += found_[i].size;
    if (const Result<void> removed = remove_files(found_[i]); !removed) return removed;
  }
  Segment& last = *result_.segments.back();
  if (const Result<void> synced = files_.sync_directory(place_.directory); !synced) return synced;
  const Result<std::shared_ptr<File>> file = files_.open(last.log_path(), FileSystem::Mode::read_write);
  if (!file) return file.error();
  if (const Result<void> shorter = (*file)->truncate(good_.position); !shorter) return shorter;
  if (const Result<void> synced = (*file)->sync(); !synced) return synced;
  log::warn(lost_durable_ ? "a damaged log was cut where the damage begins"
                          : "the end of a log was cut off: a write had not been finished when the broker stopped",
            {{"topic", place_.topic},
             {"partition", place_.partition},
             {"offset", result_.end},
             {"file", last.log_path().string()},
             {"position", good_.position},
             {"bytes", bytes},
             {"reason", good_.fault}});
  return {};
}

Result<void> Recovery::settle_producers() {
  if (producers_from_ > result_.end) {
    // The newest snapshot tells of batches that are gone.
    Result<ProducerStates::Snapshot> snapshot =
        read_newest_snapshot(files_, place_.directory, files_begin(), result_.end);
    if (!snapshot) return snapshot.error();
    result_.producers = std::move(snapshot->states);
    producers_from_ = snapshot->end;
    for (std::size_t i = 0; i < result_.segments.size(); ++i) {
      FoundSegment left;
      left.base = result_.segments[i]->base();
      left.size = result_.segments[i]->size();
      if (result_.segments[i]->end() <= producers_from_) continue;
      const Result<bool> whole = scan(left, BatchScanner::Checksums::trust, nullptr, nullptr);
      if (!whole) return whole.error();
    }
  }
  return prune_snapshots(files_, place_.directory, result_.end);
}

Result<void> Recovery::make_durable() {
  if (lost_begin_) {
    if (const Result<void> stored = log_start_.write(result_.log_start); !stored) return stored;
  }
  if (result_.segments.empty()) {
    return lost_durable_ ? point_.write_durably({result_.end, result_.end, 0}) : Result<void>();
  }
  if (!opening_.clean || result_.end > durable_end_ || lost_durable_) {
    // What a killed broker left in the kernel's memory was never promised, but will be shown from now on.
    for (const std::unique_ptr<Segment>& segment : result_.segments) {
      if (segment->end() <= durable_end_ && !lost_durable_) continue;
      if (const Result<void> written = write_again(*segment); !written) return written;
    }
    std::filesystem::path directory = place_.directory;
    for (int level = 0; level < 3; ++level, directory = directory.parent_path()) {  // partition, topic, topics
      if (const Result<void> synced = files_.sync_directory(directory); !synced) return synced;
    }
  }
  if (const Result<void> stored = store_indexes(); !stored) return stored;
  const Segment& last = *result_.segments.back();
  const RecoveryPoint::Value value{result_.end, last.base(), last.size()};
  if (lost_durable_) return point_.write_durably(value);
  if (durable_point_ && durable_point_->end == value.end && durable_point_->segment == value.segment) return {};
  return point_.write(value);
}

// To sync is not enough: where a sync failed before, the kernel takes pages for written that never reached the disk,
// and the next sync passes over them. Writing the same bytes once more makes it try again.
Result<void> Recovery::write_again(const Segment& segment) {
  const Result<std::shared_ptr<File>> file = files_.open(segment.log_path(), FileSystem::Mode::read_write);
  if (!file) return file.error();
  const bool from_point = durable_point_ && durable_point_->segment == segment.base();
  std::uint64_t position = from_point ? std::min(durable_point_->position, segment.size()) : 0;
  std::string bytes;
  for (; position < segment.size(); position += bytes.size()) {
    bytes.resize(std::min(kWriteAgainBytes, segment.size() - position));
    if (const Result<void> got = (*file)->read_at(position, bytes); !got) return got;
    const std::string_view parts[] = {bytes};
    if (const Result<void> written = (*file)->write_at(position, parts); !written) return written;
  }
  return (*file)->sync();
}

Result<void> Recovery::store_indexes() {
  for (std::size_t i = 0; i + 1 < result_.segments.size(); ++i) {
    Segment& segment = *result_.segments[i];
    if (found_[i].indexed && found_[i].indexed->size == segment.size()) {
      segment.set_sealed();
      continue;
    }
    const Result<void> stored = segment.seal();
    // On a full disk the log serves without: the next start reads the segment once more.
    if (!stored && !is_disk_full(stored.error())) return stored;
  }
  return {};
}

}  // namespace

Result<Recovered> recover(FileSystem& files, RecoveryPoint& point, LogStartFile& log_start,
                          const PartitionLog::Place& place, const PartitionLog::Opening& opening, std::int64_t now_ms) {
  return Recovery(files, point, log_start, place, opening, now_ms).run();
}

}  // namespace weir::embedded::broker::storage
