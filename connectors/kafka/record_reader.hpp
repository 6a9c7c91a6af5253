// Reading records without a group: for a look into a topic. Whole values, one at a time; the pipeline's source is made
// for speed, this is not.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::kafka {

// A record with bytes of its own. Nothing = Kafka's null.
struct StoredRecord {
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t timestamp_ms = -1;  // -1: it has none
  TimestampKind timestamp_kind = TimestampKind::create;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// Where to begin in a partition.
struct ReadStart {
  Partition partition = 0;
  Offset offset = 0;
};

// What one read() brought, each partition's records in order.
struct ReadResult {
  std::vector<StoredRecord> records;
  std::vector<Partition> at_end;  // read to their end at this moment
};

// Reads partitions of one topic.
//
// Lifetime: until destroyed; what it returned is the caller's. Executor: one thread. Cancellation: none.
// Errors: what no waiting can cure. A broker that goes away is waited for: read() then brings nothing.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // Reads these partitions from now on, and no others. A start below what the broker still has means its first record.
  virtual Result<void> start(const std::vector<ReadStart>& starts) = 0;
  // What has come; waits at most `patience` for the first of it.
  virtual Result<ReadResult> read(Duration patience) = 0;
};

}  // namespace weir::connectors::kafka
