// Reads the files of a configuration as they were at one moment.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What the files look like from outside: which there are, and whether one was written or replaced. `given` as the command
// line names them; a directory stands for the files in it, a link for where it leads. Blocks.
std::string look_of_files(const std::vector<std::filesystem::path>& given);

// Whether one of them is not there.
bool is_any_gone(const std::string& look);

struct LoadedConfig {
  std::optional<Topology> topology;  // nothing: refused, by the findings or the error
  config::Diagnostics findings;
  std::optional<Error> error;  // a file is not there, or cannot be read
};

// Reads again what changes while it is read, so that half of an old and half of a new configuration never become one;
// some times at most: files that never rest are taken as they are. Blocks.
// `env_files` are read each time, as the others are.
LoadedConfig load_steadily(const std::vector<std::filesystem::path>& given, const Registry& registry,
                           const Environment& environment, const std::vector<std::filesystem::path>& env_files = {});

}  // namespace weir
