#include "embedded/broker/storage/disk_log.hpp"
#include "embedded/broker/storage/retention.hpp"
#include "embedded/broker/storage/snapshots.hpp"

namespace weir::embedded::broker::storage {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kProducerIdleMs = milliseconds(std::chrono::hours(24)).count();
constexpr std::int64_t kRestEveryMs = milliseconds(std::chrono::minutes(1)).count();

// What only saves the next start some reading need not be stored on a full disk, or where no file can be opened.
bool is_dispensable(const Error& error) {
  return is_disk_full(error) || is_out_of_descriptors(error);
}

constexpr std::string_view kCannotDelete = "cannot delete old records of a partition";

}  // namespace

void DiskLog::tend() {
  if (state_ != State::open || segments_.empty()) return;
  const std::int64_t now_ms = wall_ms();
  const auto check_ms = std::chrono::duration_cast<milliseconds>(settings_.retention_check).count();
  if (now_ms - retained_ms_ >= check_ms) {
    retained_ms_ = now_ms;
    roll_when_due(now_ms);
    retain(now_ms);
  }
  if (state_ != State::open) return;
  if (now_ms < next_rest_ms_) return;
  next_rest_ms_ = now_ms + kRestEveryMs;
  producers_.expire(now_ms - kProducerIdleMs);
  for (const std::unique_ptr<Segment>& segment : segments_) {
    if (segment->sealed()) segment->rest();
  }
  const bool waits_for_sync = settings_.fsync != Fsync::never && (end_ > synced_.offset || !asked_.empty());
  if (!active().sealed() && !waits_for_sync && active().rest_file()) writable_ = false;
  if (synced_.offset == end_) point_.release();
  log_start_file_.release();
}

void DiskLog::sync() {
  if (state_ != State::open || segments_.empty()) return;
  const Offset asked = asked_.empty() ? synced_.offset : asked_.back().upto.offset;
  if (end_ > asked) request_sync(active(), reach(), false);
}

void DiskLog::roll_when_due(std::int64_t now_ms) {
  if (active().size() == 0) return;
  const auto age_ms = std::chrono::duration_cast<milliseconds>(settings_.segment_age).count();
  const bool due =
      now_ms - segment_began_ms_ >= age_ms || is_expired(active().summary(), settings_, now_ms) || log_start_ == end_;
  if (!due) return;
  if (const Result<void> begun = begin_segment(); !begun) static_cast<void>(no_room(begun.error()));
}

void DiskLog::retain(std::int64_t now_ms) {
  if (state_ != State::open) return;
  const std::size_t expired = count_expired(segments_, settings_, visible_.offset, now_ms);
  const Offset start = std::max(log_start_, segments_[expired]->base());
  if (start == log_start_ && (segments_.size() == 1 || segments_[1]->base() > log_start_)) return;
  if (const Result<void> raised = raise_log_start(start); !raised) complain(kCannotDelete, raised.error());
}

// The new start first, then the files: a start in between finds what is left over and drops it.
Result<void> DiskLog::raise_log_start(Offset offset) {
  bool changed = false;
  if (offset > log_start_) {
    if (const Result<void> stored = log_start_file_.write(offset); !stored) return stored;
    log_start_ = offset;
    epochs_.forget_before(offset);
    changed = true;
  }
  // Only what is known to be durable, so that no sync waits for a file that is gone.
  while (segments_.size() > 1 && segments_[1]->base() <= std::min(log_start_, synced_.offset)) {
    const std::uint64_t size = segments_.front()->size();
    if (const Result<void> removed = segments_.front()->remove(); !removed) return removed;
    size_ -= size;
    segments_.pop_front();
  }
  if (changed) watermark_.notify();
  return {};
}

PartitionLog::Deleted DiskLog::delete_before(Offset offset) {
  Deleted answer;
  answer.error = refusal();
  if (answer.error != wire::ErrorCode::none) return answer;
  if (offset == -1) offset = visible_.offset;
  if (offset < 0 || offset > visible_.offset) {
    answer.error = wire::ErrorCode::offset_out_of_range;
    return answer;
  }
  if (offset > log_start_) {
    if (const Result<void> raised = raise_log_start(offset); !raised) {
      complain(kCannotDelete, raised.error());
      if (log_start_ < offset) answer.error = wire::ErrorCode::kafka_storage_error;
    }
  }
  answer.log_start = log_start_;
  return answer;
}

Result<void> DiskLog::close() {
  if (state_ == State::closed || state_ == State::abandoned) return {};
  if (state_ == State::failed) {
    return Error(Errc::io, "topic '" + place_.topic + "' partition " + std::to_string(place_.partition) +
                               " had failed before: the next start will check its files");
  }
  if (const Result<void> stored = store_everything(); !stored) {
    fail("closing", stored.error());
    return stored;
  }
  synced_ = reach();
  show(synced_);
  state_ = State::closed;
  watermark_.fail(wire::ErrorCode::kafka_storage_error);
  point_.release();
  log_start_file_.release();
  return {};
}

Result<void> DiskLog::store_everything() {
  if (const Result<void> kept = sync_directories(); !kept) return kept;
  bool touched = false;
  for (const std::unique_ptr<Segment>& segment : segments_) {
    if (segment->sealed()) continue;
    touched = true;
    const Result<std::shared_ptr<File>> file = segment->file();
    if (!file) return file.error();
    if (const Result<void> synced = (*file)->sync(); !synced) return synced;
    if (const Result<void> sealed = segment->seal(); !sealed && !is_dispensable(sealed.error())) return sealed;
  }
  if (!touched) return {};
  const Reach all = reach();
  Result<void> stored = point_.write({all.offset, all.segment, all.position});
  if (stored) stored = write_snapshot(files_, place_.directory, end_, producers_);
  if (stored) stored = prune_snapshots(files_, place_.directory, end_);
  return !stored && is_dispensable(stored.error()) ? Result<void>() : stored;
}

void DiskLog::abandon() {
  if (state_ == State::abandoned) return;
  state_ = State::abandoned;
  watermark_.fail(wire::ErrorCode::unknown_topic_or_partition);
}

}  // namespace weir::embedded::broker::storage
