// The answer of GET /pipelines as a person wants to see it.
#pragma once

#include "pipeline/base/result.hpp"

#include <string>

namespace weir::cli {

// A table of the pipelines, the reasons of those that do not get on, and connections that are not open. Error: what came
// is not what weir answers.
Result<std::string> describe_status(const std::string& json, bool colours);

}  // namespace weir::cli
