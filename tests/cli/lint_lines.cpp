// lint_lines DIRECTORY: reads configurations from standard input, one a line, each as a JSON text; writes what lint finds
// in each, one JSON array a line. For tests that ask about thousands of them. Relative paths lie below the directory.
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <iostream>
#include <string>

namespace weir::cli {
namespace {

std::string findings_in(const std::string& line, const std::string& file, const Registry& registry) {
  config::Diagnostics unreadable;
  const std::optional<config::Node> text = config::parse_yaml(line, "(line)", unreadable);  // JSON is YAML
  config::Diagnostics found;
  const Environment nothing_set = [](const std::string&) {
    return std::optional<std::string>();
  };
  parse_topology(text.value_or(config::Node()).text(), file, registry, nothing_set, found);
  std::string out;
  text::JsonWriter json(out);
  json.begin_array();
  for (const config::Diagnostic& finding : found.all()) {
    json.begin_object();
    json.member("severity", finding.severity == config::Severity::error ? "error" : "warning");
    json.member("code", finding.code.name());
    json.member("line", finding.mark.line);
    json.member("column", finding.mark.column);
    json.member("path", finding.path);
    json.member("text", finding.message + " (" + finding.hint + ")");
    json.end_object();
  }
  json.end_array();
  return out;
}

void run(const std::string& directory) {
  Registry registry;
  stages::register_stages(registry);
  connectors::kafka::register_kafka(registry);
  connectors::eventstoredb::register_eventstoredb(registry);
  sinks::register_sinks(registry);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << findings_in(line, directory + "/f.yaml", registry) << std::endl;
}

}  // namespace
}  // namespace weir::cli

int main(int argc, char** argv) {
  weir::cli::run(argc > 1 ? argv[1] : ".");
}
