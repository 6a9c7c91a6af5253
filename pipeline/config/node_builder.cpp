#include "pipeline/config/node_builder.hpp"

#include <unordered_set>

namespace weir::config {
namespace {

// The nulls of the YAML 1.2 core schema.
bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

}  // namespace

bool NodeBuilder::fail(FindingCode code, const Mark& mark, std::string message, std::string hint) {
  out_.error(code, mark, {}, std::move(message), std::move(hint));
  return false;
}

bool NodeBuilder::charge(std::size_t nodes, const Mark& mark) {
  nodes_ += nodes;
  if (nodes_ <= limits_.nodes) return true;
  return fail("too-large", mark, "the file has more than " + std::to_string(limits_.nodes) + " values",
              "aliases count as often as they are used");
}

bool NodeBuilder::begin(Node::Kind kind, const std::string& anchor, const Mark& mark) {
  if (awaits_key()) return fail("bad-key", mark, "a list or mapping cannot be a key; keys are texts");
  if (frames_.size() >= limits_.depth) {
    return fail("too-deep", mark, "lists and mappings are nested more than " + std::to_string(limits_.depth) + " deep");
  }
  frames_.push_back({.kind = kind, .mark = mark, .anchor = anchor, .nodes_before = nodes_});
  return charge(1, mark);
}

bool NodeBuilder::end() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Node node = frame.kind == Node::Kind::sequence ? Node::sequence(std::move(frame.items), frame.mark)
                                                 : Node::mapping(merged_members(frame), frame.mark);
  if (!frame.anchor.empty()) anchors_.insert_or_assign(frame.anchor, Anchor{node, nodes_ - frame.nodes_before});
  return value(std::move(node), frame.mark);
}

bool NodeBuilder::scalar(std::string text, bool plain, bool is_text, const std::string& anchor, const Mark& mark) {
  const bool is_key = awaits_key();
  Node node = plain && !is_text && is_null(text) ? Node::null(mark) : Node::scalar(text, !plain || is_text, mark);
  if (!anchor.empty()) anchors_.insert_or_assign(anchor, Anchor{node, 1});
  if (!charge(1, mark)) return false;
  return is_key ? key(std::move(text), plain && !is_text, mark) : value(std::move(node), mark);
}

bool NodeBuilder::alias(const std::string& name, const Mark& mark) {
  for (const Frame& frame : frames_) {
    if (frame.anchor == name)
      return fail("bad-alias", mark, "the alias " + quote("*" + name) + " stands inside the value it refers to");
  }
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [known_name, anchor] : anchors_) known.push_back(known_name);
    return fail("bad-alias", mark, "no anchor " + quote("&" + name) + " before this alias", suggest(name, known));
  }
  const Anchor& anchor = found->second;
  if (!charge(anchor.nodes, mark)) return false;
  if (!awaits_key()) return value(anchor.node.with_mark(mark), mark);
  if (anchor.node.kind() != Node::Kind::scalar)
    return fail("bad-key", mark, "a key must be a text, and this alias stands for none");
  return key(anchor.node.text(), false, mark);
}

bool NodeBuilder::key(std::string text, bool plain, const Mark& mark) {
  Frame& frame = frames_.back();
  const bool merge = plain && text == "<<";
  if (plain && text.empty()) {
    frame.key = Key{{}, mark, false, true};  // it has no place of its own: reported at its value
    return true;
  }
  const auto [first, is_new] = frame.seen.emplace(text, mark);
  if (!is_new) {
    fail("duplicate-key", mark, "the key " + quote(text) + " is given twice; the first is at " + first->second.str(),
         merge ? "merge several mappings with a list: << : [*a, *b]" : "remove one of them");
  }
  frame.key = Key{std::move(text), mark, merge, false, !is_new};
  return true;
}

bool NodeBuilder::value(Node node, const Mark& mark) {
  if (frames_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Frame& frame = frames_.back();
  if (frame.kind == Node::Kind::sequence) {
    frame.items.push_back(std::move(node));
    return true;
  }
  Key key = std::move(*frame.key);
  frame.key.reset();
  if (key.missing) return fail("bad-key", mark, "a key is missing before ':'");
  if (key.repeated) return true;
  if (key.merge) return merge(frame, node, mark);
  // An empty value has no place of its own: its key is where to look.
  if (node.kind() == Node::Kind::null) node = node.with_mark(key.mark);
  frame.members.push_back({std::move(key.text), std::move(key.mark), std::move(node)});
  return true;
}

bool NodeBuilder::merge(Frame& frame, const Node& node, const Mark& mark) {
  const std::vector<Node> single{node};
  for (const Node& source : node.kind() == Node::Kind::sequence ? node.items() : single) {
    if (source.kind() != Node::Kind::mapping) {
      return fail("bad-merge", mark, "'<<' takes a mapping or a list of mappings", "write for instance << : *defaults");
    }
    frame.merges.push_back({frame.members.size(), source});
  }
  return true;
}

// The members in file order, those that were merged in at the place of their '<<'.
std::vector<Node::Member> NodeBuilder::merged_members(Frame& frame) {
  if (frame.merges.empty()) return std::move(frame.members);
  std::unordered_set<std::string> taken;
  for (const Node::Member& member : frame.members) taken.insert(member.key);
  std::vector<Node::Member> all;
  auto merge = frame.merges.begin();
  for (std::size_t at = 0; at <= frame.members.size(); ++at) {
    for (; merge != frame.merges.end() && merge->position == at; ++merge) {
      for (const Node::Member& member : merge->node.members()) {
        if (taken.insert(member.key).second) all.push_back(member);
      }
    }
    if (at < frame.members.size()) all.push_back(std::move(frame.members[at]));
  }
  return all;
}

}  // namespace weir::config
