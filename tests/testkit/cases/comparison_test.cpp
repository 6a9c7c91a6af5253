#include "expect_kit.hpp"

namespace weir::testkit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Observed three_events() {
  Observed observed;
  observed.outputs = {event("Order-1", "OrderPlaced", R"({"amount":5})"),
                      event("Order-2", "OrderPlaced", R"({"amount":7})"),
                      event("Order-1", "OrderPaid", R"({"amount":5})")};
  observed.committed[{"orders", 0}] = 3;
  return observed;
}

TEST(ComparisonTest, WhatIsAsExpectedHasNoDifference) {
  EXPECT_EQ(compared("events: { count: 3 }", three_events()), "");
  EXPECT_EQ(compared("events: [ OrderPlaced, OrderPlaced, OrderPaid ]", three_events()), "");
  EXPECT_EQ(compared("streams: { Order-1: [ OrderPlaced, { type: OrderPaid, data: { amount: 5 } } ], Order-2: [ {} ] }",
                     three_events()),
            "");
  EXPECT_EQ(
      compared("sinks: { events: { any_order: [ OrderPaid, OrderPlaced, { stream: Order-2 } ] } }", three_events()),
      "");
  EXPECT_EQ(compared("events: { contains: [ { stream: Order-2 } ] }\ncommitted: { orders/0: 3, orders/1: 0 }",
                     three_events()),
            "");
}

TEST(ComparisonTest, WhatTheTestDoesNotSpeakOfIsAFailure) {
  Observed observed = three_events();
  observed.outputs.push_back(letter("the payload is no JSON", "decode"));
  EXPECT_EQ(compared("events: { count: 3 }", observed),
            "  t.yaml:1:1: sink dlq: 1 record that the test does not speak of\n"
            "    + { topic: orders.dlq, value: x, reason: \"the payload is no JSON\", stage: decode }\n");
  EXPECT_EQ(compared("streams: { Order-1: { count: 2 } }\ndlq: { count: 1 }", observed),
            "  t.yaml:1:1: sink events: 1 event that the test does not speak of\n"
            "    + { stream: Order-2, type: OrderPlaced, data: {\"amount\":7} }\n");
  EXPECT_EQ(compared("events: { count: 3 }\nallow_other: true", observed), "");
}

TEST(ComparisonTest, AnOutputOfAnUnknownSinkIsKnownByItsPlace) {
  Observed observed;
  observed.outputs = {event("Order-9", "OrderPlaced", "{}", "")};
  EXPECT_THAT(compared("events: []", observed), HasSubstr("stream Order-9: 1 event that the test does not speak of"));
  EXPECT_EQ(compared("streams: { Order-9: [ OrderPlaced ] }", observed), "");
}

TEST(ComparisonTest, TheDiffShowsTheFirstDifference) {
  EXPECT_EQ(
      compared("streams: { Order-1: [ OrderPlaced, { type: OrderPaid, data: { amount: 6 } } ] }\nallow_other: true",
               three_events()),
      "  t.yaml:1:12: stream Order-1: not as expected\n"
      "      [0] { type: OrderPlaced, data: {\"amount\":5} }\n"
      "    - [1] { type: OrderPaid, data: { amount: 6 } }\n"
      "    + [1] { type: OrderPaid, data: {\"amount\":5} }\n"
      "        data.amount: expected 6, found 5   <- first difference\n");
}

TEST(ComparisonTest, AMissingOneDoesNotHideTheOthers) {
  const std::string said = compared("events: [ OrderPlaced, OrderShipped, OrderPlaced, OrderPaid ]", three_events());
  EXPECT_EQ(said,
            "  t.yaml:1:1: sink events: 4 events expected, 3 events found\n"
            "      [0] { stream: Order-1, type: OrderPlaced, data: {\"amount\":5} }\n"
            "    - [1] OrderShipped\n"
            "      [1] { stream: Order-2, type: OrderPlaced, data: {\"amount\":7} }\n"
            "      [2] { stream: Order-1, type: OrderPaid, data: {\"amount\":5} }\n");
}

