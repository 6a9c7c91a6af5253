// Reads what a test does: the items of `in:` and of `faults:`.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/case/step.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <string>
#include <vector>

namespace weir::testkit {

// The list `in:`. All findings go to `out`.
std::vector<Step> read_steps(const config::Node& node, const std::string& path, const Vocabulary& words,
                             config::Diagnostics& out);

}  // namespace weir::testkit
