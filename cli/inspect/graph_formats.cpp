// A graph in the languages of Graphviz and Mermaid, and as JSON.
#include "cli/inspect/graph.hpp"
#include "cli/terminal/text.hpp"
#include "pipeline/text/json_writer.hpp"

namespace weir::cli {

namespace {

using Node = Graph::Node;
using Edge = Graph::Edge;
using Group = Graph::Group;

std::string_view word_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::place:
      return "place";
    case Node::Kind::source:
      return "source";
    case Node::Kind::stage:
      return "stage";
    case Node::Kind::sink:
      return "sink";
    case Node::Kind::dropped:
      return "dropped";
  }
  return "node";
}

// A quoted string of DOT. Control characters are spelt out: in a string they could mean anything.
std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Name and detail on two lines: a line end in DOT is \n, which must not be escaped once more.
std::string dot_label(const std::string& name, const std::string& detail) {
  std::string label = dot_string(name);
  if (detail.empty()) return label;
  label.pop_back();
  return label + "\\n" + dot_string(detail).substr(1);
}

std::string_view dot_shape(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::place:
      return "cylinder";
    case Node::Kind::dropped:
      return "plaintext";
    case Node::Kind::stage:
      return "box";
    default:
      return "cds";
  }
}

std::string number(char letter, std::size_t at) {
  return std::string(1, letter) + std::to_string(at);
}

// Text inside the quotes of Mermaid: what has a meaning there, or in the HTML that comes of it, by its number.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    const bool has_meaning = std::string_view("\"#<>&`\\;").find(c) != std::string_view::npos;
    out += has_meaning ? "#" + std::to_string(static_cast<int>(c)) + ";" : std::string(1, c);
  }
  return out;
}

std::string mermaid_label(const std::string& name, const std::string& detail) {
  return "\"" + mermaid_text(name) + (detail.empty() ? "" : "<br>" + mermaid_text(detail)) + "\"";
}

std::string mermaid_node(std::size_t at, const Node& node) {
  const std::string label = mermaid_label(node.name, node.detail);
  const std::string id = number('n', at);
  if (node.kind == Node::Kind::place) return id + "[(" + label + ")]";
  if (node.kind == Node::Kind::stage) return id + "[" + label + "]";
  return id + "([" + label + "])";
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out =
      "digraph weir {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n  edge [fontname=\"Helvetica\"];\n";
  for (std::size_t i = 0; i < graph.groups.size(); ++i) {
    const Group& group = graph.groups[i];
    const bool framed = group.kind != Group::Kind::none;
    if (framed) {
      out += "  subgraph cluster_" + std::to_string(i) + " {\n    label=" + dot_label(group.name, group.detail) + ";\n";
      if (group.kind == Group::Kind::connection) out += "    style=dashed;\n";
    }
    for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
      const Node& node = graph.nodes[at];
      if (node.group != i) continue;
      out += std::string(framed ? "    " : "  ") + number('n', at) + " [label=" + dot_label(node.name, node.detail) +
             ", shape=" + std::string(dot_shape(node.kind)) + "];\n";
    }
    if (framed) out += "  }\n";
  }
  for (const Edge& edge : graph.edges) {
    std::string attributes;
    if (!edge.label.empty()) attributes = "label=" + dot_string(edge.label);
    if (edge.kind == Edge::Kind::dead_letters)
      attributes += (attributes.empty() ? "" : ", ") + std::string("style=dashed");
    out += "  " + number('n', edge.from) + " -> " + number('n', edge.to);
    out += attributes.empty() ? ";\n" : " [" + attributes + "];\n";
  }
  return out + "}\n";
}

std::string to_mermaid(const Graph& graph) {
  std::string out = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.groups.size(); ++i) {
    const Group& group = graph.groups[i];
    const bool framed = group.kind != Group::Kind::none;
    if (framed) out += "  subgraph " + number('g', i) + " [" + mermaid_label(group.name, group.detail) + "]\n";
    for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
      if (graph.nodes[at].group == i) out += (framed ? "    " : "  ") + mermaid_node(at, graph.nodes[at]) + "\n";
    }
    if (framed) out += "  end\n";
  }
  for (const Edge& edge : graph.edges) {
    out += "  " + number('n', edge.from) + (edge.kind == Edge::Kind::dead_letters ? " -.->" : " -->");
    if (!edge.label.empty()) out += "|\"" + mermaid_text(edge.label) + "\"|";
    out += " " + number('n', edge.to) + "\n";
  }
  return out;
}

std::string to_json(const Graph& graph) {
  std::string out;
  {
    text::JsonWriter json(out, text::JsonLayout::lines);
    json.begin_object();
    json.key("groups");
    json.begin_array();
    for (const Group& group : graph.groups) {
      if (group.kind == Group::Kind::none) continue;
      json.begin_object(text::JsonLayout::spaced);
      json.member("id", group.id);
      json.member("kind", group.kind == Group::Kind::pipeline ? std::string_view("pipeline") : "connection");
      json.member("name", group.name);
      json.member("detail", group.detail);
      json.end_object();
    }
    json.end_array();
    json.key("nodes");
    json.begin_array();
    for (const Node& node : graph.nodes) {
      json.begin_object(text::JsonLayout::spaced);
      json.member("id", node.id);
      json.member("kind", word_of(node.kind));
      json.member("name", node.name);
      json.member("detail", node.detail);
      json.member("group", graph.groups[node.group].id);
      json.end_object();
    }
    json.end_array();
    json.key("edges");
    json.begin_array();
    for (const Edge& edge : graph.edges) {
      json.begin_object(text::JsonLayout::spaced);
      json.member("from", graph.nodes[edge.from].id);
      json.member("to", graph.nodes[edge.to].id);
      json.member("kind", edge.kind == Edge::Kind::events ? std::string_view("events") : "dead_letters");
      json.member("label", edge.label);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  return out + "\n";
}

}  // namespace weir::cli
