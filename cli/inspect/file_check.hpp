// Whether files that a run needs could be written: asked of the file system, and nothing is made.
#pragma once

#include "pipeline/connection_check.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <vector>

namespace weir::cli {

// The files among `needs`, and the data directory where something is kept there.
std::vector<CheckLine> check_files(const Topology& topology, const std::vector<CheckRequest::Need>& needs,
                                   const std::filesystem::path& data_dir);

}  // namespace weir::cli
