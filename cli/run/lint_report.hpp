// How findings are shown: lines for people and tools that jump to them, or one JSON document.
#pragma once

#include "cli/exit_codes.hpp"
#include "pipeline/config/diagnostics.hpp"

#include <string>

namespace weir::cli {

// One line per finding, "file:line:column: error: message (hint) [code]", and a last line that counts them.
std::string render_findings(const config::Diagnostics& findings, std::size_t files, bool colours);
// {"files":1,"errors":1,"warnings":0,"findings":[{"severity","code","file","line","column","path","message","hint"}]}
std::string render_findings_json(const config::Diagnostics& findings, std::size_t files);
// ok, configuration (an error among them), or failed (warnings, and `strict`).
ExitCode lint_exit_code(const config::Diagnostics& findings, bool strict);

}  // namespace weir::cli
