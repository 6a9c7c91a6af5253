#include "cli/run/preparation.hpp"

#include "cli/run/lint_report.hpp"
#include "cli/run/summary_file.hpp"

#include <ostream>
#include <utility>

namespace weir::cli {

namespace {

ExitCode refuse(const Error& error, Console& console) {
  console.error(error.message());
  return ExitCode::in_use;
}

}  // namespace

std::variant<Prepared, ExitCode> prepare(const std::vector<std::filesystem::path>& files, const RunOptions& options,
                                         const App& app, Console& console) {
  std::optional<Topology> topology;
  if (!files.empty()) {
    config::Diagnostics findings;
    topology = app.load(files, console.environment, findings);
    if (!findings.all().empty()) console.err << render_findings(findings, files.size(), console.err_traits.colours);
    if (!topology) return ExitCode::configuration;
  }
  if (const Result<void> checked = check_summary_target(options.summary); !checked)
    return refuse(checked.error(), console);
  const Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) return refuse(data_dir.error(), console);
  Result<DataDirLock> lock = DataDirLock::acquire(*data_dir);
  if (!lock) return refuse(lock.error(), console);
  return Prepared{std::move(topology), std::move(*lock)};
}

}  // namespace weir::cli
