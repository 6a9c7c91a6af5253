#include "cli/components.hpp"
#include "cli/run/lint_report.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/diff_text.hpp"

#include <ostream>
#include <variant>

namespace weir::cli {

namespace {

// A configuration that is good, or what is wrong with it, printed already.
std::variant<Topology, ExitCode> load(const std::vector<std::filesystem::path>& given,
                                      const std::vector<std::filesystem::path>& env_files, const Registry& registry,
                                      Console& console) {
  const Result<std::vector<std::filesystem::path>> files = find_config_files(given);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  config::Diagnostics findings;
  const Environment environment = with_env_files(console.environment, env_files, findings);
  Topology topology = load_topology(*files, registry, environment, findings);
  if (!findings.all().empty()) console.err << render_findings(findings, files->size(), console.err_traits.colours);
  if (findings.has_errors()) return ExitCode::configuration;
  return topology;
}

std::string render_plan(const TopologyDiff& changes) {
  std::string out;
  for (const std::string& sentence : describe_changes(changes, Unchanged::shown)) out += printable(sentence) + "\n";
  return out + (changes.empty() ? "nothing would change\n" : "");
}

std::string render_plan_json(const TopologyDiff& changes) {
  std::string out;
  {
    text::JsonWriter json(out);
    json.begin_object();
    json.member("changes", !changes.empty());
    write_changes(changes, json);
    json.end_object();
  }
  return out + "\n";
}

}  // namespace

ExitCode run_plan(const PlanOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  const std::variant<Topology, ExitCode> now = load(options.from, options.env_files, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&now)) return *refused;
  const std::variant<Topology, ExitCode> next = load(options.files, options.env_files, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&next)) return *refused;
  const TopologyDiff changes = diff(std::get<Topology>(now), std::get<Topology>(next));
  console.out << (options.json ? render_plan_json(changes) : render_plan(changes));
  return changes.empty() ? ExitCode::ok : ExitCode::changes;
}

}  // namespace weir::cli
