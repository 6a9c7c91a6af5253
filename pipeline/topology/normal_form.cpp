#include "pipeline/topology/normal_form.hpp"

#include "pipeline/config/yaml.hpp"
#include "pipeline/topology/pipeline_reader.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weir {
namespace {

using config::Node;
using config::Shape;
using Members = std::vector<Node::Member>;

constexpr const char* kMasked = "***";
constexpr std::string_view kOpening = "${";
constexpr std::string_view kFile = "${file:";

std::string as_it_is(std::string_view text) {
  return std::string(text);
}

// Canonical YAML, as a Spec writes it. It always reads back; what does not would be shown as nothing.
Node read_back(const std::string& canonical) {
  config::Diagnostics ignored;
  return config::parse_yaml(canonical, {}, ignored).value_or(Node());
}

std::string canonical_text(const Node& node) {
  std::string text;
  config::write_node(node, text);
  return text;
}

void put(Members& members, std::string key, Node value) {
  members.push_back({std::move(key), {}, std::move(value)});
}

Node text_node(std::string text) {
  return Node::scalar(std::move(text), true, {});
}

// "${NAME}" or "${file:PATH}" and nothing else: shows what the value comes from, and nothing of the value. With a default
// it would.
bool is_bare_reference(std::string_view written) {
  if (!written.starts_with(kOpening) || !written.ends_with('}')) return false;
  const std::string_view inside = written.substr(kOpening.size(), written.size() - kOpening.size() - 1);
  if (inside.find_first_of("{}") != std::string_view::npos) return false;
  return written.starts_with(kFile) || inside.find(':') == std::string_view::npos;
}

// A text in which nothing is substituted when it is read again.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with(kOpening)) out += '$';
    out += text[at];
  }
  return out;
}

// A value as it was read, beside how it was written: nullptr where it was not, as with a default.
struct OptionValue {
  const Node& read;
  const Node* written;
};

const Node* member_of(const Node* node, std::string_view key) {
  return node == nullptr ? nullptr : node->find(key);
}

// Writes the options of components as they may be shown.
class Shower {
 public:
  explicit Shower(bool defaults) : defaults_(defaults) {}

  Node options(const SpecBase& spec, const OptionValue& component) const {
    Members members;
    for (const OptionInfo& info : spec.options()) {
      const Node* read = component.read.find(info.key);
      if (read == nullptr) continue;
      const OptionValue value{*read, written_of(spec, info.key, component.written)};
      if (!defaults_ && is_default(info, *read)) continue;
      Node shown = option(info, value);
      const bool says_nothing = shown.kind() == Node::Kind::mapping && shown.members().empty() && info.shape.object;
      if (defaults_ || !says_nothing || info.required) put(members, info.key, std::move(shown));
    }
    return Node::mapping(std::move(members), {});
  }

 private:
  // Where the option stands in what was written: the whole component, where that is its shorthand.
  static const Node* written_of(const SpecBase& spec, const std::string& key, const Node* component) {
    if (component == nullptr || component->kind() == Node::Kind::mapping) return member_of(component, key);
    return key == spec.shorthand_key() ? component : nullptr;
  }
  static bool is_default(const OptionInfo& info, const Node& value) {
    return !info.required && canonical_text(read_back(info.default_value)) == canonical_text(value);
  }

  Node option(const OptionInfo& info, const OptionValue& value) const {
    if (info.secret) return secret(info.mask, value);
    // One of a few known words tells nothing, wherever it came from.
    return info.choices.empty() ? shaped(info.shape, info.is_secret_key, value) : value.read;
  }

  Node shaped(const Shape& shape, const std::function<bool(std::string_view)>& is_secret_key,
              const OptionValue& value) const {
    switch (shape.kind) {
      case Shape::Kind::object:
        return options(*shape.object, value);
      case Shape::Kind::list: {
        std::vector<Node> items;
        for (std::size_t i = 0; i < value.read.items().size(); ++i) {
          const bool known = value.written != nullptr && i < value.written->items().size();
          items.push_back(
              shaped(*shape.item, {}, {value.read.items()[i], known ? &value.written->items()[i] : nullptr}));
        }
        return Node::sequence(std::move(items), {});
      }
      case Shape::Kind::map: {
        Members members;
        for (const Node::Member& member : value.read.members()) {
          const OptionValue inner{member.value, member_of(value.written, member.key)};
          const bool hidden = is_secret_key && is_secret_key(member.key);
          put(members, member.key, hidden ? secret({}, inner) : shaped(*shape.item, {}, inner));
        }
        return Node::mapping(std::move(members), {});
      }
      case Shape::Kind::string:
      case Shape::Kind::any:
        return text(value);
      default:
        return value.read;
    }
  }

