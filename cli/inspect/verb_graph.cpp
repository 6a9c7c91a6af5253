#include "cli/components.hpp"
#include "cli/inspect/configuration.hpp"
#include "cli/inspect/graph.hpp"
#include "cli/verbs.hpp"

#include <ostream>

namespace weir::cli {

ExitCode draw_graph(const GraphOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  const std::variant<Topology, ExitCode> read =
      read_configuration(options.files, options.env_files, options.pipeline, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&read)) return *refused;
  const Graph graph = graph_of(std::get<Topology>(read));
  switch (options.format) {
    case GraphFormat::dot:
      console.out << to_dot(graph);
      break;
    case GraphFormat::mermaid:
      console.out << to_mermaid(graph);
      break;
    case GraphFormat::json:
      console.out << to_json(graph);
      break;
  }
  return ExitCode::ok;
}

}  // namespace weir::cli
