// Reading a whole file of text that somebody named, without trust in what is there.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace weir::config {

// The bytes of a regular file of at most `most` bytes. Error: not_found, or io; a phrase that goes on from the file's
// name: "does not exist", "is larger than 1024 KiB".
Result<std::string> read_text_file(const std::filesystem::path& file, std::size_t most);

}  // namespace weir::config
