#include "cli/components.hpp"
#include "cli/inspect/configuration.hpp"
#include "cli/verbs.hpp"
#include "pipeline/topology/normal_form.hpp"

#include <ostream>

namespace weir::cli {

ExitCode echo_configuration(const EchoOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  const std::variant<Topology, ExitCode> read =
      read_configuration(options.files, options.env_files, {}, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&read)) return *refused;
  const config::Node document = normal_form(std::get<Topology>(read), registry, options.defaults);
  console.out << (options.json ? to_json_document(document) : to_yaml_document(document));
  return ExitCode::ok;
}

}  // namespace weir::cli
