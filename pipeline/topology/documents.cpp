// A document as text: YAML in block style, or JSON.
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/normal_form.hpp"

#include <algorithm>

namespace weir {
namespace {

using config::Node;

constexpr std::size_t kStep = 2;
constexpr std::size_t kWidest = 100;  // of a list on one line

void append_scalar(const Node& node, std::string& out) {
  if (node.kind() == Node::Kind::null)
    out += "null";
  else if (node.quoted())
    config::write_string(node.text(), out);
  else
    out += node.text();
}

bool is_scalar(const Node& node) {
  return node.kind() == Node::Kind::scalar || node.kind() == Node::Kind::null;
}

bool is_empty(const Node& node) {
  return node.members().empty() && node.items().empty();
}

class BlockWriter {
 public:
  explicit BlockWriter(std::string& out) : out_(out) {}

  void mapping(const Node& node, std::size_t indent, bool goes_on = false) {
    for (const Node::Member& member : node.members()) {
      if (!std::exchange(goes_on, false)) out_.append(indent, ' ');
      config::write_string(member.key, out_);
      out_ += ':';
      value(member.value, indent);
    }
  }

 private:
  // Behind "key:".
  void value(const Node& node, std::size_t indent) {
    if (is_scalar(node)) {
      out_ += ' ';
      append_scalar(node, out_);
      out_ += '\n';
    } else if (is_empty(node)) {
      out_ += node.kind() == Node::Kind::mapping ? " {}\n" : " []\n";
    } else if (node.kind() == Node::Kind::mapping) {
      out_ += '\n';
      mapping(node, indent + kStep);
    } else if (!short_list(node, indent)) {
      out_ += '\n';
      for (const Node& item : node.items()) list_item(item, indent + kStep);
    }
  }

  bool short_list(const Node& node, std::size_t indent) {
    if (!std::ranges::all_of(node.items(), is_scalar)) return false;
    std::string line = " [";
    for (const Node& item : node.items()) {
      if (line.size() > 2) line += ", ";
      append_scalar(item, line);
    }
    line += "]\n";
    if (indent + line.size() > kWidest) return false;
    out_ += line;
    return true;
  }

  void list_item(const Node& item, std::size_t indent) {
    out_.append(indent, ' ').append("- ");
    if (item.kind() == Node::Kind::mapping && !is_empty(item)) return mapping(item, indent + kStep, true);
    if (is_scalar(item))
      append_scalar(item, out_);
    else
      config::write_node(item, out_);
    out_ += '\n';
  }

  std::string& out_;
};

// A number or truth value of JSON, too; in YAML they look the same.
bool is_json_literal(const Node& node) {
  if (node.quoted()) return false;
  const std::string& text = node.text();
  if (text == "true" || text == "false") return true;
  const std::size_t digits = text.starts_with('-') ? 1 : 0;
  const bool leads_with_zero = text.size() > digits + 1 && text[digits] == '0' && text[digits + 1] != '.';
  std::size_t points = 0;
  for (std::size_t at = digits; at < text.size(); ++at) {
    if (text[at] == '.') ++points;
    if (text[at] != '.' && (text[at] < '0' || text[at] > '9')) return false;
  }
  return text.size() > digits && points <= 1 && !leads_with_zero && text[digits] != '.' && !text.ends_with('.');
}

void write_json(const Node& node, text::JsonWriter& json) {
  switch (node.kind()) {
    case Node::Kind::null:
      return json.null();
    case Node::Kind::scalar:
      if (is_json_literal(node)) return json.raw(node.text());
      return json.value(std::string_view(node.text()));
    case Node::Kind::sequence:
      json.begin_array();
      for (const Node& item : node.items()) write_json(item, json);
      return json.end_array();
    case Node::Kind::mapping:
      json.begin_object();
      for (const Node::Member& member : node.members()) {
        json.key(member.key);
        write_json(member.value, json);
      }
      return json.end_object();
  }
}

}  // namespace

std::string to_yaml_document(const Node& document) {
  std::string out;
  BlockWriter(out).mapping(document, 0);
  return out;
}

std::string to_json_document(const Node& document) {
  std::string out;
  {
    text::JsonWriter json(out, text::JsonLayout::lines);
    write_json(document, json);
  }
  return out + "\n";
}

}  // namespace weir
