// The two atoms of JSON text that are more than their characters: strings from anywhere, and numbers. Objects and
// arrays are json_writer.hpp's.
#pragma once

#include <string>
#include <string_view>

namespace weir::text {

// Appends `text` as a JSON string with its quotes. Control characters are escaped; bytes that are not UTF-8 become
// U+FFFD, so the output is always valid JSON whatever the input was.
void append_json_string(std::string& out, std::string_view text);

// Appends a number; what JSON cannot say (infinity, NaN) becomes null.
void append_json_number(std::string& out, double value);

}  // namespace weir::text
