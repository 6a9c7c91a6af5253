// Comparison: a run held against what its test expects.
#pragma once

#include "testkit/expect/difference.hpp"
#include "testkit/expect/expectation.hpp"
#include "testkit/expect/observed.hpp"

#include <vector>

namespace weir::testkit {

// Empty: all is as expected, and nothing else was written. In the order in which a reader wants them: why the run did
// not end, what was written where, then figures.
std::vector<Difference> compare(const Expectation& expected, const Observed& observed);

}  // namespace weir::testkit
