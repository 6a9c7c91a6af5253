// The reference of the configuration for people, in Markdown: what a Registry knows, one section per component.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <string>

namespace weir::config {

// One page, ended by a line feed: docs/reference/configuration.md.
std::string reference_page(const Registry& registry);

}  // namespace weir::config
