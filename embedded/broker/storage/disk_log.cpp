#include "embedded/broker/storage/disk_log.hpp"

#include "embedded/broker/storage/snapshots.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;

// Positions in the index have 32 bits, and so have sizes of slices.
constexpr std::uint64_t kMostSegmentBytes = std::numeric_limits<std::int32_t>::max();
constexpr Offset kMostOffsetsPerSegment = std::numeric_limits<std::int32_t>::max();

constexpr std::string_view kDiskFailed = "the partition's disk failed; the broker's log says how";

Appended refused(ErrorCode error, std::string message) {
  Appended answer;
  answer.error = error;
  answer.message = std::move(message);
  return answer;
}

}  // namespace

Result<std::unique_ptr<PartitionLog>> PartitionLog::open(FileSystem& files, Flusher& flusher, const Clock& clock,
                                                         Place place, LogSettings settings, Opening opening) {
  auto log = std::make_unique<DiskLog>(files, flusher, clock, std::move(place), settings);
  if (const Result<void> started = log->start(opening); !started) return started.error();
  return std::unique_ptr<PartitionLog>(std::move(log));
}

DiskLog::DiskLog(FileSystem& files, Flusher& flusher, const Clock& clock, Place place, LogSettings settings)
    : files_(files),
      flusher_(flusher),
      clock_(clock),
      place_(std::move(place)),
      settings_(settings),
      point_(files, place_.directory / kRecoveryPointFile),
      log_start_file_(files, place_.directory / kLogStartFile),
      self_(std::make_shared<DiskLog*>(this)) {
  set_settings(settings);
}

DiskLog::~DiskLog() {
  self_.reset();
}

Result<void> DiskLog::start(const Opening& opening) {
  Result<Recovered> recovered = recover(files_, point_, log_start_file_, place_, opening, wall_ms());
  if (!recovered) return recovered.error();
  segments_ = std::move(recovered->segments);
  log_start_ = recovered->log_start;
  end_ = recovered->end;
  epochs_ = std::move(recovered->epochs);
  producers_ = std::move(recovered->producers);
  // The epoch counts from here at once, though no batch has it yet: that is how clients find out that the log was cut.
  leader_epoch_ = std::max(opening.leader_epoch, epochs_.newest());
  epochs_.add(leader_epoch_, end_);
  for (const std::unique_ptr<Segment>& segment : segments_) {
    size_ += segment->size();
    const TimestampedOffset& newest = segment->summary().newest;
    if (newest.offset >= 0 && (newest_.offset < 0 || newest.timestamp > newest_.timestamp)) newest_ = newest;
  }
  if (!segments_.empty() && active().size() > 0) {
    const std::int64_t first = active().summary().first_timestamp;
    segment_began_ms_ = first < 0 ? wall_ms() : std::min(wall_ms(), first);
  }
  retained_ms_ = wall_ms();
  if (end_ > log_start_) {
    // Deleting syncs: logs that were opened together do not all look in the same moment.
    const auto check_ms = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.retention_check).count();
    const std::size_t spread = std::hash<std::string>()(place_.directory.string());
    retained_ms_ -= static_cast<std::int64_t>(spread % static_cast<std::size_t>(check_ms + 1));
  }
  synced_ = visible_ = reach();
  watermark_.reset(end_);
  return {};
}

std::int64_t DiskLog::wall_ms() const {
  return clock_.wall_now().time_since_epoch().count();
}

DiskLog::Reach DiskLog::reach() const {
  if (segments_.empty()) return {end_, end_, 0, newest_};
  return {end_, active().base(), active().size(), newest_};
}

ErrorCode DiskLog::refusal() const {
  switch (state_) {
    case State::open:
      return ErrorCode::none;
    case State::abandoned:
      return ErrorCode::unknown_topic_or_partition;
    case State::failed:
    case State::closed:
      break;
  }
  return ErrorCode::kafka_storage_error;
}

