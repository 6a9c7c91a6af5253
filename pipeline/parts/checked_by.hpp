// The check of an option that is parsed again when its component is made: a name of a part, a template, …
#pragma once

#include <string>

namespace weir {

// For Option::check(): what `parse`, a function from the text to a Result, has against it. So lint and the start of a
// pipeline never disagree.
template <class Parse>
auto checked_by(Parse parse) {
  return [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed.has_error() ? parsed.error().message() : std::string();
  };
}

}  // namespace weir
