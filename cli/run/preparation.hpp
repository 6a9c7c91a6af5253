// What stands before anything is started, the same for `weir run` and `weir dev`.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run/data_dir.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/control/app.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::cli {

// A configuration that is sound, and what it needs of the data directory, held for us.
struct Prepared {
  std::optional<Topology> topology;  // nothing: no file was given
  DataDirHold data_dir;
  std::string look;  // of the files, from before they were read
};

// Finds, reads and checks what files are `given` with the app's registry, sees whether the summary can be written, and takes what is needed of the
// data directory: for the configuration, and for `servers` that are started whatever it says. Findings and errors are printed; then there
// is an exit code instead.
std::variant<Prepared, ExitCode> prepare(const std::vector<std::filesystem::path>& given, const RunOptions& options,
                                         bool servers, const App& app, Console& console);

}  // namespace weir::cli
