#include "testkit/report/expectation_edit.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/config/yaml.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using config::Mark;
using config::Node;

constexpr std::string_view kKey = "expect";

Error not_plain(const std::string& why) {
  return Error(Errc::unsupported, "the expectation cannot be put there: " + why + "; write it by hand");
}

// A file as lines, each with its end.
std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}
std::size_t next_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// Marks count characters.
std::optional<std::size_t> offset_of(std::string_view text, const Mark& mark) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < mark.line; ++line) {
    at = next_line(text, at);
    if (at == text.size()) return std::nullopt;
  }
  for (std::uint32_t column = 1; column < mark.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

// Behind the flow collection that begins at `at`; nothing when it does not end.
std::optional<std::size_t> flow_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at + 1;
    if (c == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
      }
    } else if (c == '\'' && at > 0 && std::string_view(" ,[{:\n").find(text[at - 1]) != std::string_view::npos) {
      at = text.find('\'', at + 1);  // a doubled quote begins another one at once
      while (at + 1 < text.size() && text[at + 1] == '\'') at = text.find('\'', at + 2);
      if (at == std::string_view::npos) return std::nullopt;
    } else if (c == '#' && at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\n')) {
      at = next_line(text, at) - 1;
    }
  }
  return std::nullopt;
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The first line behind `at`'s that is not deeper than `indent`; blank lines and comments before it are not taken.
std::size_t block_end(std::string_view text, std::size_t at, std::size_t indent) {
  std::size_t end = next_line(text, at);
  for (std::size_t line = end; line < text.size();) {
    const std::size_t after = next_line(text, line);
    std::string_view content = text.substr(line, after - line);
    while (content.ends_with('\n') || content.ends_with('\r') || content.ends_with(' ')) content.remove_suffix(1);
    const std::size_t depth = indent_of(content);
    const bool is_nothing = content.empty() || content[depth == content.size() ? 0 : depth] == '#';
    if (!is_nothing && depth < indent) break;
    line = after;
    if (!is_nothing) end = after;
  }
  return end;
}

// A document without the expectation of the test that stands at `test`.
Node without_expectation(const Node& node, const Mark& test) {
  const bool is_test =
      node.kind() == Node::Kind::mapping && node.mark().line == test.line && node.mark().column == test.column;
  if (node.kind() == Node::Kind::sequence) {
    std::vector<Node> items;
    for (const Node& item : node.items()) items.push_back(without_expectation(item, test));
    return Node::sequence(std::move(items), node.mark());
  }
  if (node.kind() != Node::Kind::mapping) return node;
  std::vector<Node::Member> members;
  for (const Node::Member& member : node.members()) {
    if (is_test && member.key == kKey) continue;
    members.push_back({member.key, member.mark, without_expectation(member.value, test)});
  }
  return Node::mapping(std::move(members), node.mark());
}

std::optional<std::string> rest_of(std::string_view text, const Mark& test) {
  config::Diagnostics findings;
  const std::optional<Node> document = config::parse_yaml(text, "", findings);
  if (!document || findings.has_errors()) return std::nullopt;
  std::string written;
  config::write_node(without_expectation(*document, test), written);
  return written;
}

class Edit {
 public:
  Edit(std::string_view text, const TestPlace& place, const WrittenExpectation& expected)
      : text_(text), place_(place), expected_(expected) {}

  Result<std::string> run() const {
    const std::optional<std::size_t> test = offset_of(text_, place_.test);
    if (!test) return not_plain("the test is not where it was read");
    const bool in_flow = text_[*test] == '{';
    Result<std::string> edited =
        place_.expect.line == 0 ? (in_flow ? add_in_flow(*test) : add_in_block(*test)) : replace(in_flow);
    if (edited.has_error()) return edited;
    const std::optional<std::string> before = rest_of(text_, place_.test);
    if (!before || before != rest_of(*edited, place_.test))
      return not_plain("something else in the file would change with it");
    return edited;
  }

 private:
  std::string replaced(std::size_t begin, std::size_t end, const std::string& by) const {
    return std::string(text_.substr(0, begin)) + by + std::string(text_.substr(end));
  }

  std::string line_end() const { return text_.find("\r\n") == std::string_view::npos ? "\n" : "\r\n"; }

  // The key and below it its value, the key at that column; each line with its end.
  std::string block(std::size_t indent) const {
    std::string out = std::string(kKey) + ":" + line_end();
    for (const std::string& line : expected_.lines) out += std::string(indent + 2, ' ') + line + line_end();
    return out;
  }

  Result<std::string> replace(bool in_flow) const {
    const std::optional<std::size_t> key = offset_of(text_, place_.expect);
    if (!key || !text_.substr(*key).starts_with(kKey)) return not_plain("its key comes from elsewhere");
    const std::size_t colon = text_.find(':', *key);
    const std::size_t line_stop = next_line(text_, *key);
    if (colon >= line_stop) return not_plain("its ':' stands on another line");
    const std::size_t value = text_.find_first_not_of(" \t", colon + 1);
    if (in_flow) {
      if (value == std::string_view::npos || text_[value] != '{') return not_plain("it is no mapping in braces");
      const std::optional<std::size_t> end = flow_end(text_, value);
      return end ? Result<std::string>(replaced(value, *end, expected_.flow)) : not_plain("its braces do not close");
    }
    const std::size_t indent = *key - line_begin(text_, *key);
    if (value < line_stop && (text_[value] == '*' || text_[value] == '&' || text_[value] == '!'))
      return not_plain("it is an alias, or has an anchor or a tag");
    std::size_t end = block_end(text_, *key, indent + 1);
    if (value < line_stop && (text_[value] == '{' || text_[value] == '[')) {
      const std::optional<std::size_t> closed = flow_end(text_, value);
      if (!closed) return not_plain("its braces do not close");
      end = next_line(text_, *closed - 1);
    }
    return replaced(*key, end, block(indent));
  }

  Result<std::string> add_in_flow(std::size_t test) const {
    const std::optional<std::size_t> end = flow_end(text_, test);
    if (!end) return not_plain("the test's braces do not close");
    std::size_t at = *end - 1;
    while (at > test && std::string_view(" \t\r\n").find(text_[at - 1]) != std::string_view::npos) --at;
    const bool has_comma = text_[at - 1] == ',';
    return replaced(at, at, std::string(has_comma ? " " : ", ") + std::string(kKey) + ": " + expected_.flow);
  }

  Result<std::string> add_in_block(std::size_t test) const {
    const std::size_t indent = place_.test.column - 1;
    const std::size_t end = block_end(text_, test, indent);
    const std::string before = end > 0 && text_[end - 1] != '\n' ? line_end() : "";
    return replaced(end, end, before + std::string(indent, ' ') + block(indent));
  }

  std::string_view text_;
  const TestPlace& place_;
  const WrittenExpectation& expected_;
};

}  // namespace

Result<std::string> put_expectation(std::string_view text, const TestPlace& place, const WrittenExpectation& expected) {
  return Edit(text, place, expected).run();
}

}  // namespace weir::testkit
