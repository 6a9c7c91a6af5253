#include "cli/run/preparation.hpp"

#include "cli/run/lint_report.hpp"
#include "cli/run/summary_file.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/control/steady_load.hpp"

#include <ostream>
#include <utility>

namespace weir::cli {

namespace {

ExitCode refuse(const Error& error, Console& console) {
  console.error(error.message());
  return ExitCode::in_use;
}

}  // namespace

std::variant<Prepared, ExitCode> prepare(const std::vector<std::filesystem::path>& given, const RunOptions& options,
                                         bool servers, const App& app, Console& console) {
  std::string look = look_of_files(with_variables(given, options.env_files));
  const Result<std::vector<std::filesystem::path>> files = find_config_files(given);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  std::optional<Topology> topology;
  if (!files->empty()) {
    config::Diagnostics findings;
    topology = app.load(*files, with_env_files(console.environment, options.env_files, findings), findings);
    if (!findings.all().empty()) console.err << render_findings(findings, files->size(), console.err_traits.colours);
    if (!topology) return ExitCode::configuration;
  }
  if (const Result<void> checked = check_summary_target(options.summary); !checked)
    return refuse(checked.error(), console);
  const Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  DataNeeds needs = topology ? data_needs_of(*topology) : DataNeeds();
  needs.servers = needs.servers || servers;
  DataDirHold hold(*data_dir);
  if (const Result<void> held = hold.take(needs); !held) return refuse(held.error(), console);
  return Prepared{std::move(topology), std::move(hold), std::move(look)};
}

}  // namespace weir::cli
