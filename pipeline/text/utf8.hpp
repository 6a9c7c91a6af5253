// UTF-8: whether a text is, where it stops being, and what stands in for what is not.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir::text {

// What some programs put in front of a text, Windows' among them: no part of it.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Valid means: no overlong forms, no surrogates, nothing above U+10FFFF.

// The length of the character at the start of `text` (1..4), or 0 when it is not valid UTF-8. `text` is not empty.
std::size_t utf8_length(std::string_view text);

// The first byte that is not part of valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
bool is_utf8(std::string_view text);

// Takes the first character off `text`, which is not empty. A byte that is not part of valid UTF-8 is taken alone and
// comes out as U+FFFD, so what is put together from the results is always valid.
std::string_view take_character(std::string_view& text);

struct BadText {
  std::size_t line;    // from 1
  std::size_t column;  // from 1, in characters
  bool control;        // a control character; else not UTF-8
};

// The first place that is not valid UTF-8 or is a control character other than tab and line ends: what may not stand in
// a YAML file, nor go to a reader as it is.
std::optional<BadText> find_bad_text(std::string_view text);

}  // namespace weir::text
