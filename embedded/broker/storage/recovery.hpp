// Recovery: from the files of a partition to the state that a log goes on with.
#pragma once

#include "embedded/broker/storage/log_start_file.hpp"
#include "embedded/broker/storage/producer_state.hpp"
#include "embedded/broker/storage/recovery_point.hpp"
#include "embedded/broker/storage/segment.hpp"

#include <deque>

namespace weir::embedded::broker::storage {

// Names of a partition's other files.
inline constexpr std::string_view kRecoveryPointFile = "recovery-point";
inline constexpr std::string_view kLogStartFile = "log-start";

// What the files say. All of it is durable when recover() returns.
struct Recovered {
  std::deque<std::unique_ptr<Segment>> segments;  // in order without gap; empty: nothing was ever written
  Offset log_start = 0;
  Offset end = 0;
  EpochTable epochs;
  ProducerStates producers;
};

// Finds the end of the log. After an orderly stop the indexes say it; else every segment from the recovery point's on
// is read and checked. Damage below the recovery point is Errc::corrupt, unless a repair is asked for; damage above it
// is the torn tail of a crash and is cut off, with a line in the log. Blocks.
Result<Recovered> recover(FileSystem& files, RecoveryPoint& point, LogStartFile& log_start,
                          const PartitionLog::Place& place, const PartitionLog::Opening& opening, std::int64_t now_ms);

}  // namespace weir::embedded::broker::storage
