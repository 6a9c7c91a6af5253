// Running a plan as `weir run` and `weir dev` do: with live figures, a last word, a summary and an exit code.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run/preparation.hpp"
#include "cli/run/run_voice.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/control/app.hpp"

#include <filesystem>
#include <vector>

namespace weir::cli {

// Runs the plan until it ends, is idle (--until-idle) or a signal comes; says how it went and writes the summary. SIGHUP,
// and with --watch a change of `files`, puts what they say then in its place; what that needs of the data directory is
// taken. Does not return when something cannot be stopped: the process ends.
ExitCode run_topology(App& app, const RunOptions& options, const std::vector<std::filesystem::path>& files,
                      Prepared prepared, RunVoice& voice, ProcessSignals& signals, Console& console);

}  // namespace weir::cli
