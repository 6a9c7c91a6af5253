// Reads one test of a pipeline.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/case/case.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::testkit {

// All findings go to `out`; with an error among them the test is not to be run. `path`: of the test,
// "pipelines.orders.tests[0]". `expect` may be missing (`lenient`) where it is to be written.
Case read_case(const config::Node& node, const std::string& path, const Vocabulary& words, config::Diagnostics& out,
               bool lenient = false);

// What the test says of the environment, before anything is substituted: names and values as they are written. What is
// wrong with it is read_case()'s to say.
std::vector<std::pair<std::string, std::string>> environment_of(const config::Node& test);

}  // namespace weir::testkit
