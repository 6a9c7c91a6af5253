// What became of tests.
#pragma once

#include "pipeline/base/clock.hpp"
#include "testkit/expect/difference.hpp"
#include "testkit/expect/observed.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir::testkit {

struct TestResult {
  enum class Outcome : std::uint8_t {
    passed,
    failed,  // something was not as expected
    error,   // it could not be run
  };
  config::Mark mark;  // of the test
  std::string pipeline;
  std::string name;
  Outcome outcome = Outcome::passed;
  std::vector<Difference> differences;
  std::vector<Journey> journeys;
  std::string error;        // why it could not be run
  Duration elapsed{};       // virtual
  Duration took{};          // real
  std::size_t crashes = 0;  // runs with a crash, where it was run with one at every place
};

struct TestRun {
  std::vector<TestResult> results;
  Duration took{};  // real, reading included

  std::size_t count(TestResult::Outcome outcome) const;
  bool passed() const { return count(TestResult::Outcome::passed) == results.size(); }
};

std::string_view to_string(TestResult::Outcome outcome);
// Real time as people read it: "0.41 ms", "12 ms", "3.2 s".
std::string real_time_text(Duration time);

}  // namespace weir::testkit
