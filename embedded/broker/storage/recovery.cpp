#include "embedded/broker/storage/recovery_steps.hpp"
#include "embedded/broker/storage/snapshots.hpp"

#include <algorithm>
#include <limits>

namespace weir::embedded::broker::storage {

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
  if (!*stored) {
    // It is made before the second segment.
    lost_begin_ = found_.size() > 1;
    if (!lost_begin_ || opening_.repair) return {};
    return Error(Errc::corrupt, "topic '" + place_.topic + "' partition " + std::to_string(place_.partition) +
                                    ": the file " + std::string(kLogStartFile) + " is missing or damaged in " +
                                    place_.directory.string() +
                                    ", so that nobody knows which records were deleted. Restore it from a backup, or "
                                    "start the broker with --repair to serve all that is there.");
  }
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
  const auto any_is_below = [this] {
    return found_.size() > 1 && found_[1].base <= result_.log_start;
  };
  // Before anything goes: the file that was found may stand in the page cache alone (slot_file.hpp).
  if (any_is_below()) {
    if (const Result<void> stored = log_start_.prepare(result_.log_start); !stored) return stored;
  }
  while (any_is_below()) {
    if (const Result<void> removed = segment_of(found_.front()).remove(); !removed) return removed;
    found_.erase(found_.begin());
  }
  return {};
}

// As what its files can be named and removed by.
Segment Recovery::segment_of(const FoundSegment& found) const {
  SegmentSummary summary;
  summary.base = found.base;
  return Segment(files_, place_.directory, std::move(summary));
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
      if (const Result<void> removed = segment_of(found).remove(); !removed) return removed;
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

Result<Recovered> recover(FileSystem& files, RecoveryPoint& point, LogStartFile& log_start,
                          const PartitionLog::Place& place, const PartitionLog::Opening& opening, std::int64_t now_ms) {
  return Recovery(files, point, log_start, place, opening, now_ms).run();
}

}  // namespace weir::embedded::broker::storage
