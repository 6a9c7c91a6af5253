// Where a new group begins that is told `start: latest`.
#pragma once

#include "connectors/kafka/client.hpp"

#include <vector>

namespace weir::connectors::kafka {

// `start: latest` is what a group finds that is new: no partition of what is subscribed to has a commit. Its first
// member commits the ends of them all, also of those that other members will read, before anything is read. `assigned`
// is this member's share. An error: whether the group is new, or where it begins, is not known; ask again later.
//
// Lifetime: `client` outlives the call. Executor: the control executor. Cancellation: terminal; the commit's outcome is
// unknown then.
Task<Result<void>> begin_at_latest(ConsumerClient& client, std::vector<TopicPartition> assigned);

}  // namespace weir::connectors::kafka
