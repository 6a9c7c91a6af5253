#include "cli/inspect/configuration.hpp"

#include "cli/run/config_input.hpp"
#include "cli/run/lint_report.hpp"
#include "pipeline/control/config_files.hpp"

#include <algorithm>
#include <ostream>

namespace weir::cli {

namespace {

bool keep_only(const std::string& name, Topology& topology, const Console& console) {
  if (name.empty()) return true;
  std::vector<std::string_view> names;
  for (const PipelinePlan& plan : topology.pipelines) names.push_back(plan.name);
  if (std::ranges::find(names, name) == names.end()) {
    console.error("there is no pipeline '" + name + "' in it; " + config::suggest(name, names));
    return false;
  }
  std::erase_if(topology.pipelines, [&name](const PipelinePlan& plan) { return plan.name != name; });
  return true;
}

}  // namespace

std::variant<Topology, ExitCode> read_configuration(const std::vector<std::filesystem::path>& files,
                                                    const std::vector<std::filesystem::path>& env_files,
                                                    const std::string& pipeline, const Registry& registry,
                                                    Console& console) {
  config::Diagnostics findings;
  const Environment environment = with_env_files(console.environment, env_files, findings);
  std::size_t count = 1;
  Topology topology;
  if (names_standard_input(files)) {
    if (!is_standard_input_alone(files, console)) return ExitCode::usage;
    topology = parse_topology(take_standard_input(), kStandardInput, registry, environment, findings);
  } else {
    const Result<std::vector<std::filesystem::path>> found = find_config_files(files);
    if (!found) {
      console.error(found.error().message());
      return ExitCode::not_found;
    }
    count = found->size();
    topology = load_topology(*found, registry, environment, findings);
  }
  if (findings.has_errors()) {
    console.err << render_findings(findings, count, console.err_traits.colours);
    return ExitCode::configuration;
  }
  if (!keep_only(pipeline, topology, console)) return ExitCode::not_found;
  return topology;
}

}  // namespace weir::cli
