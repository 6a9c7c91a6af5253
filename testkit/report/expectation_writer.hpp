// What was seen, as the `expect:` that would have passed.
#pragma once

#include "testkit/expect/observed.hpp"

#include <string>
#include <vector>

namespace weir::testkit {

// The members of an `expect:`, as YAML.
struct WrittenExpectation {
  // Without a line end or an indentation of its own; what is deeper is indented by two blanks a level.
  std::vector<std::string> lines;
  // The same as one flow mapping: "{ events: [ … ], committed: { … } }".
  std::string flow;
};

// By sink where it is known who wrote, else by stream, topic or file. Ids, times and revisions, which the machinery makes,
// are left out, and so is what YAML cannot write.
WrittenExpectation write_expectation(const Observed& observed);

}  // namespace weir::testkit
