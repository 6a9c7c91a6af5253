// FieldSource: the place that the `fields:` map reads a field from.
#pragma once

#include "stages/json_pointer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::stages {

// An immutable value.
struct FieldSource {
  enum class Kind : std::uint8_t { pointer, header, key };
  Kind kind = Kind::pointer;
  JsonPointer pointer;
  std::string header;

  // Nothing when `text` is none of "/pointer", "header:NAME", "key".
  static std::optional<FieldSource> parse(std::string_view text);
};

}  // namespace weir::stages
