#include "cli/components.hpp"
#include "cli/run/lint_report.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/topology/json_schema.hpp"
#include "pipeline/topology/topology.hpp"

#include <ostream>

namespace weir::cli {

ExitCode run_lint(const LintOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  if (options.schema) {
    console.out << config::json_schema(registry) << '\n';
    return ExitCode::ok;
  }
  const Result<std::vector<std::filesystem::path>> files = find_config_files(options.files);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  config::Diagnostics findings;
  load_topology(*files, registry, console.environment, findings);
  console.out << (options.json ? render_findings_json(findings, files->size())
                               : render_findings(findings, files->size(), console.out_traits.colours));
  return lint_exit_code(findings, options.strict);
}

}  // namespace weir::cli
