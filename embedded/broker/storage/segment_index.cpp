#include "embedded/broker/storage/segment_index.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {

void SegmentSummary::add(const BatchHeader& header) {
  if (size == 0) first_timestamp = header.max_timestamp;
  if (epochs.empty() || header.leader_epoch > epochs.back().epoch) {
    epochs.push_back({header.leader_epoch, header.base_offset});
  }
  if (newest.offset < 0 || header.max_timestamp > newest.timestamp) newest = {header.base_offset, header.max_timestamp};
  end = header.end_offset();
  size += header.size;
}

void SegmentIndex::add(const SegmentSummary& before, const BatchHeader& header) {
  // An entry where, without it, the run would reach the step: runs stay short, and large batches stand alone.
  if (entries_.empty() || before.size + header.size - entries_.back().position >= kIndexStep) {
    const std::int64_t newest = entries_.empty() ? header.max_timestamp : entries_.back().newest;
    entries_.push_back({static_cast<std::uint32_t>(header.base_offset - before.base),
                        static_cast<std::uint32_t>(before.size), newest});
  }
  entries_.back().newest = std::max(entries_.back().newest, header.max_timestamp);
}

SegmentIndex::Interval SegmentIndex::interval(const SegmentSummary& summary, std::size_t entry) const {
  const IndexEntry& at = entries_[entry];
  return {summary.base + at.offset, at.position,
          entry + 1 < entries_.size() ? entries_[entry + 1].position : summary.size};
}

SegmentIndex::Interval SegmentIndex::find(const SegmentSummary& summary, Offset offset) const {
  const auto above = std::ranges::upper_bound(entries_, offset - summary.base, {},
                                              [](const IndexEntry& entry) { return Offset{entry.offset}; });
  if (above == entries_.begin()) return {summary.base, 0, summary.size};
  return interval(summary, static_cast<std::size_t>(above - entries_.begin()) - 1);
}

SegmentIndex::Interval SegmentIndex::find_position(const SegmentSummary& summary, std::uint64_t position) const {
  const auto above = std::ranges::upper_bound(entries_, position, {},
                                              [](const IndexEntry& entry) { return std::uint64_t{entry.position}; });
  if (above == entries_.begin()) return {summary.base, 0, summary.size};
  return interval(summary, static_cast<std::size_t>(above - entries_.begin()) - 1);
}

std::optional<SegmentIndex::Interval> SegmentIndex::find_timestamp(const SegmentSummary& summary,
                                                                   std::int64_t timestamp) const {
  // The column never falls, whatever the order of the timestamps themselves.
  const auto found = std::ranges::lower_bound(entries_, timestamp, {}, &IndexEntry::newest);
  if (found == entries_.end()) return std::nullopt;
  return interval(summary, static_cast<std::size_t>(found - entries_.begin()));
}

}  // namespace weir::embedded::broker::storage
