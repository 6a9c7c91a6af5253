// Rotation: when a file is full, what it is called then, and which of the full ones are deleted.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace weir::sinks::file {

struct Rotation {
  std::uint64_t size = 0;  // bytes; 0: a file is never full
  std::size_t keep = 0;    // of the full ones; 0: all
};

// The full ones of `file`, oldest first: of dead.jsonl dead.000001.jsonl, dead.000002.jsonl, and so on, beside it. In this
// order, with the file itself at the end, they hold the lines in the order in which they were written.
std::vector<std::filesystem::path> full_files(const std::filesystem::path& file);
// The name that comes after all of them.
std::filesystem::path next_full_file(const std::filesystem::path& file);
// Deletes the oldest beyond `keep`; those that were deleted.
std::vector<std::filesystem::path> delete_oldest(const std::filesystem::path& file, std::size_t keep);

}  // namespace weir::sinks::file
