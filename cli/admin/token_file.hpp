// The token of the admin port, which lies in a file so that it is in no list of processes.
#pragma once

#include "pipeline/base/result.hpp"

#include <filesystem>
#include <string>

namespace weir::cli {

// The text of the file without the white space at its end. Errors: not_found, io; invalid_argument for one that is too
// short to be a secret, too long, or has characters that no header may have.
Result<std::string> read_token(const std::filesystem::path& file);

}  // namespace weir::cli
