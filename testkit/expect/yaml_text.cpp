#include "testkit/expect/yaml_text.hpp"

#include "pipeline/config/scalars.hpp"
#include "testkit/expect/json_node.hpp"

namespace weir::testkit {

namespace {

using config::Node;

void append_value(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::scalar:
      out += scalar_type(node) == ScalarType::text ? yaml_of_text(node.text()) : node.text();
      return;
    case Node::Kind::sequence: {
      out += "[";
      for (std::size_t i = 0; i < node.items().size(); ++i) {
        out += i > 0 ? ", " : " ";
        append_value(node.items()[i], out);
      }
      out += node.items().empty() ? "]" : " ]";
      return;
    }
    case Node::Kind::mapping: {
      out += "{";
      for (std::size_t i = 0; i < node.members().size(); ++i) {
        out += (i > 0 ? ", " : " ") + yaml_of_text(node.members()[i].key) + ": ";
        append_value(node.members()[i].value, out);
      }
      out += node.members().empty() ? "}" : " }";
      return;
    }
  }
}

}  // namespace

std::string yaml_of_text(std::string_view text) {
  const bool bare = scalar_type(Node::scalar(std::string(text), false, {})) == ScalarType::text;
  std::string written;
  if (bare)
    config::write_string(text, written);
  else
    written.append("\"").append(text).append("\"");
  return written;
}

std::string yaml_of(const Node& node) {
  std::string written;
  append_value(node, written);
  return written;
}

}  // namespace weir::testkit
