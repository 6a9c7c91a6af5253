// Every component that this binary has.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <functional>
#include <string>

namespace weir::cli {

// Told of every embedded server that was started: the kind of
// connection it serves and its address. On the thread that starts it.
using EmbeddedStarted = std::function<void(const std::string& kind, const std::string& address)>;

// Stages, sinks and connectors, without anything behind `embedded`.
void register_components_but_embedded(Registry& registry);
// All of them, and the embedded servers.
void register_components(Registry& registry, const EmbeddedStarted& started = {});

}  // namespace weir::cli
