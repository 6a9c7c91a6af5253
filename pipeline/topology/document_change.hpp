// A configuration that is read with something in it changed: what a test lays over it.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <functional>
#include <vector>

namespace weir {

// Gets each document, of a file, with its ${...} substituted: what is put in is not substituted again. What it leaves has
// the places in the files that it had.
using DocumentChange = std::function<config::Node(const config::Node& document)>;

// As load_topology().
Topology load_changed_topology(const std::vector<std::filesystem::path>& files, const Registry& registry,
                               const Environment& environment, const DocumentChange& change, config::Diagnostics& out);

}  // namespace weir
