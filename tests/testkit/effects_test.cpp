// What counts as a broken promise when two runs are compared.
#include "testkit/effects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace weir::testkit
