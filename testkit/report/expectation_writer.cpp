#include "testkit/report/expectation_writer.hpp"

#include "pipeline/text/bytes_look.hpp"
#include "testkit/expect/json_node.hpp"
#include "testkit/expect/yaml_text.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using config::Node;

// `${` would be substituted.
std::string literal(std::string text) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3)) text.insert(at, "$");
  return text;
}

// A mapping that a reader would take for a matcher, or for one that may have more members.
bool needs_json(const Node& document) {
  return document.kind() == Node::Kind::mapping && document.members().size() <= 1;
}

// Nothing: it cannot be written.
std::optional<std::string> value_of(const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) return "null";
  if (!text::is_plain_text(*bytes)) return std::nullopt;
  if (const std::optional<Node> document = node_of_json(*bytes);
      document && (document->kind() == Node::Kind::mapping || document->kind() == Node::Kind::sequence)) {
    const std::string written = yaml_of(*document);
    return literal(needs_json(*document) ? "{ json_equals: " + written + " }" : written);
  }
  return literal(yaml_of_text(*bytes));
}

// The sentence as an expression: only what would mean something else is escaped.
std::string as_pattern(std::string_view sentence) {
  constexpr std::string_view kSpecial = "\\^$|?*+()[]{}";
  std::string pattern;
  for (const char c : sentence) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  std::string written = "'";
  for (const char c : pattern) written.append(c == '\'' ? "''" : std::string(1, c));
  return literal(written + "'");
}

bool is_left_out(const Output& output, std::string_view field) {
  static constexpr std::string_view kMade[] = {"id", "revision", "metadata", "timestamp", "offset"};
  if (std::ranges::find(kMade, field) != std::end(kMade)) return true;
  return field == "partition" || (field == "line" && output.fields.size() > 1);
}

std::string item_text(const Output& output, bool with_place) {
  std::string text = "{";
  for (const Field& field : output.fields) {
    const bool is_place = field.name == place_word(output.kind);
    if (is_left_out(output, field.name) || (is_place && !with_place)) continue;
    if (field.name == "key" && !field.bytes.has_value()) continue;
    const std::optional<std::string> value = field.name == "reason" && field.bytes && text::is_plain_text(*field.bytes)
                                                 ? std::optional(as_pattern(*field.bytes))
                                                 : value_of(field.bytes);
    if (value) text += (text.size() > 1 ? ", " : " ") + field.name + ": " + *value;
  }
  return text + (text.size() > 1 ? " }" : "}");
}

struct Group {
  std::string name;
  bool by_sink = false;
  std::vector<std::string> items;
};

// By the word that stands above it: "" for sinks, "streams", "topics", "files".
using Sections = std::vector<std::pair<std::string, std::vector<Group>>>;

std::string section_of(const Output& output) {
  return output.sink.empty() ? std::string(place_word(output.kind)) + "s" : std::string();
}

Sections sections_of(const Observed& observed) {
  Sections sections;
  for (const Output& output : observed.outputs) {
    const std::string word = section_of(output);
    auto section = std::ranges::find(sections, word, [](const auto& pair) { return pair.first; });
    if (section == sections.end()) section = sections.insert(sections.end(), {word, {}});
    const std::string& name = output.sink.empty() ? output.place : output.sink;
    auto group = std::ranges::find(section->second, name, &Group::name);
    if (group == section->second.end()) group = section->second.insert(group, {name, !output.sink.empty(), {}});
    group->items.push_back(item_text(output, group->by_sink));
  }
  return sections;
}

void append_group(const Group& group, const std::string& indent, std::vector<std::string>& lines) {
  lines.push_back(indent + yaml_of_text(group.name) + ":");
  for (const std::string& item : group.items) lines.push_back(indent + "  - " + item);
}

std::string flow_of(const Group& group) {
  std::string flow = yaml_of_text(group.name) + ": [";
  for (std::size_t i = 0; i < group.items.size(); ++i) flow += (i > 0 ? ", " : " ") + group.items[i];
  return flow + " ]";
}

// Figures that say what a list of outputs does not: "committed: { orders/0: 3 }".
std::vector<std::string> figures(const Observed& observed) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& name, const std::string& members) {
    if (!members.empty()) lines.push_back(name + ": { " + members + " }");
  };
  std::string members;
  for (const auto& [partition, offset] : observed.committed)
    members += (members.empty() ? "" : ", ") + partition.first + "/" + std::to_string(partition.second) + ": " +
               std::to_string(offset);
  add("committed", members);
  members.clear();
  for (const auto& [reason, count] : observed.dropped) {
    if (count > 0) members += (members.empty() ? "" : ", ") + yaml_of_text(reason) + ": " + std::to_string(count);
  }
  add("dropped", members);
  if (observed.duplicates > 0) lines.push_back("duplicates: " + std::to_string(observed.duplicates));
  if (!observed.retries.empty()) lines.push_back("retries: " + std::to_string(observed.retries.size()));
  if (observed.failure) lines.push_back("fails: " + as_pattern(*observed.failure));
  if (observed.unfinished)
    lines.push_back("unfinished: " + as_pattern(observed.unfinished->substr(0, observed.unfinished->find('\n'))));
  return lines;
}

}  // namespace

WrittenExpectation write_expectation(const Observed& observed) {
  WrittenExpectation written;
  std::vector<std::string> members;  // in flow
  for (const auto& [word, groups] : sections_of(observed)) {
    if (!word.empty()) written.lines.push_back(word + ":");
    std::string inside;
    for (const Group& group : groups) {
      append_group(group, word.empty() ? "" : "  ", written.lines);
      inside += (inside.empty() ? "" : ", ") + flow_of(group);
    }
    members.push_back(word.empty() ? inside : word + ": { " + inside + " }");
  }
  for (std::string& figure : figures(observed)) {
    written.lines.push_back(figure);
    members.push_back(std::move(figure));
  }
  if (members.empty()) {  // nothing came of it, and that is what is expected
    members.emplace_back("committed: {}");
    written.lines.emplace_back("committed: {}");
  }
  written.flow = "{ ";
  for (std::size_t i = 0; i < members.size(); ++i) written.flow += (i > 0 ? ", " : "") + members[i];
  written.flow += " }";
  return written;
}

}  // namespace weir::testkit
