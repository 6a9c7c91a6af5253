// Files that a test takes bytes from.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <optional>
#include <string>

namespace weir::testkit {

// The bytes of the file that `node` names, from the directory of the test on. Nothing after a finding: there is none, it
// cannot be read, or it has more than 64 MiB.
std::optional<std::string> read_input_file(const config::Node& node, const std::string& path, const Vocabulary& words,
                                           config::Diagnostics& out);

}  // namespace weir::testkit
