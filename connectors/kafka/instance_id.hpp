// The static member id behind `instance_id: auto`: kept in the data directory, so that a restarted process has its
// partitions back at once.
#pragma once

#include "pipeline/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace weir::connectors::kafka {

// The id in `data_dir`/kafka/<pipeline>.instance-id, made when it is not there yet. Each data directory and pipeline
// has its own, so two processes with data directories of their own never fence each other; it does not depend on the
// number of lanes. Reads and, the first time, writes a file of some forty bytes. Two processes that make it at the same
// time agree on one.
Result<std::string> stable_instance_id(const std::filesystem::path& data_dir, std::string_view pipeline);

}  // namespace weir::connectors::kafka
