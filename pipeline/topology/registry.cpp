#include "pipeline/topology/registry.hpp"

#include <boost/assert.hpp>

namespace weir {
namespace {

// The kinds that may stand where `kind` is wanted: the list `stages:` holds the two steps of the runner, too.
std::vector<ComponentKind> admitted(ComponentKind kind) {
  if (kind == ComponentKind::stage) return {ComponentKind::stage, ComponentKind::persist, ComponentKind::ack};
  return {kind};
}

}  // namespace

std::optional<SinkIndex> BuildContext::sink(std::string_view name) const {
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    if (sinks[i] == name) return static_cast<SinkIndex>(i);
  }
  return std::nullopt;
}

std::string_view to_string(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::connection:
      return "connection";
    case ComponentKind::source:
      return "source";
    case ComponentKind::stage:
      return "stage";
    case ComponentKind::sink:
      return "sink";
    case ComponentKind::persist:
      return "persist";
    case ComponentKind::ack:
      return "ack";
  }
  return "component";
}

void Registry::add(ComponentType type) {
  const bool is_new = find(type.kind, type.name) == nullptr;
  BOOST_ASSERT_MSG(is_new, "two components of one kind have the same name");
  if (!is_new) return;
  std::pair key(type.kind, type.name);
  types_.emplace(std::move(key), std::make_shared<const ComponentType>(std::move(type)));
}

void Registry::add_embedded(std::string connection_kind, StartEmbedded start) {
  const bool is_new = embedded_.emplace(std::move(connection_kind), std::move(start)).second;
  BOOST_ASSERT_MSG(is_new, "two embedded servers for one kind of connection");
  static_cast<void>(is_new);
}

void Registry::add_advice(ComponentKind kind, std::string name, std::string advice) {
  advice_.emplace(std::pair(kind, std::move(name)), std::move(advice));
}

const std::string& Registry::advice(ComponentKind kind, const std::string& name) const {
  static const std::string kNone;
  const auto found = advice_.find(std::pair(kind, name));
  return found == advice_.end() ? kNone : found->second;
}

std::shared_ptr<const ComponentType> Registry::find(ComponentKind kind, std::string_view name) const {
  for (ComponentKind candidate : admitted(kind)) {
    const auto found = types_.find(std::pair(candidate, std::string(name)));
    if (found != types_.end()) return found->second;
  }
  return nullptr;
}

std::vector<const ComponentType*> Registry::all(ComponentKind kind) const {
  std::vector<const ComponentType*> found;
  for (const auto& [key, type] : types_) {
    if (key.first == kind) found.push_back(type.get());
  }
  return found;
}

std::vector<std::string_view> Registry::names(ComponentKind kind) const {
  std::vector<std::string_view> found;
  for (ComponentKind candidate : admitted(kind)) {
    for (const ComponentType* type : all(candidate)) found.push_back(type->name);
  }
  return found;
}

StartEmbedded Registry::embedded(const std::string& connection_kind) const {
  const auto found = embedded_.find(connection_kind);
  return found == embedded_.end() ? StartEmbedded() : found->second;
}

}  // namespace weir
