// How messages show what they speak of.
#pragma once

#include <filesystem>
#include <string>

namespace weir::text {

// A path as messages show it: 'PATH'.
inline std::string in_quotes(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

}  // namespace weir::text
