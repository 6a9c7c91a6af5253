#include "testkit/expect/list_reader.hpp"

#include "pipeline/config/spec.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

// What a bare scalar says of an item, and whether it is looked for inside the field.
struct Short {
  std::string_view field;
  Matcher::Scalars scalars;
};

Short short_form(Output::Kind kind) {
  switch (kind) {
    case Output::Kind::event:
      return {"type", Matcher::Scalars::exact};
    case Output::Kind::line:
      return {"line", Matcher::Scalars::regex};
    case Output::Kind::record:
    case Output::Kind::message:
      break;
  }
  return {"value", Matcher::Scalars::exact};
}

// A reason is a sentence for people; a test says the words in it that matter.
Matcher::Scalars scalars_of(std::string_view field) {
  return field == "reason" || field == "line" ? Matcher::Scalars::regex : Matcher::Scalars::exact;
}

void read_headers(const Node& node, const std::string& path, ExpectedItem& item, Diagnostics& out) {
  if (node.kind() != Node::Kind::mapping) {
    config::wrong_type(node, {path, false, out}, "a mapping of headers, such as { tenant: blue }");
    return;
  }
  for (const Node::Member& member : node.members()) {
    if (std::optional<Matcher> value = Matcher::read(member.value, join_path(path, member.key), out))
      item.headers.emplace_back(member.key, std::move(*value));
  }
}

void refuse_field(const Node::Member& member, const std::string& path, Output::Kind kind, Diagnostics& out) {
  std::string list;
  for (const std::string_view name : field_names(kind)) list.append(list.empty() ? "" : ", ").append(name);
  const std::string_view near = config::nearest(member.key, field_names(kind));
  const std::string word(item_word(kind));
  out.error(
      "unknown-key", member.mark, path,
      (kind == Output::Kind::event ? "an " : "a ") + word + " has no " + config::quote(member.key) + "; it has " + list,
      near.empty()
          ? "members of its JSON stand below '" + std::string(kind == Output::Kind::event ? "data" : "value") + "'"
          : "did you mean '" + std::string(near) + "'?");
}

ExpectedItem read_item(const Node& node, const std::string& path, Output::Kind kind, Diagnostics& out) {
  ExpectedItem item;
  item.written = node;
  if (node.kind() == Node::Kind::scalar) {
    const Short form = short_form(kind);
    if (std::optional<Matcher> value = Matcher::read(node, path, out, form.scalars))
      item.fields.emplace_back(form.field, std::move(*value));
    return item;
  }
  if (node.kind() != Node::Kind::mapping) {
    config::wrong_type(node, {path, false, out},
                       kind == Output::Kind::event ? "an event, such as { type: OrderPlaced, data: { amount: 5 } }"
                                                   : "a mapping of fields, such as { key: a, value: { amount: 5 } }");
    return item;
  }
  for (const Node::Member& member : node.members()) {
    const std::string its_path = join_path(path, member.key);
    if (member.key == "headers" && kind != Output::Kind::event) {
      read_headers(member.value, its_path, item, out);
      continue;
    }
    if (std::ranges::find(field_names(kind), member.key) == field_names(kind).end()) {
      refuse_field(member, path, kind, out);
      continue;
    }
    if (std::optional<Matcher> value = Matcher::read(member.value, its_path, out, scalars_of(member.key)))
      item.fields.emplace_back(member.key, std::move(*value));
  }
  return item;
}

std::vector<ExpectedItem> read_items(const Node& node, const std::string& path, Output::Kind kind, Diagnostics& out) {
  std::vector<ExpectedItem> items;
  if (node.kind() != Node::Kind::sequence) {
    config::wrong_type(node, {path, false, out}, "a list of what must be there; [] for nothing");
    return items;
  }
  for (std::size_t i = 0; i < node.items().size(); ++i)
    items.push_back(read_item(node.items()[i], join_path(path, i), kind, out));
  return items;
}

struct ListOptions {
  std::optional<std::uint64_t> count;
  Node exactly;
  Node any_order;
  Node contains;
};

Spec<ListOptions> list_spec() {
  Spec<ListOptions> spec("What a sink, stream, topic or file must hold in the end.");
  spec.option("count", &ListOptions::count, "How many there must be.");
  spec.option("exactly", &ListOptions::exactly, "These in this order, and no others; the same as the list alone.");
  spec.option("any_order", &ListOptions::any_order, "These in any order, and no others.");
  spec.option("contains", &ListOptions::contains, "These in any order, and any others.");
  return spec;
}

}  // namespace

ExpectedList read_list(const Node& node, const std::string& path, Output::Kind kind, Diagnostics& out) {
  ExpectedList list;
  list.mark = node.mark();
  if (node.kind() == Node::Kind::sequence) {
    list.items = read_items(node, path, kind, out);
    return list;
  }
  if (node.kind() != Node::Kind::mapping || node.members().empty()) {
    config::wrong_type(node, {path, false, out}, "a list of what must be there, or { count: ... }",
                       "write [] where nothing may be there");
    return list;
  }
  static const Spec<ListOptions> kSpec = list_spec();
  const ListOptions options = kSpec.parse(node, path, out);
  list.count = options.count;
  using Order = ExpectedList::Order;
  for (const auto& [key, order] : {std::pair("exactly", Order::exact), std::pair("any_order", Order::any),
                                   std::pair("contains", Order::contains)}) {
    const Node* written = node.find(key);
    if (written == nullptr) continue;
    if (list.items.has_value()) {
      out.error("invalid-value", written->mark(), path,
                "only one of 'exactly', 'any_order' and 'contains' can be said of one place", "keep one of them");
      continue;
    }
    list.items = read_items(*written, join_path(path, key), kind, out);
    list.order = order;
    if (order == Order::contains && written->kind() == Node::Kind::sequence && written->items().empty())
      out.error("invalid-value", written->mark(), join_path(path, key), "no item is named: whatever comes would pass",
                "name one, say how many with 'count: ...', or write [] for 'nothing'");
  }
  return list;
}

}  // namespace weir::testkit
