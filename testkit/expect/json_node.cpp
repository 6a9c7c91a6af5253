#include "testkit/expect/json_node.hpp"

#include "pipeline/text/json.hpp"
#include "stages/json_cursor.hpp"
#include "stages/json_index.hpp"

#include <algorithm>
#include <cctype>

namespace weir::testkit {

namespace {

using config::Node;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// RFC 8259, section 6.
bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  std::size_t end = skip_digits(text, at);
  if (end == at || (text[at] == '0' && end > at + 1)) return false;
  if (end < text.size() && text[end] == '.') {
    at = end + 1;
    end = skip_digits(text, at);
    if (end == at) return false;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    at = end + 1;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    end = skip_digits(text, at);
    if (end == at) return false;
  }
  return end == text.size();
}

// Reads a document that is known to be JSON: it meets no error, and its depth is bounded.
class DocumentReader {
 public:
  explicit DocumentReader(std::string_view text) : text_(text) {}

  Node value() {
    skip_blanks();
    switch (text_[at_]) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return Node::scalar(string(), true, {});
      default:
        return bare();
    }
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  // True, and past it, when that character comes next.
  bool take(char wanted) {
    skip_blanks();
    if (text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  Node object() {
    std::vector<Node::Member> members;
    for (++at_; !take('}'); take(',')) {
      skip_blanks();
      std::string name = string();
      take(':');
      Node its_value = value();
      members.push_back({std::move(name), {}, std::move(its_value)});
    }
    return Node::mapping(std::move(members), {});
  }

  Node array() {
    std::vector<Node> items;
    for (++at_; !take(']'); take(',')) items.push_back(value());
    return Node::sequence(std::move(items), {});
  }

  std::string string() {
    const std::size_t begin = ++at_;
    bool escaped = false;
    for (; text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') continue;
      escaped = true;
      ++at_;
    }
    const std::string_view inside = text_.substr(begin, at_++ - begin);
    std::string plain(inside);
    if (!escaped) return plain;
    std::size_t size = 0;
    // Half of a surrogate pair has no text: it stays as it is written.
    if (!stages::unescape(inside, plain.data(), size)) return std::string(inside);
    plain.resize(size);
    return plain;
  }

  Node bare() {
    const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    std::string word(text_.substr(at_, end - at_));
    at_ = end;
    return word == "null" ? Node::null({}) : Node::scalar(std::move(word), false, {});
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_json(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::scalar:
      if (scalar_type(node) == ScalarType::text)
        text::append_json_string(out, node.text());
      else
        out += node.text();
      return;
    case Node::Kind::sequence: {
      out += '[';
      for (std::size_t i = 0; i < node.items().size(); ++i) {
        if (i > 0) out += ',';
        append_json(node.items()[i], out);
      }
      out += ']';
      return;
    }
    case Node::Kind::mapping: {
      out += '{';
      for (std::size_t i = 0; i < node.members().size(); ++i) {
        if (i > 0) out += ',';
        text::append_json_string(out, node.members()[i].key);
        out += ':';
        append_json(node.members()[i].value, out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

ScalarType scalar_type(const Node& scalar) {
  if (scalar.quoted()) return ScalarType::text;
  if (scalar.text() == "true" || scalar.text() == "false") return ScalarType::boolean;
  return is_json_number(scalar.text()) ? ScalarType::number : ScalarType::text;
}

std::optional<Node> node_of_json(std::string_view json) {
  stages::JsonIndex index;
  if (!index.build(json)) return std::nullopt;
  stages::JsonCursor cursor(index);
  stages::JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return std::nullopt;
  return DocumentReader(whole.raw(json)).value();
}

std::string json_of_node(const Node& node) {
  std::string json;
  append_json(node, json);
  return json;
}

}  // namespace weir::testkit
