#include "cli/inspect/component_list.hpp"

#include "cli/inspect/paragraphs.hpp"
#include "cli/terminal/text.hpp"
#include "pipeline/text/json_writer.hpp"

#include <algorithm>
#include <map>

namespace weir::cli {

namespace {

struct Kind {
  std::string_view name;
  std::vector<ComponentKind> kinds;
};

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kKinds = {
      {"connections", {ComponentKind::connection}},
      {"sources", {ComponentKind::source}},
      {"stages", {ComponentKind::stage, ComponentKind::persist, ComponentKind::ack}},
      {"sinks", {ComponentKind::sink}},
  };
  return kKinds;
}

// The options of an object, or of the objects in a list or mapping; nullptr for all else.
const SpecBase* inner_options(const config::Shape& shape) {
  if (shape.object != nullptr) return shape.object.get();
  return shape.item == nullptr ? nullptr : inner_options(*shape.item);
}

std::string facts_of(const OptionInfo& info) {
  std::string facts = info.type;
  const auto add = [&facts](const std::string& name, const std::string& value) {
    if (!value.empty()) facts += ", " + name + value;
  };
  if (info.required) facts += ", required";
  const bool has_default = !info.required && !info.secret && inner_options(info.shape) == nullptr;
  if (has_default) add("default ", info.default_value);
  add("at least ", info.min);
  add("at most ", info.max);
  std::string choices;
  for (const std::string& choice : info.choices) choices += (choices.empty() ? "" : " | ") + choice;
  add("one of ", choices);
  if (info.secret) facts += ", secret";
  return facts;
}

void append_options(const SpecBase& spec, const std::string& prefix, std::size_t width, bool colours,
                    std::string& out) {
  for (const OptionInfo& info : spec.options()) {
    out += "  " + coloured(prefix + info.key, Colour::bold, colours) + "  " +
           coloured(facts_of(info), Colour::grey, colours) + "\n";
    out += paragraph(info.doc, 6, width);
    if (!info.example.empty())
      out += "      " + coloured("example: ", Colour::grey, colours) + info.key + ": " + info.example + "\n";
    const std::string below = info.shape.kind == config::Shape::Kind::object ? "." : "[].";
    if (const SpecBase* inner = inner_options(info.shape))
      append_options(*inner, prefix + info.key + below, width, colours, out);
  }
}

void write_options(const SpecBase& spec, text::JsonWriter& json) {
  json.begin_array();
  for (const OptionInfo& info : spec.options()) {
    json.begin_object();
    json.member("key", info.key);
    json.member("type", info.type);
    json.member("doc", info.doc);
    json.member("required", info.required);
    if (info.secret) json.member("secret", true);
    if (!info.required && !info.secret) json.member("default", info.default_value);
    if (!info.min.empty()) json.member("min", info.min);
    if (!info.max.empty()) json.member("max", info.max);
    if (!info.choices.empty()) {
      json.key("choices");
      json.begin_array();
      for (const std::string& choice : info.choices) json.value(choice);
      json.end_array();
    }
    if (!info.example.empty()) json.member("example", info.example);
    if (const SpecBase* inner = inner_options(info.shape)) {
      json.key("options");
      write_options(*inner, json);
    }
    json.end_object();
  }
  json.end_array();
}

void write_component(const ComponentType& type, text::JsonWriter& json) {
  json.begin_object();
  json.member("name", type.name);
  json.member("doc", type.spec->doc());
  if (!type.spec->shorthand_key().empty()) json.member("shorthand", type.spec->shorthand_key());
  json.key("options");
  write_options(*type.spec, json);
  json.end_object();
}

}  // namespace

std::vector<std::string_view> component_kinds() {
  std::vector<std::string_view> names;
  for (const Kind& kind : all_kinds()) names.push_back(kind.name);
  return names;
}

std::vector<const ComponentType*> components_of(const Registry& registry, std::string_view kind) {
  std::vector<const ComponentType*> types;
  for (const Kind& known : all_kinds()) {
    if (known.name != kind) continue;
    for (const ComponentKind one : known.kinds) {
      for (const ComponentType* type : registry.all(one)) types.push_back(type);
    }
  }
  return types;
}

std::string render_components(const Registry& registry, std::string_view only, std::size_t width, bool colours) {
  constexpr std::size_t kIndent = 16;
  std::string out;
  for (const std::string_view kind : component_kinds()) {
    if (!only.empty() && kind != only) continue;
    out += (out.empty() ? "" : "\n") + coloured(kind, Colour::grey, colours) + "\n";
    for (const ComponentType* type : components_of(registry, kind)) {
      const std::string name = "  " + coloured(type->name, Colour::bold, colours);
      const std::size_t used = 2 + type->name.size();
      std::string text = paragraph(type->spec->doc(), kIndent, width);
      if (used < kIndent) text.erase(0, used);
      out += name + (used < kIndent ? "" : "\n") + text;
    }
  }
  return out;
}

std::string render_component(const ComponentType& type, std::size_t width, bool colours) {
  std::string out = coloured(type.name, Colour::bold, colours) + "\n" + paragraph(type.spec->doc(), 2, width) + "\n";
  if (type.spec->options().empty()) return out + "  It has no options: " + type.name + ": {}\n";
  append_options(*type.spec, {}, width, colours, out);
  if (!type.spec->shorthand_key().empty()) {
    out += "\n  " + type.name + ": VALUE stands for " + type.name + ": { " + std::string(type.spec->shorthand_key()) +
           ": VALUE }\n";
  }
  return out;
}

std::string render_components_json(const Registry& registry, std::string_view only) {
  std::string out;
  {
    text::JsonWriter json(out);
    json.begin_object();
    for (const std::string_view kind : component_kinds()) {
      if (!only.empty() && kind != only) continue;
      json.key(kind);
      json.begin_array();
      for (const ComponentType* type : components_of(registry, kind)) write_component(*type, json);
      json.end_array();
    }
    json.end_object();
  }
  return out + "\n";
}

std::string render_component_json(const ComponentType& type) {
  std::string out;
  {
    text::JsonWriter json(out);
    write_component(type, json);
  }
  return out + "\n";
}

}  // namespace weir::cli
