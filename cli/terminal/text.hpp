// Text for people: safe on a terminal whatever bytes it was
// made of, aligned, and coloured only where colours are wanted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::cli {

// Control characters (terminal escapes among them), C1 controls and bytes that are not UTF-8 become \x1b and the like.
// Line feeds stay when `keep_lines`.
std::string printable(std::string_view text, bool keep_lines = false);

// JSON text spread over lines with `indent` spaces per level; what is inside strings is not touched. Works on any text:
// what is not JSON comes out unchanged but for white space.
std::string pretty_json(std::string_view json, std::size_t indent, std::size_t first_indent);

// "1 234 567"
std::string grouped(std::uint64_t number);
// "950", "3.1k", "1.2M": at most five characters, for rates.
std::string short_number(double number);

// The first `width` visible characters (code points; colour sequences count nothing), with "…" for the rest.
std::string clip(std::string_view text, std::size_t width);

enum class Colour { none, red, green, yellow, cyan, grey, bold };
std::string coloured(std::string_view text, Colour colour, bool colours);

}  // namespace weir::cli
