// How messages show what they speak of.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace weir::text {

// A path as messages show it: 'PATH'.
inline std::string in_quotes(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

// `text` as a JSON string, cut after 64 bytes: "\"abc\"". Whatever the bytes are, the result is short, printable and
// valid UTF-8.
std::string quoted(std::string_view text);

}  // namespace weir::text