TEST(ComparisonTest, AnotherOrderIsADifference) {
  const std::string said = compared("events: [ OrderPaid, OrderPlaced, OrderPlaced ]", three_events());
  EXPECT_THAT(said, AllOf(HasSubstr("sink events: not as expected"), HasSubstr("- [0] OrderPaid"),
                          HasSubstr("+ [2] { stream: Order-1, type: OrderPaid")));
}

TEST(ComparisonTest, AnyOrderFindsTheOnePairingThatThereIs) {
  // The first expected item fits all three events, the second one only.
  EXPECT_EQ(compared("events: { any_order: [ {}, { stream: Order-1 }, { type: OrderPlaced } ] }", three_events()), "");
  EXPECT_THAT(compared("events: { any_order: [ OrderPaid, OrderPaid, OrderPlaced ] }", three_events()),
              AllOf(HasSubstr("- [1] OrderPaid"), HasSubstr("+ [1] { stream: Order-2")));
  EXPECT_THAT(compared("events: { contains: [ OrderShipped ] }", three_events()),
              AllOf(HasSubstr("at least 1 event expected, 3 events found"), HasSubstr("- [0] OrderShipped"),
                    Not(HasSubstr("+"))));
}

TEST(ComparisonTest, ACountAloneShowsWhatIsThere) {
  EXPECT_THAT(compared("events: { count: 2 }", three_events()),
              AllOf(HasSubstr("sink events: 2 events expected, 3 events found"), HasSubstr("+ [2] { stream: Order-1")));
  EXPECT_THAT(compared("events: []\nallow_other: true", three_events()),
              HasSubstr("no events expected, 3 events found"));
}

TEST(ComparisonTest, LongListsAreCut) {
  Observed observed;
  for (int i = 0; i < 100; ++i) observed.outputs.push_back(event("Order-1", "E" + std::to_string(i), "{}"));
  std::string expect = "events: [ ";
  for (int i = 0; i < 99; ++i) expect += "E" + std::to_string(i) + ", ";
  const std::string said = compared(expect + "Other ]", observed);
  EXPECT_THAT(said, AllOf(HasSubstr("97 more as expected"), HasSubstr("- [99] Other"), HasSubstr("[98]"),
                          Not(HasSubstr("[50]"))));
  EXPECT_LT(std::ranges::count(said, '\n'), 10);
}

TEST(ComparisonTest, DeadLettersAreKnownByReasonAndStage) {
  Observed observed;
  observed.outputs = {letter("the payload is no JSON: '}' is expected", "decode", R"({"id":)")};
  EXPECT_EQ(compared("dlq: [ { reason: 'no JSON.*expected', stage: decode, headers: { tenant: blue, empty: null } } ]",
                     observed),
            "");
  EXPECT_EQ(compared(R"(topics: { orders.dlq: [ "{\"id\":" ] })", observed), "");
  EXPECT_THAT(compared("dlq: [ { stage: dedupe } ]", observed),
              HasSubstr(R"(stage: expected "dedupe", found "decode")"));
  EXPECT_THAT(compared("dlq: [ { headers: { tenant: red } } ]", observed),
              HasSubstr(R"(headers.tenant: expected "red", found "blue")"));
  EXPECT_THAT(compared("dlq: [ { headers: { other: red } } ]", observed),
              HasSubstr("headers.other: expected a header, found no such header"));
  EXPECT_THAT(compared("events: [ { reason: x } ]", three_events()), HasSubstr("found none: it is no dead letter"));
}

