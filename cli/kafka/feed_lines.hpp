// The lines of `weir feed`: one JSON object per record.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::cli {

// A record to produce. Nothing = Kafka's null.
struct FeedRecord {
  std::string topic;
  std::optional<Partition> partition;        // nothing: by key
  std::optional<std::int64_t> timestamp_ms;  // nothing: now
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<std::string> value;
};

// {"topic": …, "key": …, "headers": {…}, "value": … | "value_base64": …}. An object or array as value is sent byte for
// byte as it stands in the line, a string as its characters, null as a tombstone. Strict: unknown, repeated and wrongly
// typed members are errors.
Result<FeedRecord> parse_feed_line(std::string_view line);

// The lines of `weir topics produce --json`: as above, without a topic of their own. "partition", "timestamp" and
// "key_base64" are understood, "headers" may also be a list of {"name", "value" | "value_base64"}, and what
// `weir topics tail --json` writes besides ("topic", "offset",
// "time") is ignored. `defaults`: what a line does not say.
Result<FeedRecord> parse_record_line(std::string_view line, const FeedRecord& defaults);

// A line that is a value, or, with a separator, key and value around its first occurrence.
Result<FeedRecord> parse_text_line(std::string_view line, std::string_view separator, const FeedRecord& defaults);

// Reads lines up to `kMostBytes`; a longer one is an error, not memory.
class LineReader {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{96} << 20;
  explicit LineReader(std::istream& in, std::size_t most_bytes = kMostBytes) : in_(in), most_bytes_(most_bytes) {}
  // The next line without its line feed; nothing at the end. After too_large the rest of that line has been skipped.
  Result<std::optional<std::string>> next();

 private:
  std::istream& in_;
  std::size_t most_bytes_;
};

}  // namespace weir::cli
