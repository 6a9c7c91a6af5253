// Fills a topic with records that say where they stand, into chosen partitions, with librdkafka's plain producer.
#pragma once

#include "pipeline/base/units.hpp"

#include <string>

namespace weir::connectors::kafka {

// So many records "partition:offset" per partition, offsets beginning at `first` (which must be the partitions' end).
// Empty, or what failed.
std::string fill_topic(const std::string& brokers, const std::string& topic, int per_partition, Partition partitions,
                       int first);

}  // namespace weir::connectors::kafka
