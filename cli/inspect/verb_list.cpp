// `weir list` and `weir schema`: what configurations are made of.
#include "cli/components.hpp"
#include "cli/inspect/component_list.hpp"
#include "cli/inspect/paragraphs.hpp"
#include "cli/verbs.hpp"
#include "pipeline/topology/json_schema.hpp"

#include <algorithm>
#include <ostream>

namespace weir::cli {

ExitCode print_schema(const SchemaOptions&, Console& console) {
  Registry registry;
  register_components(registry);
  console.out << config::json_schema(registry);
  return ExitCode::ok;
}

ExitCode list_components(const ListOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  const std::size_t width = prose_width(console.out_traits.width);
  const bool colours = console.out_traits.colours;
  if (options.name.empty()) {
    console.out << (options.json ? render_components_json(registry, options.kind)
                                 : render_components(registry, options.kind, width, colours));
    return ExitCode::ok;
  }
  const std::vector<const ComponentType*> types = components_of(registry, options.kind);
  const auto found = std::ranges::find(types, options.name, &ComponentType::name);
  if (found == types.end()) {
    std::vector<std::string_view> names;
    for (const ComponentType* type : types) names.push_back(type->name);
    console.error("there is no '" + options.name + "' among the " + options.kind + "; " +
                  config::suggest(options.name, names));
    return ExitCode::not_found;
  }
  console.out << (options.json ? render_component_json(**found) : render_component(**found, width, colours));
  return ExitCode::ok;
}

}  // namespace weir::cli
