// The project that `weir init` writes.
#pragma once

#include <span>
#include <string_view>

namespace weir::cli {

struct StarterFile {
  std::string_view name;
  std::string_view text;
};

// A pipeline, and tests of it that pass.
std::span<const StarterFile> starter_files();

}  // namespace weir::cli
