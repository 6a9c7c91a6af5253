// Case: one test of a pipeline, as its YAML says it.
#pragma once

#include "testkit/case/step.hpp"
#include "testkit/expect/expectation.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::testkit {

struct Case {
  std::string name;
  config::Mark mark;  // of the test
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<Step> steps;    // `in:`, in order
  std::vector<Fault> faults;  // what goes wrong meanwhile
  std::optional<Expectation> expect;
  config::Mark expect_mark;  // of the key `expect`
  // How long the run is waited for when its input is at its end and no server is away; virtual.
  Duration limit = std::chrono::minutes(10);
  std::size_t workers = 1;  // what `lanes: 0` of the pipeline means
};

}  // namespace weir::testkit
