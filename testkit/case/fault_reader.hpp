// Reads what goes wrong in a test: the items of `faults:`, and servers that are away.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/case/step.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::testkit {

// The list `faults:`. All findings go to `out`.
std::vector<Fault> read_faults(const config::Node& node, const std::string& path, const Vocabulary& words,
                               config::Diagnostics& out);

// { connection: store, for: 10m }. Nothing after a finding.
std::optional<Away> read_away(const config::Node& node, const std::string& path, const Vocabulary& words,
                              config::Diagnostics& out);

}  // namespace weir::testkit
