// Prose in lines that fit a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::cli {

// The words of `text`, in lines of at most `width` characters that begin with `indent` blanks, each ended by a line feed.
// A word that is longer than a line stands on one of its own. Control characters are shown as \x1b and the like.
std::string paragraph(std::string_view text, std::size_t indent, std::size_t width);

// How wide prose is on a terminal of that width: not wider than people like to read.
std::size_t prose_width(std::size_t terminal_width);

}  // namespace weir::cli
