#include "expect_kit.hpp"
#include "testkit/report/json_report.hpp"
#include "testkit/report/junit_report.hpp"

namespace weir::testkit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

config::Mark mark(std::uint32_t line) {
  return {std::make_shared<const std::string>("orders.yaml"), line, 3};
}

TestRun two_tests() {
  TestRun run;
  run.took = std::chrono::microseconds(1500);
  TestResult good;
  good.mark = mark(7);
  good.pipeline = "orders";
  good.name = "all is stored";
  good.took = std::chrono::microseconds(400);
  good.elapsed = std::chrono::seconds(1);
  good.journeys = {{"orders/0 @ 0", "", {{{}, "read", false}}}};
  TestResult bad = good;
  bad.name = "a <copy> & \"more\"\x01\xff";
  bad.outcome = TestResult::Outcome::failed;
  bad.differences = {{mark(12),
                      "stream Order-1: 1 event expected, 2 events found",
                      {{DiffLine::Kind::same, "[0] OrderPlaced"}, {DiffLine::Kind::unexpected, "[1] OrderPlaced"}}}};
  bad.journeys = {
      {"orders/0 @ 0",
       "k1",
       {{{}, "read", false}, {{}, "decode", false}, {std::chrono::milliseconds(2), "events written", false}}},
      {"orders/0 @ 1", "", {{{}, "read", false}, {{}, "dedupe dropped: duplicate", true}}}};
  TestResult broken;
  broken.mark = mark(20);
  broken.pipeline = "orders";
  broken.name = "third";
  broken.outcome = TestResult::Outcome::error;
  broken.error = "the process cannot crash: it does not run";
  run.results = {good, bad, broken};
  return run;
}

std::string in_brackets(std::string_view text, Tone tone) {
  return tone == Tone::bad ? "<" + std::string(text) + ">" : std::string(text);
}

TEST(TextReportTest, AFailureShowsWhatDiffersAndTheWayOfTheMessages) {
  EXPECT_EQ(render_text(two_tests().results[1], {&in_brackets, false}),
            "<FAIL> orders: a <copy> & \"more\"\x01\xff\n"
            "  orders.yaml:12:3: stream Order-1: 1 event expected, 2 events found\n"
            "      [0] OrderPlaced\n"
            "    + [1] OrderPlaced\n"
            "  the messages:\n"
            "    orders/0 @ 0 k1  0s read > decode; 2ms events written\n"
            "    orders/0 @ 1     0s read > <dedupe dropped: duplicate>\n");
}

TEST(TextReportTest, WhatPassedIsShownWhenAsked) {
  EXPECT_EQ(render_text(two_tests().results[0], {&in_brackets, false}), "");
  EXPECT_EQ(render_text(two_tests().results[0], {&in_brackets, true}),
            "pass orders: all is stored  1s virtual, 0.40 ms real\n  the messages:\n    orders/0 @ 0  0s read\n");
  EXPECT_EQ(render_totals(two_tests(), {}), "1 passed, 1 failed, 1 could not be run in 1.50 ms\n");
}

TEST(TextReportTest, WhatCouldNotBeRunSaysWhy) {
  EXPECT_EQ(render_text(two_tests().results[2], {}),
            "FAIL orders: third\n  orders.yaml:20:3: the process cannot crash: it does not run\n");
}

TEST(TextReportTest, StepsThatRepeatAreCounted) {
  TestResult result = two_tests().results[1];
  std::vector<Journey::Step>& steps = result.journeys[0].steps;
  steps.clear();
  for (int i = 0; i < 20; ++i) steps.push_back({std::chrono::seconds(i), "events failed: away", true});
  steps.push_back({std::chrono::seconds(30), "events written", false});
  EXPECT_THAT(render_text(result, {}),
              HasSubstr("  0s events failed: away (19 times more, until 19s); 30s events written\n"));
}

TEST(TextReportTest, ManyMessagesAreCutToThoseInTrouble) {
  TestResult result = two_tests().results[1];
  result.journeys.assign(40, result.journeys[0]);
  result.journeys[30] = two_tests().results[1].journeys[1];
  const std::string text = render_text(result, {});
  EXPECT_THAT(text, AllOf(HasSubstr("dropped: duplicate"), HasSubstr("28 more; --verbose shows all")));
  EXPECT_THAT(render_text(result, {nullptr, true}), Not(HasSubstr("more;")));
}

TEST(JsonReportTest, HasAllThatAProgramNeeds) {
  const std::string json = render_json(two_tests());
  EXPECT_THAT(json, AllOf(HasSubstr(R"({"passed":1,"failed":1,"errors":1,"seconds":0.0015,"tests":[)"),
                          HasSubstr(R"("file":"orders.yaml","line":12,"column":3,"summary":"stream Order-1)"),
                          HasSubstr(R"({"kind":"unexpected","text":"[1] OrderPlaced"})"),
                          HasSubstr(R"({"at_seconds":0.002,"what":"events written","trouble":false})"),
                          HasSubstr(R"("outcome":"error","elapsed_seconds":0)")));
}

TEST(JUnitReportTest, IsWellFormedWhateverStandsInIt) {
  const std::string xml = render_junit(two_tests());
  EXPECT_THAT(xml, AllOf(HasSubstr("<testsuites name=\"weir test\" tests=\"3\" failures=\"1\" errors=\"1\""),
                         HasSubstr("<testsuite name=\"orders.yaml\" tests=\"3\""),
                         HasSubstr("<testcase classname=\"orders\" name=\"all is stored\" file=\"orders.yaml\" "
                                   "line=\"7\" time=\"0.000400\"/>"),
                         HasSubstr("name=\"a &lt;copy&gt; &amp; &quot;more&quot;\xEF\xBF\xBD\xEF\xBF\xBD\""),
                         HasSubstr("<failure message=\"stream Order-1: 1 event expected, 2 events found\">FAIL"),
                         HasSubstr("<error message=\"the process cannot crash")));
  EXPECT_EQ(xml.find('\x01'), std::string::npos);
}

}  // namespace
}  // namespace weir::testkit
