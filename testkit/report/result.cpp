#include "testkit/report/result.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace weir::testkit {

std::size_t TestRun::count(TestResult::Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(results, outcome, &TestResult::outcome));
}

std::string_view to_string(TestResult::Outcome outcome) {
  switch (outcome) {
    case TestResult::Outcome::passed:
      return "passed";
    case TestResult::Outcome::failed:
      return "failed";
    case TestResult::Outcome::error:
      return "error";
  }
  return "error";
}

std::string real_time_text(Duration time) {
  const double milliseconds = std::chrono::duration<double, std::milli>(time).count();
  std::array<char, 32> text{};
  if (milliseconds < 10)
    std::snprintf(text.data(), text.size(), "%.2f ms", milliseconds);
  else if (milliseconds < 1000)
    std::snprintf(text.data(), text.size(), "%.0f ms", milliseconds);
  else
    std::snprintf(text.data(), text.size(), "%.1f s", milliseconds / 1000);
  return text.data();
}

}  // namespace weir::testkit
