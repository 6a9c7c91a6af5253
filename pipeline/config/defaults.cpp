#include "pipeline/config/defaults.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace weir::config {
namespace {

// What is written, as members; nothing when it can only be refused.
std::optional<std::vector<Node::Member>> members_of(const Node& own, const SpecBase& spec) {
  if (own.kind() == Node::Kind::mapping || own.kind() == Node::Kind::null) return own.members();
  if (spec.shorthand_key().empty()) return std::nullopt;
  return std::vector<Node::Member>{{std::string(spec.shorthand_key()), own.mark(), own}};
}

}  // namespace

Node with_defaults(const Node& own, const Node& defaults, const SpecBase& spec) {
  std::optional<std::vector<Node::Member>> members = members_of(own, spec);
  if (!members || defaults.members().empty()) return own;
  for (const OptionInfo& option : spec.options()) {
    const auto shared = std::ranges::find(defaults.members(), option.key, &Node::Member::key);
    if (shared == defaults.members().end()) continue;
    const auto same = std::ranges::find(*members, option.key, &Node::Member::key);
    if (same == members->end())
      members->push_back(*shared);
    else if (option.shape.kind == Shape::Kind::object && same->value.kind() != Node::Kind::null)
      same->value = with_defaults(same->value, shared->value, *option.shape.object);
  }
  return Node::mapping(std::move(*members), own.mark());
}

Node known_options(const Node& written, const SpecBase& spec) {
  std::vector<Node::Member> members;
  for (const OptionInfo& option : spec.options()) {
    const auto found = std::ranges::find(written.members(), option.key, &Node::Member::key);
    if (found != written.members().end()) members.push_back(*found);
  }
  return Node::mapping(std::move(members), written.mark());
}

}  // namespace weir::config
