// Tests in files, from what is written to what becomes of them.
#include "tests/testkit/cases/session_kit.hpp"

#include <algorithm>

namespace weir::testkit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST_F(SessionTest, ARealPipelineIsRunAndEverySinkIsSeen) {
  EXPECT_EQ(outcome("  - name: t\n    in:\n      - { orders: " + placed(1) + " }\n      - { orders: " + placed(1) +
                    " }\n      - { topic: orders, key: k, value: half }\n      - { orders: " + placed(2, "Copied") +
                    " }\n      - { orders: " + placed(3, "Logged") + " }\n      - { orders: " + placed(4, "Nowhere") +
                    " }\n      - { orders: " + placed(5, "Forgotten") +
                    " }\n      - { topic: audit-7, value: " + placed(6) + " }\n" + R"(
    expect:
      events: { any_order: [ { stream: Order-1, type: OrderPlaced, data: { n: 1 } }, { stream: Order-0, data: { json_equals: { n: 6 } } } ] }
      copy: [ { topic: copies, value: { eventType: Copied } } ]
      log: [ { file: log.jsonl, value: { eventType: Logged } } ]
      nowhere: [ { topic: orders, offset: "5" } ]
      dlq: [ { key: k, value: half, reason: JSON, stage: decode } ]
      streams: { Order-1: [ OrderPlaced ] }
      topics: { copies: { count: 1 }, orders.dlq: { count: 1 } }
      files: { log.jsonl: [ Logged ] }
      committed: { orders/0: 7, audit-7/0: 1 }
      dropped: { duplicate: 1, route: 1 }
      metrics: { weir_messages_consumed_total: 8 }
      elapsed: { max: 1m }
)"),
            "ok");
}

TEST_F(SessionTest, WhatIsNotAsExpectedIsShownWithTheWayOfTheMessages) {
  put_tests("  - name: t\n    in: [ { orders: " + placed(1) + " }, { orders: " + placed(1) +
            " } ]\n    expect: { events: { count: 2 } }\n");
  const SessionResult result = run();
  ASSERT_EQ(result.run.results.size(), 1u);
  const std::string text = render_text(result.run.results[0], {});
  EXPECT_THAT(text, AllOf(HasSubstr("p.test.yaml:4:15: sink events: 2 events expected, 1 event found"),
                          HasSubstr("orders/0 @ 0  0s read > decode > dedupe > route to events > events written"),
                          HasSubstr("orders/0 @ 1  0s read > decode > dedupe dropped: duplicate")));
}

TEST_F(SessionTest, TheSameTestGivesTheSameResultEveryTime) {
  put_tests(
      "  - name: t\n    faults: [ { store: { on_append: 1, do: unavailable, times: 2 } } ]\n    in: [ { orders: " +
      placed(1) + " }, { orders: half } ]\n    expect: { events: { count: 9 } }\n");
  const std::string first = render_text(run().run.results[0], {nullptr, false});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(render_text(run().run.results[0], {nullptr, false}), first);
}

TEST_F(SessionTest, AnAnswerThatIsLostDoublesNothing) {
  EXPECT_EQ(
      outcome(
          "  - name: t\n    faults: [ { store: { on_append: 1, do: timeout_after_commit } } ]\n    in: [ { orders: " +
          placed(1) + " } ]\n    expect: { events: { count: 1 }, retries: 1, elapsed: { min: 10s, max: 20s } }\n"),
      "ok");
}

