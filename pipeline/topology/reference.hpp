// The reference of the configuration for people, in Markdown: what a Registry knows, one section per component; and what
// lint may say of a file.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <string>

namespace weir::config {

// One page, ended by a line feed: docs/reference/configuration.md.
std::string reference_page(const Registry& registry);
// The same of all findings: docs/reference/findings.md.
std::string findings_page();

}  // namespace weir::config
