// OfflineLog: stands in the place of a partition whose log cannot be served.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"

#include <memory>

namespace weir::embedded::broker::topics {

// Answers kafka_storage_error to everything and touches no file, so that the other partitions can be served.
std::unique_ptr<storage::PartitionLog> make_offline_log(std::int32_t leader_epoch);

}  // namespace weir::embedded::broker::topics