TEST(ComparisonTest, FiguresAreCompared) {
  Observed observed = three_events();
  observed.dropped = {{"duplicate", 2}, {"tombstone", 0}};
  observed.retries = {std::chrono::milliseconds(300), std::chrono::milliseconds(900)};
  observed.elapsed = std::chrono::seconds(5);
  observed.duplicates = 1;
  const std::string events = "events: { count: 3 }\n";
  EXPECT_EQ(compared(events + "dropped: { duplicate: 2 }\nretries: 2\nelapsed: { min: 5s, max: 6s }\nduplicates: 1",
                     observed),
            "");
  EXPECT_EQ(compared(events + "retries: [300ms, 900ms]\nelapsed: 5s", observed), "");
  EXPECT_THAT(compared(events + "dropped: {}", observed),
              HasSubstr("dropped as duplicate: 2, which the test does not speak of"));
  EXPECT_THAT(compared(events + "dropped: { duplicate: 1 }", observed),
              HasSubstr("t.yaml:2:12: dropped as duplicate: expected 1, found 2"));
  EXPECT_THAT(compared(events + "retries: { max: 1 }", observed),
              HasSubstr("retries: expected at most 1, found 2, at 300ms, 900ms"));
  EXPECT_THAT(compared(events + "retries: [1s]", observed), HasSubstr("retries: expected at 1s, found 2, at 300ms"));
  EXPECT_THAT(compared(events + "elapsed: { max: 1s }", observed), HasSubstr("elapsed: expected at most 1s, found 5s"));
  EXPECT_THAT(compared(events + "elapsed: { min: 6s }", observed),
              HasSubstr("elapsed: expected at least 6s, found 5s"));
  EXPECT_THAT(compared(events + "duplicates: 0", observed), HasSubstr("duplicates: expected 0, found 1"));
  EXPECT_THAT(compared(events + "committed: { orders: 2, orders/1: 4 }", observed),
              AllOf(HasSubstr("committed orders/0: expected 2, found 3"),
                    HasSubstr("committed orders/1: expected 4, found nothing")));
}

TEST(ComparisonTest, MetricsAreSummedOverWhatTheTestDoesNotName) {
  Observed observed;
  observed.metrics = {{"weir_x_total", {{"pipeline", "p"}, {"reason", "a"}}, 2},
                      {"weir_x_total", {{"pipeline", "p"}, {"reason", "b"}}, 3}};
  EXPECT_EQ(compared("metrics: { weir_x_total: 5 }", observed), "");
  EXPECT_EQ(compared("metrics: { 'weir_x_total{reason=\"b\", pipeline=\"p\"}': 3 }", observed), "");
  EXPECT_EQ(compared("metrics: { weir_x_total: { min: 4 } }", observed), "");
  EXPECT_THAT(compared("metrics: { 'weir_x_total{reason=\"c\"}': 1 }", observed),
              HasSubstr("weir_x_total{reason=\"c\"}: expected 1, found 0"));
  EXPECT_EQ(compared("metrics: { 'weir_x_total{reason=\"c\"}': 0 }", observed), "");
  EXPECT_THAT(compared("metrics: { 'weir_x_total{raeson=\"c\"}': 0 }", observed),
              HasSubstr("weir_x_total has no label 'raeson'; did you mean 'reason'?"));
  EXPECT_THAT(compared("metrics: { weir_y_total: 1 }", observed),
              HasSubstr("there is no metric 'weir_y_total'; did you mean 'weir_x_total'?"));
}

TEST(ComparisonTest, AMetricMayBeAPartOfItsUnit) {
  Observed observed;
  observed.metrics = {{"weir_lag_seconds", {}, 0.25}};
  EXPECT_EQ(compared("metrics: { weir_lag_seconds: 0.25 }", observed), "");
  EXPECT_EQ(compared("metrics: { weir_lag_seconds: { min: 0, max: 0.3 } }", observed), "");
  EXPECT_THAT(compared("metrics: { weir_lag_seconds: { max: 0.2 } }", observed),
              HasSubstr("weir_lag_seconds: expected at most 0.2, found 0.25"));
}

TEST(ComparisonTest, AFailureOfThePipelineIsOne) {
  Observed observed;
  observed.failure = "the dead letter is refused";
  EXPECT_THAT(compared("committed: {}", observed), HasSubstr("the pipeline failed: the dead letter is refused"));
  EXPECT_EQ(compared("fails: letter is refused", observed), "");
  EXPECT_THAT(compared("fails: other", observed), HasSubstr("the pipeline failed, but its reason lacks \"other\""));
  EXPECT_THAT(compared("fails: other", Observed()),
              HasSubstr("the pipeline was to fail because of \"other\", and did not"));
  observed.failure.reset();
  observed.unfinished = "the store is away";
  EXPECT_THAT(compared("committed: {}", observed), HasSubstr("not everything was finished: the store is away"));
  EXPECT_EQ(compared("unfinished: store is away", observed), "");
}

