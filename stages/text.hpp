// Words for error texts: what a message says of the bytes it complains about.
#pragma once

#include <string>
#include <string_view>

namespace weir::stages {

// `text` as a JSON string, cut after 64 bytes: "\"abc\"". Whatever
// the bytes are, the result is short, printable and valid UTF-8.
std::string quoted(std::string_view text);

bool is_utf8(std::string_view text) noexcept;

}  // namespace weir::stages
