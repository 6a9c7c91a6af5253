// Running a plan as `weir run` and `weir dev` do: with live figures, a last word, a summary and an exit code.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run/run_voice.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/control/app.hpp"

#include <filesystem>

namespace weir::cli {

// Runs the plan until it ends, is idle (--until-idle) or a signal comes; says how it went and writes the summary. The caller holds
// `data_dir`. Does not return when something cannot be stopped: the process ends.
ExitCode run_topology(App& app, const RunOptions& options, Topology topology, const std::filesystem::path& data_dir,
                      RunVoice& voice, ProcessSignals& signals, Console& console);

}  // namespace weir::cli
