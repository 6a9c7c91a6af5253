// Where a text stops being UTF-8, or UTF-8 that may stand in a YAML file.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir::text {

struct BadText {
  std::size_t line;    // from 1
  std::size_t column;  // from 1, in characters
  bool control;        // a control character; else not UTF-8
};

// The first place that is not valid UTF-8 (no overlong forms, no surrogates) or is a control character other than tab
// and line ends.
std::optional<BadText> find_bad_text(std::string_view text);
// The first byte that is not part of valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace weir::text
