// What `weir run` and `weir dev` have in common: reading a configuration, and running it with signals and live figures.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run/run_voice.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/control/process_signals.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace weir::cli {

// The plan that the files make together. Findings are printed; nothing when there is an error among them.
std::optional<Topology> load_checked(const std::vector<std::filesystem::path>& files, const Registry& registry,
                                     Console& console);

// Runs the plan until it ends, is idle (--until-idle) or a signal comes; says how it went and writes the summary. The
// caller holds `data_dir`. Does not return when something cannot be stopped: the process ends.
ExitCode run_topology(const RunOptions& options, Topology topology, const std::filesystem::path& data_dir,
                      const Registry& registry, RunVoice& voice, ProcessSignals& signals, Console& console);

}  // namespace weir::cli
