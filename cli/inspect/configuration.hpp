// Reading a configuration for the verbs that only look at it.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace weir::cli {

// The plan of `files`, "-" being the standard input, with the variables of `env_files`; without the pipelines that are not
// called `pipeline`, where that is not empty. Says what is wrong; then there is an exit code instead. Warnings are `weir lint`'s.
std::variant<Topology, ExitCode> read_configuration(const std::vector<std::filesystem::path>& files,
                                                    const std::vector<std::filesystem::path>& env_files,
                                                    const std::string& pipeline, const Registry& registry,
                                                    Console& console);

}  // namespace weir::cli
