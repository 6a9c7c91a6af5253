// Retention: which of the oldest segments have had their time, or take more room than a topic may.
#pragma once

#include "embedded/broker/storage/segment.hpp"

#include <deque>

namespace weir::embedded::broker::storage {

// By the newest timestamp inside, as producers gave it; records without timestamps do not age.
bool is_expired(const SegmentSummary& segment, const LogSettings& settings, std::int64_t now_ms);

// How many segments may go, from the front. Never the last one, and none that consumers have not been shown whole.
std::size_t count_expired(const std::deque<std::unique_ptr<Segment>>& segments, const LogSettings& settings,
                          Offset visible_end, std::int64_t now_ms);

}  // namespace weir::embedded::broker::storage
