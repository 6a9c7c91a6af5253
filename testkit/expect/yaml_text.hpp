// YAML as a test has it: flow style, on one line, with blanks inside the braces.
#pragma once

#include "pipeline/config/node.hpp"

#include <string>
#include <string_view>

namespace weir::testkit {

// A text that YAML would take for a number or a boolean is quoted, and so is what is no plain word.
std::string yaml_of_text(std::string_view text);
// "{ type: OrderPlaced, data: { amount: 5 } }".
std::string yaml_of(const config::Node& node);

}  // namespace weir::testkit
