// Where `weir groups reset` puts a group: a pure function of what is there.
#pragma once

#include "cli/arguments/kafka_specs.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/partition_ledger.hpp"

#include <vector>

namespace weir::cli {

// What is known of one partition.
struct ResetPlace {
  TopicPartition id;
  Offset committed = -1;  // -1: nothing
  Offset start = 0;
  Offset end = 0;
  Offset at_time = -1;  // where the wanted time is; only for a target of that kind
};

struct OffsetMove {
  TopicPartition id;
  Offset from = -1;  // -1: nothing was committed
  Offset to = 0;
  bool bounded = false;  // the wanted offset is outside of what the partition has
  friend bool operator==(const OffsetMove&, const OffsetMove&) = default;
};

// One move per place, in their order. invalid_argument: a shift where nothing is committed.
Result<std::vector<OffsetMove>> plan_reset(const ResetTarget& target, const std::vector<ResetPlace>& places);

}  // namespace weir::cli