TEST_F(SessionTest, AnAnswerThatIsLostBeforeAReloadDoublesNothing) {
  const std::string name = "enabled: false\n";
  put_file("p.yaml",
           std::string(kPipeline).replace(kPipeline.find(name), name.size(), name + "    reload: { drain: 2s }\n"));
  const std::string text = outcome(R"(
  - name: t
    faults: [ { store: { on_append: 1, do: timeout_after_commit } }, { store: { on_append: 9, do: reject } } ]
    in:
      - { orders: )" + placed(1) + R"( }
      - after: 1s
      - reload:
          patch:
            sinks:
              events: { kafka: { connection: broker, topic: moved } }
              copy: { kafka: { connection: broker, topic: copies } }
              log: { file: { path: log.jsonl } }
              nowhere: { drop: {} }
              dlq: { kafka: { connection: broker, topic: orders.dlq } }
      - { orders: )" + placed(2) + R"( }
    expect: { streams: { Order-1: [ OrderPlaced ] }, topics: { moved: { count: 1 } } }
)");
  // What the store has is found by looking it up: it is written neither there again nor to the sink that is new.
  EXPECT_THAT(text, EndsWith("this fault never struck: the connection 'store' saw 1 appends\n"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
}

TEST_F(SessionTest, RetriesHaveTheirVirtualTimes) {
  EXPECT_EQ(outcome("  - name: t\n    faults: [ { store: { do: unavailable, times: 2 } } ]\n    in: [ { orders: " +
                    placed(1) + " } ]\n    expect: { events: { count: 1 }, retries: [300ms, 900ms] }\n"),
            "ok");
}

TEST_F(SessionTest, GaugesOfTimeHaveTheUnitThatTheirNameSays) {
  const std::string name = "enabled: false\n";
  put_file("p.yaml", std::string(kPipeline).replace(kPipeline.find(name), name.size(),
                                                    name + "    batch_messages: 1\n    window: 1\n"));
  EXPECT_EQ(outcome("  - name: t\n    faults: [ { store: { do: slow, for: 3s } } ]\n    in: [ { orders: " + placed(1) +
                    " }, { orders: " + placed(2) + " }, { orders: " + placed(3) +
                    " } ]\n    expect: { events: { count: 3 }, metrics: { weir_longest_batch_gap_seconds: { min: 2, "
                    "max: 4 } } }\n"),
            "ok");
}

TEST_F(SessionTest, AServerMayBeAway) {
  EXPECT_EQ(outcome("  - name: t\n    faults: [ { away: { connection: store, for: 1m, at_message: 1 } } ]\n    in: [ "
                    "{ orders: " +
                    placed(1) + " } ]\n    expect: { events: [ OrderPlaced ], elapsed: { min: 1m, max: 2m } }\n" +
                    "  - name: u\n    in: [ { away: { connection: broker, for: 2m } }, { orders: " + placed(1) +
                    " } ]\n    expect: { events: [ OrderPlaced ], elapsed: { min: 2m } }\n"),
            "okok");
}

TEST_F(SessionTest, AServerThatIsAwayTwiceComesBackWhenTheLongerTimeIsUp) {
  const std::string in =
      "    in: [ { away: { connection: broker, for: 1m } }, { away: { connection: broker, for: 5m } }, { orders: " +
      placed(1) + " }, ";
  EXPECT_EQ(outcome("  - name: t\n" + in + "{ at: 3m }, crash ]\n    expect: { events: [] }\n  - name: u\n" + in +
                    "{ at: 7m }, crash ]\n    expect: { events: [ OrderPlaced ] }\n"),
            "okok");
}

TEST_F(SessionTest, ACrashAndARestartLoseNothing) {
  std::string in;
  for (int i = 0; i < 10; ++i) in += "      - { orders: " + placed(i) + " }\n";
  EXPECT_EQ(outcome("  - name: t\n    faults: [ { crash: { at_message: 4 } } ]\n    in:\n" + in +
                    "    expect: { events: { count: 10 }, committed: { orders: 10 } }\n" + "  - name: u\n    in:\n" +
                    in + "      - crash\n      - restart\n      - { orders: " + placed(10) +
                    " }\n    expect: { events: { count: 11 }, committed: { orders: 11 } }\n" +
                    "  - name: v\n    faults: [ { rebalance: { at_message: 4 } } ]\n    in:\n" + in +
                    "    expect: { events: { count: 10 }, committed: { orders: 10 } }\n"),
            "okokok");
}

TEST_F(SessionTest, StepsHappenAtTheirTime) {
  EXPECT_EQ(outcome("  - name: t\n    in: [ { orders: " + placed(1) + " }, { after: idle }, { at: 30s }, { orders: " +
                    placed(2) + " }, { after: 2m }, { orders: " + placed(1) +
                    " } ]\n    expect: { events: { count: 2 }, duplicates: 1, elapsed: { min: 2m } }\n"),
            "ok")
      << "the window of dedupe is one minute: the third one is recognised by the store";
}

TEST_F(SessionTest, WhatStaysUnfinishedIsAFailureUnlessItIsExpected) {
  const std::string test =
      "  - name: t\n    limit: 5s\n    faults: [ { store: { do: unavailable, times: 1000 } } ]\n    in: [ { orders: " +
      placed(1) + " } ]\n";
  EXPECT_THAT(outcome(test + "    expect: { events: [] }\n"), HasSubstr("not everything was finished: "));
  EXPECT_EQ(outcome(test + "    expect: { events: [], unfinished: unsettled }\n"), "ok");
}

TEST_F(SessionTest, AFaultThatNeverStrikesIsAFailure) {
  EXPECT_THAT(outcome("  - name: t\n    faults: [ { crash: { at_message: 7 } }, { store: { on_append: 5, do: reject } "
                      "} ]\n    in: [ { orders: " +
                      placed(1) + " } ]\n    expect: { events: { count: 1 } }\n"),
              AllOf(HasSubstr("p.test.yaml:3:17: this fault never struck: the number of messages that were read is 1"),
                    HasSubstr("this fault never struck: the connection 'store' saw 1 appends")));
}

// From a topic of one broker into the topic of the same name of another.
constexpr std::string_view kMirror = R"(
connections:
  near: { kafka: { brokers: "near:9092" } }
  far: { kafka: { brokers: "far:9092" } }
pipelines:
  mirror:
    source: { kafka: { connection: near, topics: [orders], group: mirror } }
    stages: [ persist: {}, ack: {} ]
    sinks:
      copies: { kafka: { connection: far, topic: orders } }
)";

TEST_F(SessionTest, ATopicOfAnotherBrokerIsNotTheOneThatIsRead) {
  put_file("p.yaml", kMirror);
  const std::string in = "  - name: t\n    in: [ { orders: a }, { orders: b } ]\n";
  EXPECT_EQ(outcome(in + "    expect: { copies: [ a, b ], committed: { orders: 2 } }\n", {.crash_everywhere = true}),
            "ok");
  EXPECT_THAT(outcome(in + "    expect: {}\n"), HasSubstr("2 records that the test does not speak of"));
}

TEST_F(SessionTest, AFilterChoosesByPipelineAndName) {
  put_tests("  - { name: one, in: [], expect: {} }\n  - { name: two, in: [], expect: {} }\n");
  const SessionResult result = run({.filter = "orders: tw"});
  EXPECT_EQ(result.found, 2u);
  ASSERT_EQ(result.run.results.size(), 1u);
  EXPECT_EQ(result.run.results[0].name, "two");
}

TEST_F(SessionTest, OneWrongTestDoesNotKeepTheOthersFromRunning) {
  put_tests("  - { name: one, in: [], expects: {} }\n  - { name: two, in: [], expect: {} }\n");
  const SessionResult result = run();
  EXPECT_THAT(result.findings.str(), HasSubstr("p.test.yaml:2:26: error: tests[0]: unknown key 'expects'"));
  EXPECT_EQ(result.run.results.size(), 1u);
}

TEST_F(SessionTest, UpdateWritesWhatWasSeenAndThenItPasses) {
  const std::string in = "    in: [ { orders: " + placed(1) + " }, { topic: orders, value: half } ]\n";
  put_tests("  # first\n  - name: one\n" + in + "    expect: { events: [] }\n  - name: two\n" + in +
            "    expect:\n      events: { count: 1 }  # right\n      dlq: { count: 1 }\n  - name: three\n" + in);
  const SessionResult result = run({.update = true});
  EXPECT_EQ(result.findings.str(), "");
  EXPECT_THAT(result.updated, ElementsAre(HasSubstr("p.test.yaml:3:5: one"), HasSubstr("three")));
  const std::string text = file("p.test.yaml");
  EXPECT_THAT(text, AllOf(HasSubstr("tests:\n  # first\n  - name: one\n"), HasSubstr("events: { count: 1 }  # right\n"),
                          HasSubstr("- { stream: Order-1, type: OrderPlaced, data: { json_equals: { n: 1 } } }")));
  EXPECT_TRUE(run().run.passed()) << text;
  EXPECT_EQ(file("p.test.yaml"), text);
}

TEST_F(SessionTest, CrashesEverywhereKeepThePromises) {
  std::string in;
  for (int i = 0; i < 5; ++i) in += "      - { orders: " + placed(i) + " }\n";
  put_tests("  - name: t\n    in:\n" + in + "    expect: { events: { count: 5 } }\n");
  const SessionResult result = run({.crash_everywhere = true});
  ASSERT_EQ(result.run.results.size(), 1u);
  EXPECT_EQ(render_text(result.run.results[0], {}), "");
  EXPECT_GT(result.run.results[0].crashes, 10u);
}

TEST_F(SessionTest, ATestThatEndsInAFailureOrUnfinishedIsNotCrashedEverywhere) {
  put_tests(
      "  - name: t\n    limit: 5s\n    faults: [ { store: { do: unavailable, times: 1000 } } ]\n    in: [ { orders: " +
      placed(1) + " } ]\n    expect: { events: [], unfinished: unsettled }\n");
  const SessionResult result = run({.crash_everywhere = true});
  ASSERT_EQ(result.run.results.size(), 1u);
  EXPECT_EQ(render_text(result.run.results[0], {}), "");
  EXPECT_EQ(result.run.results[0].crashes, 0u);
}

}  // namespace
}  // namespace weir::testkit
