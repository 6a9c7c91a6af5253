// Reads the `expect:` of a test.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/expect/expectation.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <string>

namespace weir::testkit {

// All findings go to `out`; with an error among them the expectation is not to be used.
Expectation read_expectation(const config::Node& node, const std::string& path, const Vocabulary& words,
                             config::Diagnostics& out);

}  // namespace weir::testkit
