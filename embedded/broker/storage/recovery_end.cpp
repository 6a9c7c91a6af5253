#include "embedded/broker/storage/recovery_steps.hpp"
#include "embedded/broker/storage/snapshots.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>
#include <functional>

namespace weir::embedded::broker::storage {

namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;

// Reads the range in pieces, up to the first failure of either side.
Result<void> for_each_piece(const File& file, std::uint64_t from, std::uint64_t to,
                            const std::function<Result<void>(std::uint64_t position, std::string_view bytes)>& take) {
  std::string bytes;
  for (std::uint64_t position = from; position < to; position += bytes.size()) {
    bytes.resize(std::min(kPieceBytes, to - position));
    if (const Result<void> got = file.read_at(position, bytes); !got) return got;
    if (const Result<void> taken = take(position, bytes); !taken) return taken;
  }
  return {};
}

std::filesystem::path damaged_name(std::filesystem::path path) {
  return path += ".damaged";
}

}  // namespace

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
    const Result<void> gone = lost_durable_ ? put_aside(found_[i]) : segment_of(found_[i]).remove();
    if (!gone) return gone;
  }
  Segment& last = *result_.segments.back();
  if (lost_durable_) {
    if (const Result<void> copied = copy_tail(last.log_path(), good_.position, torn.size); !copied) return copied;
  }
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
  const Result<void> noted = point_.write(value);
  if (!noted && !is_disk_full(noted.error())) return noted;
  return {};  // the next start looks once more from where it says now
}

// What a repair takes out of the log stays beside it, for somebody who can make something of it.
Result<void> Recovery::put_aside(const FoundSegment& found) {
  const Segment segment = segment_of(found);
  const std::filesystem::path path = segment.log_path();
  if (found.indexed) {
    if (const Result<void> removed = files_.remove(segment.index_path()); !removed) return removed;
  }
  return files_.rename(path, damaged_name(path));
}

Result<void> Recovery::copy_tail(const std::filesystem::path& path, std::uint64_t from, std::uint64_t to) {
  const Result<std::shared_ptr<File>> file = files_.open(path, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::shared_ptr<File>> copy = files_.open(damaged_name(path), FileSystem::Mode::create);
  if (!copy) return copy.error();
  if (const Result<void> emptied = (*copy)->truncate(0); !emptied) return emptied;
  const Result<void> copied = for_each_piece(**file, from, to, [&](std::uint64_t position, std::string_view bytes) {
    const std::string_view parts[] = {bytes};
    return (*copy)->write_at(position - from, parts);
  });
  return copied ? (*copy)->sync() : copied;
}

// To sync is not enough: where a sync failed before, the kernel takes pages for written that never reached the disk,
// and the next sync passes over them. Writing the same bytes once more makes it try again.
Result<void> Recovery::write_again(const Segment& segment) {
  const Result<std::shared_ptr<File>> file = files_.open(segment.log_path(), FileSystem::Mode::read_write);
  if (!file) return file.error();
  const bool from_point = durable_point_ && durable_point_->segment == segment.base();
  const std::uint64_t from = from_point ? std::min(durable_point_->position, segment.size()) : 0;
  const Result<void> written =
      for_each_piece(**file, from, segment.size(), [&](std::uint64_t at, std::string_view bytes) {
        const std::string_view parts[] = {bytes};
        return (*file)->write_at(at, parts);
      });
  return written ? (*file)->sync() : written;
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

}  // namespace weir::embedded::broker::storage
