// JSON and YAML meet as Nodes: what a test expects is YAML, what a pipeline wrote is mostly JSON.
#pragma once

#include "pipeline/config/node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::testkit {

// What a scalar is by YAML's core rules, which are JSON's types: a quoted one is a text whatever it says.
enum class ScalarType : std::uint8_t { text, number, boolean };
ScalarType scalar_type(const config::Node& scalar);

// The JSON document as a Node without marks: texts are quoted scalars, numbers stay as they are written. Nothing when it
// is no JSON, or nests deeper than 256 levels.
std::optional<config::Node> node_of_json(std::string_view json);

// The Node as JSON on one line. A number that JSON writes otherwise (.5, 0x1F) becomes a text.
std::string json_of_node(const config::Node& node);

}  // namespace weir::testkit
