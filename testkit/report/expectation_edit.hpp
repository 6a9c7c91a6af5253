// Puts the `expect:` that was seen into the file of a test. Everything else in the file stays, byte for byte.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/config/node.hpp"
#include "testkit/report/expectation_writer.hpp"

#include <string>
#include <string_view>

namespace weir::testkit {

// Where a test stands in its file.
struct TestPlace {
  config::Mark test;    // its mapping
  config::Mark expect;  // the key `expect`; line 0: there is none yet
};

// The text of the file with that expectation in the place of the test's own. Block style becomes block style, flow style
// becomes flow style. Error: unsupported, when the place is not plain to see (an alias, a merge key), or when anything
// but this one expectation would say something else afterwards.
Result<std::string> put_expectation(std::string_view text, const TestPlace& place, const WrittenExpectation& expected);

}  // namespace weir::testkit
