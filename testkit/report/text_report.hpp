// Results of tests for people.
#pragma once

#include "testkit/report/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::testkit {

enum class Tone : std::uint8_t { plain, good, bad, note, strong };

// Makes text of anywhere fit to be shown, in the colour of its tone where there are colours. Texts are single lines.
using Paint = std::function<std::string(std::string_view text, Tone tone)>;

struct TextStyle {
  Paint paint;
  bool verbose = false;  // tests that passed, all messages, and times
};

// One test: its line, and what was not as expected, with the way of the messages that it is about. Nothing for a test
// that passed, unless verbose.
std::string render_text(const TestResult& result, const TextStyle& style);
// "12 passed, 1 failed in 8.10 ms".
std::string render_totals(const TestRun& run, const TextStyle& style);

// The differences alone, without colours: for other reports, and for tests in C++.
std::string render_plain(const std::vector<Difference>& differences);

}  // namespace weir::testkit
