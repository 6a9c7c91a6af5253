// Results of tests as one JSON document.
#pragma once

#include "testkit/report/result.hpp"

#include <string>

namespace weir::testkit {

// {"passed":1,"failed":1,"errors":0,"seconds":0.004,"tests":[{"file","line","column","pipeline","name","outcome",
// "elapsed_seconds","seconds","crashes","error","differences":[{"file","line","column","summary",
// "lines":[{"kind","text"}]}],"messages":[{"message","key","steps":[{"at_seconds","what","trouble"}]}]}]}
// and a line end. Messages stand with tests that did not pass.
std::string render_json(const TestRun& run);

}  // namespace weir::testkit
