// Writing JSON text by hand, for logs and the summary: strings from anywhere, numbers, nothing else.
#pragma once

#include <string>
#include <string_view>

namespace weir::text {

// Appends `text` as a JSON string with its quotes. Control characters are escaped; bytes that are not UTF-8 become
// U+FFFD, so the output is always valid JSON whatever the input was.
void append_json_string(std::string& out, std::string_view text);

// Appends a number; what JSON cannot say (infinity, NaN) becomes null.
void append_json_number(std::string& out, double value);

// The length of the UTF-8 sequence at the start of `text` (1..4), or 0 when it is not valid UTF-8. `text` is not empty.
std::size_t utf8_length(std::string_view text);

}  // namespace weir::text
