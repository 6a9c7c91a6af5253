#include "pipeline/topology/written_place.hpp"

namespace weir::detail {

namespace {

const config::Node* find_scalar(const config::Node& node, const std::string& text) {
  if (node.kind() == config::Node::Kind::scalar) return node.text() == text ? &node : nullptr;
  for (const config::Node& item : node.items()) {
    if (const config::Node* found = find_scalar(item, text)) return found;
  }
  for (const config::Node::Member& member : node.members()) {
    if (const config::Node* found = find_scalar(member.value, text)) return found;
  }
  return nullptr;
}

}  // namespace

WrittenPlace find_written(const ComponentPlan& component, const std::string& name) {
  const config::Node* found = find_scalar(component.node, name);
  if (found == nullptr) return {component.node.mark(), config::quote(name)};
  return {found->mark(), found->substituted() ? "(out of ${...})" : config::quote(name)};
}

}  // namespace weir::detail
