// Small administrative questions to a cluster. All functions block:
// for tests and command-line tools, never on a worker thread.
#pragma once

#include "connectors/kafka/settings.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/source.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::connectors::kafka {

// Creates topics with so many partitions each (kDefaultPartitions: as many as the broker likes); one that exists
// already is left as it is.
inline constexpr Partition kDefaultPartitions = -1;
Result<void> create_topics(const ClusterSettings& cluster, const std::vector<std::string>& topics, Partition partitions,
                           Duration patience);
// Per partition of the topic: where the next record will stand.
Result<std::vector<Commit>> end_offsets(const ClusterSettings& cluster, const std::string& topic, Duration patience);
// Per partition of the topic: what the group has committed; -1 = nothing.
Result<std::vector<Commit>> committed_offsets(const ClusterSettings& cluster, const std::string& group,
                                              const std::string& topic, Duration patience);

}  // namespace weir::connectors::kafka
