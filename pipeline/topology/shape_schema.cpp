#include "pipeline/topology/shape_schema.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/json.hpp"

#include <vector>

namespace weir::config {
namespace {

using Bounds = std::pair<std::string, std::string>;  // as JSON; empty = none
using ObjectSchema = std::function<std::string(const SpecBase&)>;

std::string json_text(std::string_view text) {
  std::string out;
  text::append_json_string(out, text);
  return out;
}

// One of several schemas.
std::string any_of(const std::vector<std::string>& schemas) {
  std::string out;
  for (const std::string& schema : schemas) out.append(out.empty() ? "" : ", ").append(schema);
  return "\"anyOf\": [" + out + "]";
}

// A value that is no text may come out of ${…}, and null may mean that it is not set.
std::string or_else(const std::string& schema, const Shape& shape) {
  std::vector<std::string> all{schema, "{ \"$ref\": \"#/$defs/" + std::string(kSubstitutionName) + "\" }"};
  if (shape.nullable) all.emplace_back(R"({ "type": "null" })");
  return any_of(all);
}

std::string number(std::string_view type, const Bounds& bounds) {
  std::string schema = "{ \"type\": \"" + std::string(type) + "\"";
  if (!bounds.first.empty()) schema += ", \"minimum\": " + bounds.first;
  if (!bounds.second.empty()) schema += ", \"maximum\": " + bounds.second;
  return schema + " }";
}

// A number with its unit, or a zero, which needs none.
std::string quantity(const std::string& pattern) {
  return "{ \"anyOf\": [{ \"type\": \"string\", \"pattern\": " + json_text(pattern) + " }, { \"enum\": [0, \"0\"] }] }";
}

std::string choice(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(json_text(name));
  return "{ \"enum\": [" + list + "] }";
}

std::string rules_of(const Shape& shape, const Bounds& bounds, const ObjectSchema& object_schema) {
  using Kind = Shape::Kind;
  const std::string or_null = shape.nullable ? R"(, "null"])" : "]";
  switch (shape.kind) {
    case Kind::boolean:
      return or_else(R"({ "type": "boolean" })", shape);
    case Kind::integer:
      return or_else(number("integer", bounds), shape);
    case Kind::number:
      return or_else(number("number", bounds), shape);
    case Kind::string:  // whatever is one scalar is a text
      return R"("type": ["string", "number", "boolean")" + or_null;
    case Kind::duration:
      return or_else(quantity(duration_pattern()), shape);
    case Kind::bytes:
      return or_else(quantity(bytes_pattern()), shape);
    case Kind::choice:
      return or_else(choice(shape.choices), shape);
    case Kind::list:
      return R"("type": ["array")" + or_null + ", \"items\": { " + rules_of(*shape.item, {}, object_schema) + " }";
    case Kind::map:
      return R"("type": ["object")" + or_null + R"(, "propertyNames": { "not": { "pattern": "\\$\\{" } })" +
             ", \"additionalProperties\": { " + rules_of(*shape.item, {}, object_schema) + " }";
    case Kind::object:
      return any_of({object_schema(*shape.object)});
    case Kind::any:
      return {};
  }
  return {};
}

// A text of which only some words are taken is a choice among them; so is each entry of a list of such.
Shape narrowed(const OptionInfo& option) {
  Shape shape = option.shape;
  if (option.choices.empty()) return shape;
  if (shape.kind == Shape::Kind::string) {
    shape.kind = Shape::Kind::choice;
    shape.choices = option.choices;
  } else if (shape.kind == Shape::Kind::list && shape.item->kind == Shape::Kind::string) {
    shape.item = std::make_shared<const Shape>(Shape{.kind = Shape::Kind::choice, .choices = option.choices});
  }
  return shape;
}

}  // namespace

std::string substitution_schema() {
  // From the left: what is written $${ is none, and so is all else but ${.
  return R"({ "type": "string", "pattern": "^(\\$\\$\\{|(?!\\$\\$?\\{)[\\s\\S])*\\$\\{" })";
}

std::string shape_rules(const OptionInfo& option, const ObjectSchema& object_schema) {
  const Shape& shape = option.shape;
  return rules_of(narrowed(option),
                  {option.min.empty() ? shape.least : option.min, option.max.empty() ? shape.most : option.max},
                  object_schema);
}

std::string shape_rules(const Shape& shape, const ObjectSchema& object_schema) {
  return rules_of(shape, {shape.least, shape.most}, object_schema);
}

}  // namespace weir::config
