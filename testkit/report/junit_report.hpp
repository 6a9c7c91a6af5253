// Results of tests as JUnit XML, which CI servers read.
#pragma once

#include "testkit/report/result.hpp"

#include <string>

namespace weir::testkit {

// A testsuite per file, a testcase per test with the pipeline as its class; failures have the differences and the way of
// the messages as text. Always well-formed XML 1.0: what cannot stand in it becomes U+FFFD.
std::string render_junit(const TestRun& run);

}  // namespace weir::testkit
