// What one option admits, as a JSON Schema: the same as its parser does, as far as a schema can say it.
#pragma once

#include "pipeline/config/option.hpp"

#include <functional>
#include <string>

namespace weir::config {

// The schema of a text with a ${…} in it, which may come to anything; to be put under this name into `$defs`.
inline constexpr std::string_view kSubstitutionName = "substitution";
std::string substitution_schema();

// The members of a schema object, without its braces: `"type": "integer", "minimum": 1`. Empty = anything goes.
// `object_schema` gives the schema of an object with options of its own.
std::string shape_rules(const OptionInfo& option, const std::function<std::string(const SpecBase&)>& object_schema);
// The same of a shorthand, whose option is known by its shape alone.
std::string shape_rules(const Shape& shape, const std::function<std::string(const SpecBase&)>& object_schema);

}  // namespace weir::config
