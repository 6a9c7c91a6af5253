#include "pipeline/topology/json_schema.hpp"

#include "pipeline/text/json.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/pipeline_reader.hpp"
#include "pipeline/topology/shape_schema.hpp"

#include <algorithm>
#include <array>

namespace weir::config {
namespace {

using text::JsonLayout;
using weir::detail::PipelineOptions;

constexpr std::string_view kNamePattern = R"({ "pattern": "^[a-z0-9_-]{1,100}$" })";

// Where components stand: under this name in `$defs` and `defaults`, each with what is registered of these kinds.
struct Place {
  std::string_view name;
  std::vector<ComponentKind> kinds;
};

const std::array<Place, 4>& places() {
  static const std::array<Place, 4> kPlaces{{
      {"connection", {ComponentKind::connection}},
      {"source", {ComponentKind::source}},
      {"stage", {ComponentKind::stage, ComponentKind::persist, ComponentKind::ack}},
      {"sink", {ComponentKind::sink}},
  }};
  return kPlaces;
}

bool has_required(const SpecBase& spec) {
  return std::ranges::any_of(spec.options(), &OptionInfo::required);
}

class SchemaWriter {
 public:
  explicit SchemaWriter(const Registry& registry) : registry_(registry) {}

  std::string write() {
    json_.begin_object();
    json_.member("$schema", "https://json-schema.org/draft/2020-12/schema");
    json_.member("title", "weir pipelines");
    json_.member("type", "object");
    json_.member("additionalProperties", false);
    json_.raw_member("patternProperties", R"({ "^x-": true })");
    json_.key("properties");
    json_.begin_object();
    named_block("connections", "Named clients, shared by all pipelines.", "connection");
    named_block("pipelines", "The pipelines, by name.", "pipeline");
    json_.key("defaults");
    defaults();
    json_.end_object();
    // What is required may come from there.
    json_.raw_member(
        "if",
        R"({ "required": ["defaults"], "properties": { "defaults": { "type": "object", "minProperties": 1 } } })");
    json_.key("else");
    requirements();
    json_.key("$defs");
    json_.begin_object();
    json_.raw_member(kSubstitutionName, substitution_schema());
    for (const Place& place : places()) component(place);
    for (const Place& place : places()) options(place);
    json_.key("pipeline");
    pipeline();
    json_.end_object();
    json_.end_object();
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void named_block(std::string_view name, std::string_view doc, const std::string& definition) {
    json_.key(name);
    json_.begin_object();
    json_.member("description", doc);
    json_.raw_member("type", R"(["object", "null"])");
    json_.raw_member("propertyNames", kNamePattern);
    json_.member("maxProperties", weir::detail::kMaxEntries);
    json_.raw_member("additionalProperties", "{ \"$ref\": \"#/$defs/" + definition + "\" }");
    json_.end_object();
  }

  template <class Visit>
  void each_type(const Place& place, Visit visit) {
    for (const ComponentKind kind : place.kinds) {
      for (const ComponentType* type : registry_.all(kind)) visit(*type);
    }
  }

  static std::string options_name(const Place& place, const ComponentType& type) {
    return std::string(place.name) + "-" + type.name;
  }
  static std::string reference(const std::string& name) { return "{ \"$ref\": \"#/$defs/" + name + "\" }"; }

  // One key, the name of a component, above its options.
  void component(const Place& place) {
    json_.key(place.name);
    json_.begin_object();
    json_.member("type", "object");
    json_.member("minProperties", 1);
    json_.member("maxProperties", 1);
    json_.member("additionalProperties", false);
    json_.key("properties");
    json_.begin_object();
    each_type(place, [&](const ComponentType& type) {
      std::string choices = reference(options_name(place, type)) + R"(, { "type": "null" })";
      if (const std::optional<Shape> shorthand = type.spec->shorthand_shape())
        choices += ", { " + shape_rules(*shorthand, object_) + " }";
      json_.raw_member(type.name, "{ \"anyOf\": [" + choices + "] }");
    });
    json_.end_object();
    json_.end_object();
  }

  void options(const Place& place) {
    each_type(place, [&](const ComponentType& type) {
      json_.key(options_name(place, type));
      object(*type.spec);
    });
  }

  void pipeline() {
    const Spec<PipelineOptions> options = PipelineOptions::spec();
    const std::string most = std::to_string(weir::detail::kMaxEntries);
    json_.begin_object();
    json_.member("description", options.doc());
    json_.member("type", "object");
    json_.member("additionalProperties", false);
    json_.raw_member("required", R"(["source", "stages", "sinks"])");
    json_.key("properties");
    json_.begin_object();
    for (const OptionInfo& info : options.options()) {
      json_.key(info.key);
      if (info.key == "source") {
        described(info, R"("$ref": "#/$defs/source")");
      } else if (info.key == "stages") {
        described(info, R"("type": "array", "items": { "$ref": "#/$defs/stage" }, "maxItems": )" + most +
                            R"(, "allOf": [{ "contains": { "required": ["persist"] }, "maxContains": 1 }, )" +
                            R"({ "contains": { "required": ["ack"] }, "maxContains": 1 }])");
      } else if (info.key == "sinks") {
        described(info, R"("type": "object", "minProperties": 1, "maxProperties": )" + most + R"(, "propertyNames": )" +
                            std::string(kNamePattern) + R"(, "additionalProperties": { "$ref": "#/$defs/sink" }, )" +
                            R"("not": { "required": ["dlq"], "maxProperties": 1 })");
      } else {
        option(info);
      }
    }
    json_.end_object();
    json_.end_object();
  }

  void defaults() {
    json_.begin_object();
    json_.member("description", "Options that many share: what a component or pipeline says itself wins.");
    json_.raw_member("type", R"(["object", "null"])");
    json_.member("additionalProperties", false);
    json_.key("properties");
    json_.begin_object();
    json_.key("pipeline");
    json_.begin_object();
    json_.key("anyOf");
    json_.begin_array();
    object(PipelineOptions::settings_spec());
    json_.raw(R"({ "type": "null" })");
    json_.end_array();
    json_.end_object();
    for (const Place& place : places()) {
      json_.key(place.name);
      json_.begin_object();
      json_.raw_member("type", R"(["object", "null"])");
      json_.member("additionalProperties", false);
      json_.key("properties");
      json_.begin_object();
      each_type(place, [&](const ComponentType& type) {
        json_.raw_member(type.name,
                         "{ \"anyOf\": [" + reference(options_name(place, type)) + R"(, { "type": "null" }] })");
      });
      json_.end_object();
      json_.end_object();
    }
    json_.end_object();
    json_.end_object();
  }

  // The options that must be there, wherever components stand.
  void requirements() {
    json_.begin_object();
    json_.key("properties");
    json_.begin_object();
    json_.raw_member("connections", "{ \"additionalProperties\": " + required_in(places()[0]) + " }");
    json_.raw_member("pipelines",
                     "{ \"additionalProperties\": { \"properties\": { \"source\": " + required_in(places()[1]) +
                         ", \"stages\": { \"items\": " + required_in(places()[2]) +
                         " }, \"sinks\": { \"additionalProperties\": " + required_in(places()[3]) + " } } } }");
    json_.end_object();
    json_.end_object();
  }

  std::string required_in(const Place& place) {
    std::string types;
    each_type(place, [&](const ComponentType& type) {
      if (!has_required(*type.spec)) return;
      std::string keys;
      for (const OptionInfo& info : type.spec->options()) {
        if (info.required) keys.append(keys.empty() ? "\"" : ", \"").append(info.key).append("\"");
      }
      types += (types.empty() ? "" : ", ") +
               ("\"" + type.name + "\": { \"not\": { \"type\": \"null\" }, \"required\": [" + keys + "] }");
    });
    return "{ \"properties\": { " + types + " } }";
  }

  void described(const OptionInfo& info, const std::string& rule) {
    std::string description;
    text::append_json_string(description, info.doc);
    json_.raw("{ \"description\": " + description + ", " + rule + " }");
  }

  void object(const SpecBase& spec) {
    json_.begin_object();
    json_.member("description", spec.doc());
    json_.member("type", "object");
    json_.member("additionalProperties", false);
    json_.key("properties");
    json_.begin_object();
    for (const OptionInfo& info : spec.options()) {
      json_.key(info.key);
      option(info);
    }
    json_.end_object();
    json_.end_object();
  }

  void option(const OptionInfo& info) {
    std::string doc = info.doc;
    if (!info.default_value.empty() && !info.secret) doc += " Default: " + info.default_value + ".";
    if (!info.min.empty()) doc += " At least " + info.min + ".";
    if (!info.max.empty()) doc += " At most " + info.max + ".";
    json_.begin_object();
    json_.member("description", doc);
    if (!info.example.empty()) {
      json_.key("examples");
      json_.begin_array(JsonLayout::spaced);
      json_.value(info.example);
      json_.end_array();
    }
    if (const std::string rules = shape_rules(info, object_); !rules.empty()) json_.raw_members(rules);
    json_.end_object();
  }

  // An object within an option: on one line. Null is all defaults, unless something must be said.
  std::string nested(const SpecBase& spec) {
    SchemaWriter writer(registry_);
    writer.object(spec);
    std::string keys;
    for (const OptionInfo& info : spec.options()) {
      if (info.required) keys.append(keys.empty() ? "\"" : ", \"").append(info.key).append("\"");
    }
    std::string schema;
    text::JsonWriter(schema).raw_on_one_line(writer.text_);
    if (!keys.empty()) return "{ \"allOf\": [" + schema + ", { \"required\": [" + keys + "] }] }";
    return schema + R"(, { "type": "null" })";
  }

  const Registry& registry_;
  const std::function<std::string(const SpecBase&)> object_ = [this](const SpecBase& spec) {
    return nested(spec);
  };
  std::string text_;
  text::JsonWriter json_{text_, JsonLayout::lines};
};

}  // namespace

std::string json_schema(const Registry& registry) {
  return SchemaWriter(registry).write();
}

}  // namespace weir::config
