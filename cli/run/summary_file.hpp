// Where `weir run --summary` puts its document.
#pragma once

#include "pipeline/base/result.hpp"

#include <iosfwd>
#include <string>
#include <string_view>

namespace weir::cli {

// Whether the target ("-", or a file) could be written: asked before
// a run, so that its work is not lost to a typo. Writes nothing.
Result<void> check_summary_target(const std::string& target);
// Writes the document: to `out` for "-", else to the file, which appears whole or not at all.
Result<void> write_summary(const std::string& target, std::string_view document, std::ostream& out);

}  // namespace weir::cli
