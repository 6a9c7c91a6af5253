// The small notations of `weir topics` and `weir groups`: where to begin, where to put a group, which partitions. Pure.
#pragma once

#include "pipeline/base/units.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli {

// Where `topics tail` begins in each partition: "start", "end", "120" (that offset), "-5" (so many before the end).
struct TailStart {
  enum class From { start, end, offset, before_end };
  From from = From::start;
  Offset number = 0;
  friend bool operator==(const TailStart&, const TailStart&) = default;
};
std::optional<TailStart> parse_tail_start(std::string_view text);

// Where `groups reset` puts a group: "start", "end", "120", "2026-11-21T15:00Z" (the first record not older), "-5" and
// "+5" (from where it stands).
struct ResetTarget {
  enum class To { start, end, offset, timestamp, shift };
  To to = To::start;
  std::int64_t number = 0;  // offset, milliseconds since 1970, or the shift
  friend bool operator==(const ResetTarget&, const ResetTarget&) = default;
};
std::optional<ResetTarget> parse_reset_target(std::string_view text);

// "orders" or "orders:0,2".
struct TopicChoice {
  std::string topic;
  std::vector<Partition> partitions;  // empty: all
  friend bool operator==(const TopicChoice&, const TopicChoice&) = default;
};
std::optional<TopicChoice> parse_topic_choice(std::string_view text);

// "name=value"; the value may be empty or contain more equals signs.
std::optional<std::pair<std::string, std::string>> parse_pair(std::string_view text);

// ISO 8601 → milliseconds since 1970-01-01T00:00Z: a date, or date and time down to milliseconds, with Z or +hh:mm;
// without a zone it is UTC.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// What Kafka takes as the name of a topic: 1 to 249 of a-z A-Z 0-9 . _ -, but neither . nor ..
bool is_topic_name(std::string_view name);

}  // namespace weir::cli
