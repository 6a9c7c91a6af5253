// Small files with a checksum: either wholly what was written, or not there.
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::storage {

// Writes the file in place and does not sync it: for what can be made anew. A torn one reads as missing.
Result<void> write_checked(FileSystem& files, const std::filesystem::path& path, std::string_view payload);
// Nothing when the file is missing, cut off or damaged.
Result<std::optional<std::string>> read_checked(FileSystem& files, const std::filesystem::path& path);

}  // namespace weir::embedded::broker::storage
