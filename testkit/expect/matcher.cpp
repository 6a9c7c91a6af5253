#include "testkit/expect/matcher.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/bytes_look.hpp"
#include "pipeline/text/quotes.hpp"
#include "testkit/expect/json_node.hpp"

#include <array>
#include <charconv>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

constexpr std::array<std::string_view, 4> kMatchers{"regex", "json", "json_equals", "any"};
constexpr std::size_t kMaxShown = 200;

bool names_matcher(const Node& node) {
  if (node.members().size() != 1) return false;
  for (const std::string_view name : kMatchers) {
    if (node.members().front().key == name) return true;
  }
  return false;
}

std::string shortened(std::string text) {
  if (text.size() <= kMaxShown) return text;
  std::size_t end = kMaxShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  text.resize(end);
  return text + "...";
}

std::string shown(const Node& value) {
  if (value.kind() == Node::Kind::null) return "null";
  const bool is_text = value.kind() == Node::Kind::scalar && scalar_type(value) == ScalarType::text;
  return (is_text ? "the text " : "") + shortened(json_of_node(value));
}

std::string shown(const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) return "null";
  if (!text::is_plain_text(*bytes)) return text::describe_bytes(*bytes);
  return shortened(json_of_node(Node::scalar(*bytes, true, {})));
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return number;
}

// Whole numbers are compared by their digits, for a double has not room for all of them.
bool same_number(const std::string& left, const std::string& right) {
  if (left == right) return true;
  constexpr std::string_view kFraction = ".eE";
  const bool whole =
      left.find_first_of(kFraction) == std::string::npos && right.find_first_of(kFraction) == std::string::npos;
  return !whole && number_of(left) == number_of(right);
}

bool same_scalar(const Node& expected, const Node& found) {
  if (found.kind() != Node::Kind::scalar) return false;
  const ScalarType type = scalar_type(expected);
  if (type != scalar_type(found)) return false;
  return type == ScalarType::number ? same_number(expected.text(), found.text()) : expected.text() == found.text();
}

}  // namespace

std::optional<Matcher> Matcher::read(const Node& node, const std::string& path, Diagnostics& out, Scalars scalars) {
  if (scalars == Scalars::regex && node.kind() == Node::Kind::scalar) return read_regex(node, path, out);
  return read_value(node, path, false, out);
}

std::optional<Matcher> Matcher::read_value(const Node& node, const std::string& path, bool whole, Diagnostics& out) {
  Matcher matcher;
  matcher.whole_ = whole;
  switch (node.kind()) {
    case Node::Kind::null:
      matcher.kind_ = Kind::null;
      return matcher;
    case Node::Kind::scalar:
      matcher.kind_ = Kind::scalar;
      matcher.scalar_ = node;
      return matcher;
    case Node::Kind::mapping:
      if (names_matcher(node)) return read_named(node.members().front(), path, whole, out);
      return read_members(node, path, whole, out);
    case Node::Kind::sequence:
      break;
  }
  matcher.kind_ = Kind::list;
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    std::optional<Matcher> item = read_value(node.items()[i], join_path(path, i), whole, out);
    if (!item) return std::nullopt;
    matcher.items_.push_back(std::move(*item));
  }
  return matcher;
}

std::optional<Matcher> Matcher::read_named(const Node::Member& member, const std::string& path, bool whole,
                                           Diagnostics& out) {
  const std::string its_path = join_path(path, member.key);
  if (member.key == "regex") return read_regex(member.value, its_path, out);
  if (member.key == "any") {
    bool is_any = false;
    if (!config::read_bool(member.value, {its_path, false, out}, is_any)) return std::nullopt;
    if (is_any) return Matcher();
    out.error("invalid-value", member.value.mark(), its_path, "'any' is true, or is not written",
              "leave the value out where it does not matter");
    return std::nullopt;
  }
  // Below `json:` a mapping is one of members even where it has a matcher's name.
  const bool exact = whole || member.key == "json_equals";
  if (member.value.kind() == Node::Kind::mapping) return read_members(member.value, its_path, exact, out);
  return read_value(member.value, its_path, exact, out);
}

