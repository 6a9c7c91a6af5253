// A question about the offsets of many partitions that fails as a whole when it fails for one of them, asked so that
// only that one stays unknown. Free of I/O.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/partition_ledger.hpp"

#include <functional>
#include <vector>

namespace weir::connectors::kafka {

using OffsetAnswers = std::vector<Result<Offset>>;  // in the order of the partitions that were asked about
using AskOffsets = std::function<Result<OffsetAnswers>(const std::vector<TopicPartition>& partitions)>;

// No answer, no connection, no permission to be there: nothing that a single partition is to blame for.
bool concerns_all_partitions(const Error& error);

// Asks about all of them at once. What is refused is asked again in halves, large parts first, down to the partition
// that is to blame: about 2 log2(n) questions for each of those. An error that concerns all partitions is not asked
// about again, and after `most_questions` the parts that are left keep the error of the whole they were in.
OffsetAnswers ask_in_parts(const std::vector<TopicPartition>& partitions, const AskOffsets& ask, int& most_questions);

}  // namespace weir::connectors::kafka
