// ${…} inside scalars: environment variables, their defaults, and files that hold secrets.
//
//   ${NAME}                 the variable; unset without a default is an error
//   ${NAME:default}         the default may hold ${…} again, and braces as long as they are balanced
//   ${file:/run/secrets/x}  what the file holds, without the line end at its end; a relative path lies beside the file
//                           of configuration
//   $${                     a literal ${
//
// Substitution comes after parsing: a value can never change the structure of the file (I10). What was put in is not
// looked at again, counts as unquoted, so that it may be a number or a boolean, and is never shown in a message.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"

#include <functional>
#include <optional>
#include <string>

namespace weir::config {

// The value of an environment variable; nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// The document with every scalar substituted. Reports each ${…} that cannot be, and leaves that scalar as it is.
Node substitute(const Node& document, const Lookup& lookup, Diagnostics& out);

}  // namespace weir::config
