// The JSON Schema (draft 2020-12) of the whole file format, for editors: what a Registry knows, as they understand it.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <string>

namespace weir::config {

// One JSON document, indented, with a line end. Wherever a value is not a text, the schema also admits a text with a
// ${…} in it.
std::string json_schema(const Registry& registry);

}  // namespace weir::config
