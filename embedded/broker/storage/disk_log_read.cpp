#include "embedded/broker/storage/disk_log.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {

using wire::ErrorCode;

namespace {
constexpr std::string_view kCannotRead = "cannot read a partition";
}  // namespace

std::size_t DiskLog::segment_of(Offset offset) const {
  const auto above = std::ranges::upper_bound(segments_, offset, {},
                                              [](const std::unique_ptr<Segment>& each) { return each->base(); });
  return static_cast<std::size_t>(above - segments_.begin()) - 1;
}

std::uint64_t DiskLog::visible_end(const Segment& segment) const {
  return segment.base() == visible_.segment ? visible_.position : segment.size();
}

std::optional<std::uint64_t> DiskLog::resting_position(const Segment& segment, Offset offset) const {
  if (offset == segment.base()) return 0;
  if (offset == segment.end()) return segment.size();
  for (const Resting& resting : resting_) {
    if (resting.offset == offset) return resting.position;
  }
  return std::nullopt;
}

void DiskLog::rest_at(Offset offset, std::uint64_t position) {
  // Many readers rest at the same place: the end.
  if (std::ranges::find(resting_, offset, &Resting::offset) != resting_.end()) return;
  resting_[next_resting_] = {offset, position};
  next_resting_ = (next_resting_ + 1) % resting_.size();
}

Fetched DiskLog::read(Offset from, std::uint32_t max_bytes, bool at_least_one) {
  Fetched fetched;
  fetched.error = refusal();
  if (fetched.error != ErrorCode::none) return fetched;
  if (from < log_start_ || from > end_) {
    fetched.error = ErrorCode::offset_out_of_range;
    return fetched;
  }
  std::uint64_t budget = max_bytes;
  Offset at = from;
  for (std::size_t i = at < visible_.offset ? segment_of(at) : segments_.size(); at < visible_.offset; ++i) {
    Segment& segment = *segments_[i];
    const std::uint64_t limit = visible_end(segment);
    const std::optional<std::uint64_t> known = resting_position(segment, at);
    const Result<std::uint64_t> start = known ? Result<std::uint64_t>(*known) : segment.locate(at);
    if (!start) {
      complain(kCannotRead, start.error());
      fetched.error = ErrorCode::kafka_storage_error;
      return fetched;
    }
    const bool whole = limit - *start <= budget;
    Result<std::uint64_t> end = whole ? Result<std::uint64_t>(limit) : segment.boundary(*start, *start + budget);
    if (end && *end == *start && at_least_one && fetched.records.slices.empty()) end = segment.batch_end(*start);
    const Result<std::shared_ptr<File>> file = segment.file();
    if (!end || !file) {
      complain(kCannotRead, end ? file.error() : end.error());
      fetched.error = ErrorCode::kafka_storage_error;
      return fetched;
    }
    if (*end == *start) break;
    fetched.records.slices.push_back({*file, *start, static_cast<std::uint32_t>(*end - *start)});
    if (!whole) break;
    budget -= *end - *start;
    at = segment.base() == visible_.segment ? visible_.offset : segment.end();
    if (at == visible_.offset) rest_at(at, *end);
  }
  return fetched;
}

std::uint64_t DiskLog::available(Offset from, std::uint64_t enough) const {
  if (state_ != State::open || from < log_start_ || from >= visible_.offset) return 0;
  std::size_t i = segment_of(from);
  const std::optional<std::uint64_t> known = resting_position(*segments_[i], from);
  std::uint64_t bytes = visible_end(*segments_[i]) - (known ? *known : segments_[i]->estimate(from));
  while (bytes < enough && segments_[i]->base() != visible_.segment) bytes += visible_end(*segments_[++i]);
  return std::min(bytes, enough);
}

std::optional<TimestampedOffset> DiskLog::find_timestamp(std::int64_t timestamp) {
  for (const std::unique_ptr<Segment>& segment : segments_) {
    const Result<std::optional<TimestampedOffset>> found = segment->find_timestamp(timestamp, log_start_);
    if (!found) {
      complain(kCannotRead, found.error());
      return std::nullopt;
    }
    if (*found) return (*found)->offset < visible_.offset ? *found : std::nullopt;
  }
  return std::nullopt;
}

std::optional<TimestampedOffset> DiskLog::newest_timestamp() {
  if (visible_.newest.offset < log_start_) {
    // The batch that had it was deleted.
    if (newest_.offset < log_start_) newest_ = newest_in(log_start_, end_);
    visible_.newest = newest_in(log_start_, visible_.offset);
  }
  if (visible_.newest.offset < 0) return std::nullopt;
  // What is kept is its batch.
  Segment& segment = *segments_[segment_of(visible_.newest.offset)];
  const Result<std::optional<TimestampedOffset>> record =
      segment.find_timestamp(visible_.newest.timestamp, visible_.newest.offset);
  return record && *record ? **record : visible_.newest;
}

TimestampedOffset DiskLog::newest_in(Offset from, Offset until) {
  TimestampedOffset newest;
  for (const std::unique_ptr<Segment>& segment : segments_) {
    const Result<TimestampedOffset> here = segment->newest_in(from, until);
    if (!here) {
      complain(kCannotRead, here.error());
    } else if (here->offset >= 0 && (newest.offset < 0 || here->timestamp > newest.timestamp)) {
      newest = *here;
    }
  }
  return newest;
}

PartitionLog::EpochEnd DiskLog::end_of_epoch(std::int32_t epoch) const {
  const EpochTable::End end = epochs_.end_of(epoch, visible_.offset);
  return {end.epoch, end.end};
}

}  // namespace weir::embedded::broker::storage
