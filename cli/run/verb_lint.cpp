#include "cli/components.hpp"
#include "cli/run/config_input.hpp"
#include "cli/run/lint_report.hpp"
#include "cli/verbs.hpp"
#include "pipeline/admin/metric_table.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/topology/json_schema.hpp"
#include "pipeline/topology/reference.hpp"
#include "pipeline/topology/topology.hpp"
#include "pipeline/topology/yaml_files.hpp"
#include "testkit/run/session.hpp"

#include <algorithm>
#include <iterator>
#include <ostream>

namespace weir::cli {

namespace {

ExitCode report(const config::Diagnostics& findings, std::size_t files, const LintOptions& options, Console& console) {
  console.out << (options.json ? render_findings_json(findings, files)
                               : render_findings(findings, files, console.out_traits.colours));
  return lint_exit_code(findings, options.strict);
}

ExitCode lint_input(const LintOptions& options, const Registry& registry, Console& console) {
  if (!is_standard_input_alone(options.files, console)) return ExitCode::usage;
  const std::string text = take_standard_input();
  config::Diagnostics findings;
  const Environment environment = with_env_files(console.environment, options.env_files, findings);
  parse_topology(text, kStandardInput, registry, environment, findings);
  return report(findings, 1, options, console);
}

// A file of tests is checked with the configuration that it names.
std::vector<std::filesystem::path> configuration_among(const std::vector<std::filesystem::path>& files) {
  std::vector<std::filesystem::path> configuration;
  std::ranges::copy_if(files, std::back_inserter(configuration), [](const auto& file) { return !is_test_file(file); });
  return configuration;
}

}  // namespace

ExitCode run_lint(const LintOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  if (options.schema) {
    console.out << config::json_schema(registry);
    return ExitCode::ok;
  }
  if (options.metrics) {
    console.out << admin::render_metrics_reference();
    return ExitCode::ok;
  }
  if (options.reference) {
    console.out << config::reference_page(registry);
    return ExitCode::ok;
  }
  if (options.codes) {
    console.out << config::findings_page();
    return ExitCode::ok;
  }
  if (names_standard_input(options.files)) return lint_input(options, registry, console);
  const Result<std::vector<std::filesystem::path>> files = find_config_files(configuration_among(options.files));
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  const Result<testkit::TestFiles> with_tests = testkit::find_test_files(options.files);
  if (!with_tests) {
    console.error(with_tests.error().message());
    return ExitCode::not_found;
  }
  config::Diagnostics findings;
  const Environment environment = with_env_files(console.environment, options.env_files, findings);
  if (!files->empty()) load_topology(*files, registry, environment, findings);
  // Tests are read with their own environment, and only where what they are about can be read at all.
  if (!findings.has_errors()) testkit::check_tests(*with_tests, registry, findings);
  return report(findings, files->size() + with_tests->tests.size(), options, console);
}

}  // namespace weir::cli
