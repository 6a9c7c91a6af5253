#include "pipeline/topology/component_reader.hpp"

namespace weir::detail {
namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

// Reports when there is no connection of that name and kind. The finding stands at the option that names it.
void require_connection(const Use& use, const Node& component, const CheckScope& scope, Diagnostics& out) {
  const Node* written = component.find(use.option);
  const config::Mark& mark = written == nullptr ? component.mark() : written->mark();
  const std::string where = join_path(scope.path, use.option);
  const auto found = scope.connections.find(use.name);
  const bool is_there = found != scope.connections.end();
  // One that was refused may be of any kind.
  if (is_there ? found->second == use.kind || found->second.empty() : scope.lacks_connections) return;
  // The name may have come out of the environment.
  const std::string shown = written != nullptr && written->substituted() ? "of that name" : config::quote(use.name);
  if (is_there) {
    out.error("wrong-connection", mark, where,
              "the connection " + shown + " is of kind '" + found->second + "', wanted is '" + use.kind + "'");
    return;
  }
  std::vector<std::string_view> fitting;
  for (const auto& [other, other_kind] : scope.connections) {
    if (other_kind == use.kind) fitting.push_back(other);
  }
  std::string hint = fitting.empty()
                         ? "add one under 'connections:', such as { " +
                               (use.name.empty() ? std::string("name") : use.name) + ": { " + use.kind + ": {...} } }"
                         : config::suggest(use.name, fitting);
  if (written != nullptr && written->substituted()) hint = "connections: names one of kind '" + use.kind + "'";
  out.error("unknown-connection", mark, where, "no connection " + shown + " of kind '" + use.kind + "'",
            std::move(hint));
}

}  // namespace

std::string ComponentReader::advice_for(ComponentKind kind, const std::string& name,
                                        const std::vector<std::string_view>& known) const {
  const std::string& advice = registry_.advice(kind, name);
  return advice.empty() ? config::suggest(name, known) : advice;
}

ComponentPlan ComponentReader::read(ComponentKind kind, const Node& node, const std::string& path,
                                    CheckScope scope) const {
  const std::string what(to_string(kind));
  const std::vector<std::string_view> known = registry_.names(kind);
  if (node.kind() != Node::Kind::mapping) {
    std::string hint;
    if (node.kind() == Node::Kind::scalar && !node.substituted() && registry_.find(kind, node.text()) != nullptr) {
      hint = "write '" + node.text() + ": {}'";
    }
    config::wrong_type(node, {path, false, out_}, "one key with the name of a " + what, std::move(hint));
    return {};
  }
  if (node.members().size() != 1) {
    const bool none = node.members().empty();
    out_.error("one-component", none ? node.mark() : node.members()[1].mark, path,
               none ? "expected one key with the name of a " + what
                    : "expected one key, the name of a " + what + "; a second one stands here",
               none ? config::suggest("", known) : "indent options below the name of the " + what);
    return {};
  }
  const Node::Member& member = node.members().front();
  std::shared_ptr<const ComponentType> type = registry_.find(kind, member.key);
  if (type == nullptr) {
    out_.error("unknown-component", member.mark, path, "there is no " + what + " named " + config::quote(member.key),
               advice_for(kind, member.key, known));
    return {};
  }
  ComponentPlan plan;
  plan.type = type;
  plan.node = defaults_.under(*type, member.value);
  scope.path = join_path(path, member.key);
  const std::size_t errors_before = out_.error_count();
  plan.config = type->parse(plan.node, scope.path, out_);
  plan.fingerprint = type->name;
  type->write(plan.config, config::hash_secret, plan.fingerprint);
  if (out_.error_count() != errors_before) return plan;
  plan.description = type->describe(plan.config, scope.find_description);
  for (const Use& use : plan.description.uses) {
    if (use.what == Use::What::connection) require_connection(use, plan.node, scope, out_);
  }
  if (type->check) type->check(plan.config, plan.node, scope, out_);
  plan.is_sound = out_.error_count() == errors_before;
  return plan;
}

}  // namespace weir::detail