std::optional<Matcher> Matcher::read_members(const Node& node, const std::string& path, bool whole, Diagnostics& out) {
  Matcher matcher;
  matcher.kind_ = Kind::mapping;
  matcher.whole_ = whole;
  for (const Node::Member& member : node.members()) {
    std::optional<Matcher> value = read_value(member.value, join_path(path, member.key), whole, out);
    if (!value) return std::nullopt;
    matcher.members_.emplace_back(member.key, std::move(*value));
  }
  return matcher;
}

std::optional<Matcher> Matcher::read_regex(const Node& node, const std::string& path, Diagnostics& out) {
  std::string expression;
  if (!config::read_string(node, {path, false, out}, expression)) return std::nullopt;
  Result<Pattern> pattern = Pattern::parse(expression);
  if (pattern.has_error()) {
    out.error("bad-regex", node.mark(), path, pattern.error().message(),
              "the syntax is RE2's; in YAML, single quotes leave backslashes alone");
    return std::nullopt;
  }
  Matcher matcher;
  matcher.kind_ = Kind::regex;
  matcher.pattern_ = std::move(*pattern);
  return matcher;
}

std::string Matcher::description() const {
  switch (kind_) {
    case Kind::any:
      return "anything";
    case Kind::null:
      return "null";
    case Kind::scalar:
      return shown(scalar_);
    case Kind::regex:
      return "a text in which " + text::quoted(pattern_->text()) + " is found";
    case Kind::mapping:
      return "a JSON object";
    case Kind::list:
      return "a JSON list of " + std::to_string(items_.size());
  }
  return {};
}

std::optional<Unlike> Matcher::differs(const std::optional<std::string>& bytes, std::string_view name) const {
  const std::string where(name);
  if (kind_ == Kind::any || (kind_ == Kind::null && !bytes.has_value())) return std::nullopt;
  if (!bytes.has_value() || kind_ == Kind::null) return Unlike{where, description(), shown(bytes)};
  if (kind_ == Kind::scalar) {
    if (scalar_.text() == *bytes) return std::nullopt;
    return Unlike{where, shown(std::optional(scalar_.text())), shown(bytes)};
  }
  if (kind_ == Kind::regex) {
    if (pattern_->is_in(*bytes)) return std::nullopt;
    return Unlike{where, description(), shown(bytes)};
  }
  const std::optional<Node> document = node_of_json(*bytes);
  if (!document) return Unlike{where, description(), shown(bytes) + ", which is no JSON"};
  return differs(*document, where);
}

std::optional<Unlike> Matcher::differs(const Node& value, const std::string& where) const {
  switch (kind_) {
    case Kind::any:
      return std::nullopt;
    case Kind::null:
      if (value.kind() == Node::Kind::null) return std::nullopt;
      break;
    case Kind::scalar:
      if (same_scalar(scalar_, value)) return std::nullopt;
      break;
    case Kind::regex:
      if (value.kind() == Node::Kind::scalar && pattern_->is_in(value.text())) return std::nullopt;
      break;
    case Kind::mapping:
      if (value.kind() == Node::Kind::mapping) return members_differ(value, where);
      break;
    case Kind::list:
      if (value.kind() == Node::Kind::sequence) return items_differ(value, where);
      break;
  }
  return Unlike{where, description(), shown(value)};
}

std::optional<Unlike> Matcher::members_differ(const Node& value, const std::string& where) const {
  for (const auto& [name, expected] : members_) {
    const std::string its_place = join_path(where, name);
    const Node* found = value.find(name);
    if (found == nullptr) return Unlike{its_place, expected.description(), "no such member"};
    if (std::optional<Unlike> unlike = expected.differs(*found, its_place)) return unlike;
  }
  if (!whole_) return std::nullopt;
  for (const Node::Member& member : value.members()) {
    bool known = false;
    for (const auto& [name, expected] : members_) known = known || name == member.key;
    if (!known) return Unlike{join_path(where, member.key), "no such member", shown(member.value)};
  }
  return std::nullopt;
}

std::optional<Unlike> Matcher::items_differ(const Node& value, const std::string& where) const {
  const std::size_t both = std::min(items_.size(), value.items().size());
  for (std::size_t i = 0; i < both; ++i) {
    if (std::optional<Unlike> unlike = items_[i].differs(value.items()[i], join_path(where, i))) return unlike;
  }
  if (items_.size() == value.items().size()) return std::nullopt;
  return Unlike{where, description(), "one of " + std::to_string(value.items().size())};
}

}  // namespace weir::testkit
