#include "testkit/report/junit_report.hpp"

#include "pipeline/text/utf8.hpp"
#include "testkit/report/text_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace weir::testkit {

namespace {

using Outcome = TestResult::Outcome;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// As text or inside an attribute in double quotes. Line ends stay line ends in both.
std::string escaped(std::string_view text, bool attribute) {
  std::string out;
  while (!text.empty()) {
    const std::string_view character = text::take_character(text);
    const auto first = static_cast<unsigned char>(character.front());
    if (character == "&")
      out += "&amp;";
    else if (character == "<")
      out += "&lt;";
    else if (character == ">")
      out += "&gt;";
    else if (character == "\"")
      out += "&quot;";
    else if (attribute && character == "\n")
      out += "&#10;";
    else if (attribute && character == "\t")
      out += "&#9;";
    else if ((first < 0x20 && first != '\n' && first != '\t') || character == "\xEF\xBF\xBE" ||
             character == "\xEF\xBF\xBF")
      out += kReplacement;
    else
      out += character;
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escaped(value, true) + "\"";
}

std::string seconds_text(Duration time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", std::chrono::duration<double>(time).count());
  return text.data();
}

std::string_view file_of(const TestResult& result) {
  return result.mark.file == nullptr ? std::string_view("(none)") : std::string_view(*result.mark.file);
}

void append_case(const TestResult& result, std::string& out) {
  out += "    <testcase" + attribute("classname", result.pipeline) + attribute("name", result.name) +
         attribute("file", file_of(result)) + attribute("line", std::to_string(result.mark.line)) +
         attribute("time", seconds_text(result.took));
  if (result.outcome == Outcome::passed) {
    out += "/>\n";
    return;
  }
  const std::string_view element = result.outcome == Outcome::failed ? "failure" : "error";
  const std::string message = result.differences.empty() ? result.error : result.differences.front().summary;
  out += ">\n      <" + std::string(element) + attribute("message", message) + ">" +
         escaped(render_text(result, {}), false) + "</" + std::string(element) + ">\n    </testcase>\n";
}

std::string counts(const std::vector<const TestResult*>& results) {
  Duration took{};
  std::size_t failed = 0;
  std::size_t errors = 0;
  for (const TestResult* result : results) {
    took += result->took;
    failed += result->outcome == Outcome::failed ? 1 : 0;
    errors += result->outcome == Outcome::error ? 1 : 0;
  }
  return attribute("tests", std::to_string(results.size())) + attribute("failures", std::to_string(failed)) +
         attribute("errors", std::to_string(errors)) + attribute("time", seconds_text(took));
}

}  // namespace

std::string render_junit(const TestRun& run) {
  std::vector<const TestResult*> all;
  std::vector<std::pair<std::string_view, std::vector<const TestResult*>>> suites;
  for (const TestResult& result : run.results) {
    all.push_back(&result);
    auto suite = std::ranges::find(suites, file_of(result), [](const auto& pair) { return pair.first; });
    if (suite == suites.end()) suite = suites.insert(suites.end(), {file_of(result), {}});
    suite->second.push_back(&result);
  }
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "weir test") + counts(all) + ">\n";
  for (const auto& [file, results] : suites) {
    out += "  <testsuite" + attribute("name", file) + counts(results) + ">\n";
    for (const TestResult* result : results) append_case(*result, out);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace weir::testkit
