// Where the partitions of an assignment begin: what the group has committed, held against what their logs have.
#pragma once

#include "connectors/kafka/client.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct PlannedStart {
  PartitionStart start;               // what the client is told
  Offset committed = kUnknownOffset;  // where the ledger begins; unknown: no commit, or one that is not believed
  Offset passed = kUnknownOffset;     // there is nothing to read below this: it is committed with the next commit
  std::uint64_t gone = 0;             // records between the commit and the oldest that is left
  std::string note;                   // what a person should know
};

// All lists are in the order of `partitions`; `committed` holds kUnknownOffset where there is no commit.
struct StartFacts {
  std::vector<TopicPartition> partitions;
  std::vector<Offset> committed;
  std::vector<OffsetRange> ranges;
  std::set<TopicPartition> distrusted;  // their commit speaks of a log that is no more
  bool commit_first = false;            // a start without a commit is committed at once
};

// Pure. A partition without a commit begins at the first record it has; a commit that retention
// has overtaken is answered with the oldest record there is.
std::vector<PlannedStart> plan_starts(const StartFacts& facts);

// "topic 'orders', partition 3"
std::string name_of(const TopicPartition& id);

}  // namespace weir::connectors::kafka
