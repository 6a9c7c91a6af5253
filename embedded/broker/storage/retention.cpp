#include "embedded/broker/storage/retention.hpp"

namespace weir::embedded::broker::storage {

bool is_expired(const SegmentSummary& segment, const LogSettings& settings, std::int64_t now_ms) {
  if (!settings.retention || segment.size == 0 || segment.newest.timestamp < 0) return false;
  const auto retention_ms = std::chrono::duration_cast<std::chrono::milliseconds>(*settings.retention).count();
  return now_ms - retention_ms > segment.newest.timestamp;
}

std::size_t count_expired(const std::deque<std::unique_ptr<Segment>>& segments, const LogSettings& settings,
                          Offset visible_end, std::int64_t now_ms) {
  std::uint64_t bytes = 0;
  if (settings.retention_bytes) {
    for (const std::unique_ptr<Segment>& segment : segments) bytes += segment->size();
  }
  std::size_t count = 0;
  for (; count + 1 < segments.size(); ++count) {
    const Segment& segment = *segments[count];
    if (segment.end() > visible_end) break;
    // Kafka's rule: what is left has at least the size that may be kept.
    const bool too_much = settings.retention_bytes && bytes - segment.size() >= *settings.retention_bytes;
    if (!too_much && !is_expired(segment.summary(), settings, now_ms)) break;
    bytes -= segment.size();
  }
  return count;
}

}  // namespace weir::embedded::broker::storage
