#include "pipeline/topology/json_schema.hpp"

#include "pipeline/text/json.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/pipeline_reader.hpp"

#include <algorithm>

namespace weir::config {
namespace {

using text::JsonLayout;

constexpr std::string_view kSubstitution = R"({ "type": "string", "pattern": "\\$\\{" })";

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
    json_.end_object();
    json_.key("$defs");
    json_.begin_object();
    components("connection", {ComponentKind::connection});
    components("source", {ComponentKind::source});
    components("stage", {ComponentKind::stage, ComponentKind::persist, ComponentKind::ack});
    components("sink", {ComponentKind::sink});
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
    json_.raw_member("propertyNames", R"({ "pattern": "^[a-z0-9_-]{1,100}$" })");
    json_.raw_member("additionalProperties", "{ \"$ref\": \"#/$defs/" + definition + "\" }");
    json_.end_object();
  }

  // One key, the name of a component, above its options.
  void components(std::string_view name, const std::vector<ComponentKind>& kinds) {
    json_.key(name);
    json_.begin_object();
    json_.member("type", "object");
    json_.member("minProperties", 1);
    json_.member("maxProperties", 1);
    json_.member("additionalProperties", false);
    json_.key("properties");
    json_.begin_object();
    for (ComponentKind kind : kinds) {
      for (const ComponentType* type : registry_.all(kind)) {
        json_.key(type->name);
        spec(*type->spec);
      }
    }
    json_.end_object();
    json_.end_object();
  }

  void pipeline() {
    const Spec<weir::detail::PipelineOptions> options = weir::detail::PipelineOptions::spec();
    json_.begin_object();
    json_.member("description", options.doc());
    json_.member("type", "object");
    json_.member("additionalProperties", false);
    json_.raw_member("required", R"(["source", "stages", "sinks"])");
    json_.key("properties");
    json_.begin_object();
    for (const OptionInfo& info : options.options()) {
      json_.key(info.key);
      if (info.key == "source")
        component_option(info, R"("$ref": "#/$defs/source")");
      else if (info.key == "stages")
        component_option(info, R"("type": "array", "items": { "$ref": "#/$defs/stage" })");
      else if (info.key == "sinks")
        component_option(info,
                         R"("type": "object", "minProperties": 1, "additionalProperties": { "$ref": "#/$defs/sink" })");
      else
        option(info);
    }
    json_.end_object();
    json_.end_object();
  }

  void component_option(const OptionInfo& info, const std::string& rule) {
    std::string description;
    text::append_json_string(description, info.doc);
    json_.raw("{ \"description\": " + description + ", " + rule + " }");
  }

  // The options of a component: a mapping, nothing, or its shorthand.
  void spec(const SpecBase& spec) {
    const std::optional<Shape> shorthand = spec.shorthand_shape();
    json_.begin_object();
    json_.member("description", spec.doc());
    json_.key("anyOf");
    json_.begin_array();
    object(spec);
    if (std::ranges::none_of(spec.options(), &OptionInfo::required)) json_.raw(R"({ "type": "null" })");
    if (shorthand) shape_schema(*shorthand);
    json_.end_array();
    json_.end_object();
  }

  void object(const SpecBase& spec) {
    json_.begin_object();
    json_.member("type", "object");
    json_.member("additionalProperties", false);
    const std::vector<OptionInfo> options = spec.options();
    if (std::ranges::any_of(options, &OptionInfo::required)) {
      json_.key("required");
      json_.begin_array(JsonLayout::spaced);
      for (const OptionInfo& info : options) {
        if (info.required) json_.value(info.key);
      }
      json_.end_array();
    }
    json_.key("properties");
    json_.begin_object();
    for (const OptionInfo& info : options) {
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
      json_.begin_array();
      json_.value(info.example);
      json_.end_array();
    }
    Shape shape = info.shape;
    if (shape.kind == Shape::Kind::string && !info.choices.empty()) {
      shape.kind = Shape::Kind::choice;
      shape.choices = info.choices;
    }
    shape_rules(shape);
    json_.end_object();
  }

  void shape_schema(const Shape& shape) {
    json_.begin_object();
    shape_rules(shape);
    json_.end_object();
  }

  // The members of a schema object that hold for the shape.
  void shape_rules(const Shape& shape) {
    switch (shape.kind) {
      case Shape::Kind::boolean:
        return or_substitution(R"({ "type": "boolean" })");
      case Shape::Kind::integer:
        return or_substitution(R"({ "type": "integer" })");
      case Shape::Kind::number:
        return or_substitution(R"({ "type": "number" })");
      case Shape::Kind::string:
        return json_.raw_member("type", R"(["string", "number", "boolean"])");
      case Shape::Kind::duration:
        return or_substitution(
            R"({ "type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|min|h|d))+$" })");
      case Shape::Kind::bytes:
        return or_substitution(R"({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? *([KMGT]iB|[kKMG]B|B)$" })");
      case Shape::Kind::choice: {
        std::string names;
        for (const std::string& name : shape.choices) {
          names += names.empty() ? "" : ", ";
          text::append_json_string(names, name);
        }
        return or_substitution("{ \"enum\": [" + names + "] }");
      }
      case Shape::Kind::list:
        json_.member("type", "array");
        json_.key("items");
        return shape_schema(*shape.item);
      case Shape::Kind::map:
        json_.member("type", "object");
        json_.key("additionalProperties");
        return shape_schema(*shape.item);
      case Shape::Kind::object:
        json_.key("anyOf");
        json_.begin_array();
        spec(*shape.object);
        json_.end_array();
        return;
      case Shape::Kind::any:
        return;
    }
  }

  void or_substitution(const std::string& rule) {
    json_.raw_member("anyOf", "[" + rule + ", " + std::string(kSubstitution) + "]");
  }

  const Registry& registry_;
  std::string text_;
  text::JsonWriter json_{text_, JsonLayout::lines};
};

}  // namespace

std::string json_schema(const Registry& registry) {
  return SchemaWriter(registry).write();
}

}  // namespace weir::config
