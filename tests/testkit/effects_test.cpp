// What counts as a broken promise when two runs are compared.
#include "testkit/effects.hpp"

#include "tests/testkit/kit.hpp"

namespace weir::testkit {
namespace {

using ::testing::StartsWith;

std::vector<Effect> effects(const std::string& letters, const std::string& order = "o") {
  std::vector<Effect> list;
  for (const char letter : letters) list.push_back({std::string(1, letter), order, std::string(1, letter)});
  return list;
}

TEST(EffectsTest, StreamsHoldEachEventOnceAndInOrder) {
  const Effects expected{{"stream s", effects("abc")}};
  EXPECT_EQ(broken_promise(expected, expected), "");
  EXPECT_EQ(broken_promise(expected, {{"stream s", effects("ab")}}), "no loss: stream s lacks c");
  EXPECT_EQ(broken_promise(expected, {}), "no loss: stream s lacks a");
  EXPECT_EQ(broken_promise(expected, {{"stream s", effects("abbc")}}), "no double effect: stream s has 2 times b");
  EXPECT_EQ(broken_promise(expected, {{"stream s", effects("acb")}}), "no reorder: in stream s, c comes before b");
  EXPECT_THAT(broken_promise(expected, {{"stream s", effects("abcd")}}), StartsWith("nothing else: stream s"));
  EXPECT_THAT(broken_promise(expected, {{"stream s", effects("abc")}, {"topic t", effects("a")}}),
              StartsWith("nothing else: topic t"));
}

TEST(EffectsTest, TopicsMayHoldARecordAgainBehindWhatCameFirst) {
  const Effects expected{{"topic t", effects("abc")}};
  EXPECT_EQ(broken_promise(expected, {{"topic t", effects("ababc")}}), "");
  EXPECT_EQ(broken_promise(expected, {{"topic t", effects("acab")}}), "no reorder: in topic t, c comes before b");
}

TEST(EffectsTest, WhatHasNoCommonOrderMayChangePlaces) {
  Effects expected{{"stream s", effects("ab", "1")}};
  for (const Effect& other : effects("xy", "2")) expected["stream s"].push_back(other);
  Effects got{{"stream s", effects("xy", "2")}};
  for (const Effect& other : effects("ab", "1")) got["stream s"].push_back(other);
  EXPECT_EQ(broken_promise(expected, got), "");
}

class EffectsWorldTest : public WorldTest {};

TEST_F(EffectsWorldTest, OnlyTheTopicThatIsReadIsInputAndNotItsNamesakeOfAnotherBroker) {
  World world;
  world.know(plan_of(R"(
connections:
  near: { kafka: "near:9092" }
  far: { kafka: "far:9092" }
pipelines:
  mirror:
    source: { kafka: { connection: near, topics: [orders], group: mirror } }
    stages: [ persist: {}, ack: {} ]
    sinks: { copies: { kafka: { connection: far, topic: orders } } }
)"));
  connectors::kafka::FakeRecord record;
  record.payload = "a";
  world.kafka("near").produce("orders", 0, record);
  world.kafka("far").produce("orders", 0, record);
  const Effects effects = effects_of(world, {}, {{"near", "orders"}});
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects.begin()->first, "topic orders of far");
  EXPECT_EQ(effects.begin()->second.size(), 1u);
}

}  // namespace
}  // namespace weir::testkit