  static Node secret(const std::function<std::string(const std::string&)>& mask, const OptionValue& value) {
    if (value.written != nullptr && is_bare_reference(value.written->written()))
      return text_node(value.written->written());
    if (value.read.kind() != Node::Kind::scalar || value.read.text().empty()) return value.read;
    return text_node(mask ? escaped(mask(value.read.text())) : kMasked);
  }

  static Node text(const OptionValue& value) {
    const std::string_view written =
        value.written == nullptr ? std::string_view() : std::string_view(value.written->written());
    if (written.find(kFile) != std::string_view::npos)
      return text_node(is_bare_reference(written) ? std::string(written) : kMasked);
    if (value.read.kind() != Node::Kind::scalar) return value.read;
    if (value.read.text().find(kOpening) == std::string::npos) return value.read;
    return text_node(escaped(value.read.text()));
  }

  const bool defaults_;
};

class NormalForm {
 public:
  NormalForm(const Registry& registry, bool defaults) : registry_(registry), shower_(defaults) {}

  Node document(const Topology& topology) const {
    Members members;
    Members connections;
    for (const auto& [name, connection] : topology.connections) put(connections, name, component(connection));
    if (!connections.empty()) put(members, "connections", Node::mapping(std::move(connections), {}));
    Members pipelines;
    for (const PipelinePlan& plan : topology.pipelines) put(pipelines, plan.name, pipeline(plan));
    put(members, "pipelines", Node::mapping(std::move(pipelines), {}));
    return Node::mapping(std::move(members), {});
  }

 private:
  Node component(const ComponentPlan& plan) const { return component(*plan.type, plan.config, &plan.node); }

  Node component(const ComponentType& type, const ComponentType::Config& config, const Node* written) const {
    std::string canonical;
    type.write(config, as_it_is, canonical);
    const Node read = read_back(canonical);
    Members members;
    put(members, type.name, shower_.options(*type.spec, {read, written}));
    return Node::mapping(std::move(members), {});
  }

  Node pipeline(const PipelinePlan& plan) const {
    detail::PipelineOptions options;
    static_cast<PipelineSettings&>(options) = plan.settings;
    options.enabled = plan.enabled;
    const Spec<detail::PipelineOptions> spec = detail::PipelineOptions::spec();
    std::string canonical;
    spec.write(options, as_it_is, canonical);
    const Node read = read_back(canonical);
    const std::map<std::string, Node> parts = {
        {"source", component(plan.source)}, {"stages", stages(plan)}, {"sinks", sinks(plan)}};
    Members members;
    const Node settings = shower_.options(spec, {read, nullptr});
    for (const Node::Member& setting : settings.members()) {
      if (setting.key != "tests" && !parts.contains(setting.key)) members.push_back(setting);
    }
    for (const char* key : {"source", "stages", "sinks"}) put(members, key, parts.at(key));
    return Node::mapping(std::move(members), {});
  }

  Node stages(const PipelinePlan& plan) const {
    std::vector<Node> items;
    for (const ComponentPlan& stage : plan.stages) items.push_back(component(stage));
    for (const ComponentType* type : registry_.all(ComponentKind::persist))
      items.push_back(component(*type, std::make_shared<const PersistPolicy>(plan.persist), nullptr));
    for (const ComponentType* type : registry_.all(ComponentKind::ack))
      items.push_back(component(*type, std::make_shared<const Registry::AckConfig>(), nullptr));
    return Node::sequence(std::move(items), {});
  }

  Node sinks(const PipelinePlan& plan) const {
    Members members;
    for (const auto& [name, sink] : plan.sinks) put(members, name, component(sink));
    return Node::mapping(std::move(members), {});
  }

  const Registry& registry_;
  const Shower shower_;
};

}  // namespace

Node normal_form(const Topology& topology, const Registry& registry, bool defaults) {
  return NormalForm(registry, defaults).document(topology);
}

}  // namespace weir
