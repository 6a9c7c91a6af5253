// What `weir test --update` writes, and that it leaves the rest of the file alone.
#include "expect_kit.hpp"
#include "testkit/report/expectation_edit.hpp"

namespace weir::testkit {
namespace {

using ::testing::HasSubstr;

Observed seen() {
  Observed observed;
  observed.outputs = {event("Order-1", "OrderPlaced", R"({"amount":5,"note":"5"})"),
                      letter("no JSON (at byte 3)", "decode", "it's ${X}")};
  observed.committed[{"orders", 0}] = 2;
  observed.dropped["duplicate"] = 1;
  return observed;
}

constexpr const char* kLines =
    "events:\n"
    "  - { stream: Order-1, type: OrderPlaced, data: { amount: 5, note: \"5\" } }\n"
    "dlq:\n"
    "  - { topic: orders.dlq, value: \"it's $${X}\", reason: 'no JSON \\(at byte 3\\)', stage: decode }\n"
    "committed: { orders/0: 2 }\n"
    "dropped: { duplicate: 1 }\n";

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The file with its first test's expectation replaced.
std::string updated(const std::string& file, const WrittenExpectation& expected = write_expectation(seen())) {
  const config::Node document = yaml(file);
  const config::Node& test = document.find("tests")->items().front();
  TestPlace place{test.mark(), {}};
  for (const config::Node::Member& member : test.members()) {
    if (member.key == "expect") place.expect = member.mark;
  }
  const Result<std::string> edited = put_expectation(file, place, expected);
  return edited.has_value() ? *edited : "error: " + edited.error().message();
}

WrittenExpectation short_one() {
  return {{"events: []"}, "{ events: [] }"};
}

TEST(ExpectationWriterTest, WritesWhatWouldHavePassed) {
  EXPECT_EQ(joined(write_expectation(seen()).lines), kLines);
  Observed observed = seen();
  observed.outputs.back().fields[3].bytes = "it's $${X}";  // nothing is substituted here
  EXPECT_EQ(compared(kLines, observed), "");
  observed.outputs.back().fields[3].bytes = "it's";
  EXPECT_EQ(compared(write_expectation(observed).flow, observed), "");
}

TEST(ExpectationWriterTest, ByPlaceWhereNobodyKnowsTheSink) {
  Observed observed;
  observed.outputs = {event("Order-1", "true", R"({"regex":"x"})", "")};
  EXPECT_EQ(joined(write_expectation(observed).lines),
            "streams:\n  Order-1:\n    - { type: \"true\", data: { json_equals: { regex: x } } }\n");
  EXPECT_EQ(compared(write_expectation(observed).flow, observed), "");
}

TEST(ExpectationWriterTest, NothingIsAnExpectationToo) {
  EXPECT_EQ(write_expectation(Observed()).flow, "{ committed: {} }");
}

TEST(ExpectationEditTest, BlockStyleStaysBlockStyle) {
  EXPECT_EQ(
      updated(
          "tests:\n  - name: a\n    in: []\n    expect:\n      events: { count: 1 }\n\n      # why\n      dlq: []\n\n"
          "  # the next one\n  - name: b\n",
          short_one()),
      "tests:\n  - name: a\n    in: []\n    expect:\n      events: []\n\n  # the next one\n  - name: b\n");
}

TEST(ExpectationEditTest, FlowInBlockBecomesBlock) {
  EXPECT_EQ(
      updated("tests:\n  - name: a\n    expect: { events: { count: 1 },\n      dlq: [\"}\"] }  # so\n    in: []\n",
              short_one()),
      "tests:\n  - name: a\n    expect:\n      events: []\n    in: []\n");
}

TEST(ExpectationEditTest, FlowStyleStaysFlowStyle) {
  EXPECT_EQ(updated("tests: [ { name: 'it''s }', expect: { dlq: [] }, in: [] }, { name: b } ]  # end\n", short_one()),
            "tests: [ { name: 'it''s }', expect: { events: [] }, in: [] }, { name: b } ]  # end\n");
}

TEST(ExpectationEditTest, AddsOneWhereThereIsNone) {
  EXPECT_EQ(updated("tests:\n  - name: a\n    in: []\n\n  - name: b\n", short_one()),
            "tests:\n  - name: a\n    in: []\n    expect:\n      events: []\n\n  - name: b\n");
  EXPECT_EQ(updated("tests:\n  - name: a\n    in: []", short_one()),
            "tests:\n  - name: a\n    in: []\n    expect:\n      events: []\n");
  EXPECT_EQ(updated("tests: [ { name: a, in: [] } ]\n", short_one()),
            "tests: [ { name: a, in: [], expect: { events: [] } } ]\n");
}

TEST(ExpectationEditTest, KeepsLineEndsAndWideCharacters) {
  EXPECT_EQ(updated("tests:\r\n  - { name: \"é→\", expect: { dlq: [] } }\r\n", short_one()),
            "tests:\r\n  - { name: \"é→\", expect: { events: [] } }\r\n");
  EXPECT_EQ(updated("tests:\r\n  - name: é\r\n    expect: { dlq: [] }\r\n", short_one()),
            "tests:\r\n  - name: é\r\n    expect:\r\n      events: []\r\n");
}

TEST(ExpectationEditTest, RefusesWhatItCannotSeeThrough) {
  EXPECT_THAT(updated("x: &e { dlq: [] }\ntests:\n  - name: a\n    expect: *e\n"),
              HasSubstr("error: the expectation cannot"));
  EXPECT_THAT(updated("x: &t { expect: { dlq: [] } }\ntests:\n  - <<: *t\n    name: a\n"), HasSubstr("something else"));
  EXPECT_THAT(updated("tests: [ { name: a, \"expect\": { dlq: [] } } ]\n"), HasSubstr("its key comes from elsewhere"));
}

}  // namespace
}  // namespace weir::testkit