Appended DiskLog::append(std::string_view batch) {
  if (const ErrorCode error = refusal(); error != ErrorCode::none) {
    return refused(error, std::string(state_ == State::failed ? kDiskFailed : "the partition is not open any more"));
  }
  BatchVerdict checked = check_produced(batch, limits_);
  if (checked.error != ErrorCode::none) return refused(checked.error, std::move(checked.message));
  const BatchHeader& header = checked.header;
  if (header.count > std::numeric_limits<Offset>::max() - end_) {
    return refused(ErrorCode::invalid_record, "the partition has no offsets left for that many records");
  }
  if (header.has_producer()) {
    ProducerStates::Verdict verdict = producers_.check(header);
    if (verdict.error != ErrorCode::none) return refused(verdict.error, std::move(verdict.message));
    if (verdict.duplicate) {
      Appended answer;
      answer.base_offset = verdict.base_offset;
      answer.end_offset = verdict.end_offset;
      answer.append_time_ms = settings_.append_time ? verdict.timestamp : -1;
      answer.duplicate = true;
      return answer;
    }
  }
  if (const Result<void> room = make_room(header); !room) return no_room(room.error());

  StampedBatch stamped(batch, header);
  stamped.set_position(end_, leader_epoch_);
  if (settings_.append_time) stamped.set_append_time(wall_ms());
  if (active().size() == 0) segment_began_ms_ = wall_ms();
  const auto parts = stamped.parts();
  if (const Result<void> written = active().append(stamped.header(), parts); !written) {
    return not_written(written.error());
  }
  if (std::exchange(full_, false)) {
    log::info("there is room on the disk again", {{"topic", place_.topic}, {"partition", place_.partition}});
  }
  Appended answer;
  answer.base_offset = end_;
  answer.end_offset = end_ = stamped.header().end_offset();
  if (settings_.append_time) answer.append_time_ms = stamped.header().max_timestamp;
  size_ += header.size;
  if (newest_.offset < 0 || stamped.header().max_timestamp > newest_.timestamp) {
    newest_ = {answer.base_offset, stamped.header().max_timestamp};
  }
  if (header.has_producer()) producers_.record(stamped.header(), wall_ms());

  if (settings_.fsync == Fsync::always) {
    request_sync(active(), reach(), false);
  } else {
    show(reach());
  }
  return answer;
}

Result<void> DiskLog::make_room(const BatchHeader& header) {
  const bool begin =
      segments_.empty() || (active().size() > 0 && (active().size() + header.size > limits_.segment_bytes ||
                                                    end_ - active().base() > kMostOffsetsPerSegment - header.count));
  if (begin) return begin_segment();
  if (writable_) return {};
  const Result<std::shared_ptr<File>> opened = active().open_for_write();
  if (!opened) return opened.error();
  writable_ = true;
  return {};
}

Result<void> DiskLog::begin_segment() {
  const bool first = segments_.empty();
  if (first) {
    if (const Result<void> made = files_.make_directories(place_.directory); !made) return made;
  } else if (const Result<void> prepared = log_start_file_.prepare(log_start_); !prepared) {
    return prepared;  // from here on there is something that retention may have to delete on a full disk
  }
  SegmentSummary summary;
  summary.base = summary.end = end_;
  auto segment = std::make_unique<Segment>(files_, place_.directory, std::move(summary));
  if (const Result<void> made = make_segment_file(*segment, first); !made) {
    // Until it holds something, a file in the middle of what other segments will hold would look like damage.
    static_cast<void>(files_.remove(segment->log_path()));
    return made;
  }
  if (!first) {
    // A start can do without either; the index of the old segment comes when its bytes are durable.
    static_cast<void>(write_snapshot(files_, place_.directory, end_, producers_));
    static_cast<void>(prune_snapshots(files_, place_.directory, end_));
    request_sync(active(), reach(), true);
  }
  segments_.push_back(std::move(segment));
  writable_ = true;
  return {};
}

Result<void> DiskLog::make_segment_file(Segment& segment, bool first) {
  if (const Result<std::shared_ptr<File>> opened = segment.open_for_write(); !opened) return opened.error();
  if (const Result<void> emptied = segment.cut(); !emptied) return emptied;  // of an attempt that failed half-way
  if (first) store_point();
  const int unsynced_before = std::exchange(unsynced_levels_, std::max(unsynced_levels_, first ? 3 : 1));
  if (settings_.fsync == Fsync::never) return {};
  const Result<void> kept = sync_directories();
  if (kept) return kept;
  if (is_out_of_descriptors(kept.error())) {
    unsynced_levels_ = unsynced_before;
  } else {
    fail("making a segment durable", kept.error());
  }
  return kept;
}

Result<void> DiskLog::sync_directories() {
  std::filesystem::path directory = place_.directory;
  for (; unsynced_levels_ > 0; --unsynced_levels_, directory = directory.parent_path()) {
    if (const Result<void> kept = files_.sync_directory(directory); !kept) return kept;
  }
  return {};
}

