// Difference: one thing that a test expected and did not get, as a person reads it.
#pragma once

#include "pipeline/config/node.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::testkit {

struct DiffLine {
  enum class Kind : std::uint8_t { same, missing, unexpected, note };
  Kind kind = Kind::same;
  std::string text;  // one line, as it is: whoever shows it makes it safe for a terminal
};

// Lifetime: a plain value. Executor: any. Cancellation, Errors: none.
struct Difference {
  config::Mark mark;    // what says otherwise, in the test
  std::string summary;  // "stream Order-1: 2 events expected, 3 found"
  std::vector<DiffLine> lines = {};
};

}  // namespace weir::testkit