TEST(ComparisonTest, AFaultThatNeverStruckIsAFailure) {
  Observed observed;
  observed.unused = {{{nullptr, 9, 3}, "this fault never struck"}};
  EXPECT_THAT(compared("committed: {}", observed), HasSubstr("this fault never struck"));
}

TEST(ExpectationReaderTest, EveryWrongFormHasItsPlaceAndACure) {
  const std::pair<const char*, const char*> cases[] = {
      {"event: []",
       "t.yaml:1:1: error: expect: 'event' is neither a sink of this pipeline (events, copy, dlq) nor one of"},
      {"event: []", "did you mean 'events'?"},
      {"commited: { orders: 1 }", "did you mean 'committed'?"},
      {"events: 3", "t.yaml:1:9: error: expect.events: expected a list of what must be there, or { count: ... }"},
      {"events: {}", "write [] where nothing may be there"},
      {"events: { cuont: 3 }", "did you mean 'count'?"},
      {"events: { count: -1 }", "expect.events.count"},
      {"events: { exactly: [], contains: [] }", "only one of 'exactly', 'any_order' and 'contains'"},
      {"events: [ { typ: OrderPlaced } ]", "an event has no 'typ'; it has stream, revision, type, id, data"},
      {"events: [ { typ: OrderPlaced } ]", "did you mean 'type'?"},
      {"events: [ { amount: 5 } ]", "members of its JSON stand below 'data'"},
      {"events: [ [1] ]", "expected an event, such as { type: OrderPlaced"},
      {"dlq: [ { headers: [a] } ]", "expected a mapping of headers"},
      {"dlq: [ { reason: '(' } ]", "the regular expression \"(\" cannot be read"},
      {"streams: [ Order-1 ]", "expected a mapping, such as { Order-1: [ OrderPlaced ] }"},
      {"sinks: { other: [] }", "the pipeline has no sink 'other'"},
      {"committed: { ordes/0: 1 }", "the pipeline does not read the topic 'ordes' (did you mean 'orders'?)"},
      {"committed: { orders/x: 1 }", "'orders/x' names no partition"},
      {"committed: { orders: many }", "expect.committed.orders"},
      {"retries: often", "expect.retries"},
      {"retries: {}", "neither 'min' nor 'max': whatever comes would pass"},
      {"elapsed: {}", "neither 'min' nor 'max': whatever comes would pass"},
      {"metrics: { weir_x_total: {} }", "neither 'min' nor 'max': whatever comes would pass"},
      {"events: { contains: [] }", "no item is named: whatever comes would pass"},
      {"metrics: { 'a{b}': 1 }", "'a{b}' is not the name of a metric"},
      {"elapsed: { maximum: 1s }", "unknown key 'maximum'"},
      {"elapsed: 5", "a duration with its unit"},
      {"allow_other: yes", "write true"},
      {"fails: '['", "cannot be read"},
      {"[]", "expected a mapping of what must come of the input, such as { events: { count: 1 } }"},
  };
  for (const auto& [expect, finding] : cases) EXPECT_THAT(findings_of(expect), HasSubstr(finding)) << expect;
}

TEST(ExpectationReaderTest, ASinkThatIsCalledLikeAKeyStandsBelowSinks) {
  Vocabulary words = orders_words();
  words.sinks.emplace_back("committed", Output::Kind::event);
  config::Diagnostics findings;
  const Expectation expected = read_expectation(yaml("sinks: { committed: [] }"), "expect", words, findings);
  EXPECT_EQ(findings.str(), "");
  ASSERT_EQ(expected.places.size(), 1u);
  EXPECT_EQ(expected.places.front().name, "committed");
}

}  // namespace
}  // namespace weir::testkit