Appended DiskLog::no_room(const Error& error) {
  if (state_ == State::failed) return refused(ErrorCode::kafka_storage_error, std::string(kDiskFailed));
  if (is_disk_full(error)) {
    retained_ms_ = 0;  // what may go goes now
    if (!std::exchange(full_, true)) {
      log::error("a partition takes no records: the disk is full. Make room; it goes on by itself",
                 {{"topic", place_.topic}, {"partition", place_.partition}, {"error", error.message()}});
    }
    return refused(ErrorCode::kafka_storage_error, "the broker's disk is full");
  }
  complain("a partition takes no records: its files cannot be opened. It goes on by itself when they can", error);
  return refused(ErrorCode::kafka_storage_error, "the partition's files cannot be opened; the broker's log says why");
}

Appended DiskLog::not_written(const Error& error) {
  if (!is_disk_full(error)) {
    fail("writing", error);
  } else if (const Result<void> cut = active().cut(); !cut) {
    fail("taking back a partial write", cut.error());
  }
  return no_room(error);
}

void DiskLog::request_sync(Segment& segment, const Reach& upto, bool seal) {
  const std::uint64_t round = flusher_.coming_round();
  if (!asked_.empty()) {
    Asked& last = asked_.back();
    if (round != 0 && last.round == round && last.upto.segment == segment.base()) {
      // The round has not begun: it takes this write along.
      last.upto = upto;
      last.seal = seal;
      return;
    }
  }
  const Result<std::shared_ptr<File>> file = segment.file();
  if (!file) return fail("opening a segment to sync it", file.error());
  asked_.push_back({upto, round, seal});
  flusher_.sync(*file, [self = std::weak_ptr<DiskLog*>(self_)](const Result<void>& result) {
    if (const std::shared_ptr<DiskLog*> log = self.lock()) (*log)->synced(result);
  });
}

// Syncs come back in the order in which they were asked for, those of older segments first: so everything below `upto`
// is durable, not only what stands in that file.
void DiskLog::synced(const Result<void>& result) {
  const Asked done = std::move(asked_.front());
  asked_.pop_front();
  if (state_ != State::open) return;
  if (!result) return fail("making records durable", result.error());
  // A durable file is worth nothing while its name may go.
  if (const Result<void> kept = sync_directories(); !kept) {
    if (settings_.fsync == Fsync::always || !is_out_of_descriptors(kept.error()))
      fail("making records durable", kept.error());
    return;  // nobody waits for it; the next sync tries again
  }
  if (done.upto.offset > synced_.offset) {
    synced_ = done.upto;
    // Before anybody hears of it: what was acknowledged must never look like a torn tail.
    store_point();
  }
  if (done.seal) {
    const auto segment = std::ranges::find(segments_, done.upto.segment, [](const auto& each) { return each->base(); });
    if (segment != segments_.end()) static_cast<void>((*segment)->seal());  // a start can make the index anew
  }
  if (settings_.fsync == Fsync::always) show(synced_);
}

void DiskLog::store_point() {
  const Result<void> written = point_.write({synced_.offset, synced_.segment, synced_.position});
  if (written) return;
  complain("cannot note how far a log is durable: damage may be taken for a torn tail at the next start",
           written.error());
}

void DiskLog::complain(std::string_view what, const Error& error) {
  std::uint64_t suppressed = 0;
  if (!complaints_.allow(to_milliseconds(clock_.now()), &suppressed)) return;
  log::error(what, {{"topic", place_.topic},
                    {"partition", place_.partition},
                    {"error", error.message()},
                    {"suppressed", suppressed}});
}

void DiskLog::show(const Reach& upto) {
  if (upto.offset <= visible_.offset) return;
  visible_ = upto;
  watermark_.raise(upto.offset);
}

void DiskLog::fail(std::string_view doing, const Error& error) {
  if (state_ != State::open) return;
  state_ = State::failed;
  log::error("a partition has failed and serves nothing any more: repair the disk, then start the broker again",
             {{"topic", place_.topic}, {"partition", place_.partition}, {"while", doing}, {"error", error.message()}});
  watermark_.fail(ErrorCode::kafka_storage_error);
}

void DiskLog::set_settings(LogSettings settings) {
  settings_ = settings;
  limits_.batch_bytes = settings.max_batch_bytes;
  limits_.segment_bytes = std::clamp<std::uint64_t>(settings.segment_bytes, 1, kMostSegmentBytes);
  if (state_ != State::open || segments_.empty()) return;
  if (settings.fsync != Fsync::always) {
    show(reach());
  } else if (end_ > synced_.offset) {
    request_sync(active(), reach(), false);
  }
}

}  // namespace weir::embedded::broker::storage
