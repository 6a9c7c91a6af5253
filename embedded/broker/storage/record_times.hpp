// The timestamps of single records, which stand inside a batch.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/storage/record_batch.hpp"

#include <optional>
#include <string_view>

namespace weir::embedded::broker::storage {

struct RecordAtTime {
  bool readable = true;                    // false: damaged, or too large when it is expanded
  std::optional<TimestampedOffset> found;  // the record and its own timestamp
};

// The first record of the batch at or behind the offset `from` whose timestamp is at least `timestamp`.
// `batch`: all its bytes, with its header decoded.
RecordAtTime find_record(const BatchHeader& header, std::string_view batch, std::int64_t timestamp, Offset from);

}  // namespace weir::embedded::broker::storage
