// What a Registry knows, for people and for scripts: the body of `weir list`.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// "connections", "sources", "stages", "sinks".
std::vector<std::string_view> component_kinds();
// Of that kind, by name; stages are all that may stand under `stages:`. `kind` is one of the above.
std::vector<const ComponentType*> components_of(const Registry& registry, std::string_view kind);

// Names and what they do, one block for each kind; `only`: of one kind, empty: of all.
std::string render_components(const Registry& registry, std::string_view only, std::size_t width, bool colours);
// All options of one component.
std::string render_component(const ComponentType& type, std::size_t width, bool colours);

// {"connections":[COMPONENT...],"sources":[...],"stages":[...],"sinks":[...]}, or the kinds that are wanted.
std::string render_components_json(const Registry& registry, std::string_view only);
// {"name","doc","shorthand","options":[{"key","type","doc","default","required","secret","min","max","choices",
// "example","options"}]}; what does not apply is left out.
std::string render_component_json(const ComponentType& type);

}  // namespace weir::cli
