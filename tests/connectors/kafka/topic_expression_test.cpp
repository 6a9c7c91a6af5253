#include "connectors/kafka/topic_expression.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace weir::connectors::kafka {
namespace {

TEST(TopicExpression, TakesWhatMatches) {
  const TopicExpression expression("^orders-[0-9]+");
  EXPECT_EQ(expression.wrong(), "");
  EXPECT_TRUE(expression.takes("orders-7"));
  EXPECT_TRUE(expression.takes("orders-7.dlq")) << "its end is not anchored";
  EXPECT_FALSE(expression.takes("orders-x"));
  EXPECT_FALSE(TopicExpression("^.*").takes("__consumer_offsets"));
}

TEST(TopicExpression, WhatIsWrongTakesNothing) {
  const TopicExpression expression("^orders-(");
  EXPECT_NE(expression.wrong().find("is not a regular expression"), std::string::npos);
  EXPECT_FALSE(expression.takes("orders-("));
  EXPECT_EQ(expression.example(), "");
}

// An example always matches; where the simplest reading does not, there is none.
TEST(TopicExpression, AnExampleIsAGuessThatWasTried) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"^.*", "x"},
      {"^orders", "orders"},
      {"^orders-[0-9]+$", "orders-0"},
      {"^(a|bc)d", "ad"},
      {"^a\\.b", "a.b"},
      {"^[^a]b", "xb"},
      {"^a{2}$", ""},
      {"^[[:digit:]]$", ""},
      {"^((a|b)|c)-z", "a-z"},
      {"^x|y", "x"},
      {"^[", ""},
      {"^", ""},
      {"^\\", ""},
      {"^a(b", ""},
      {"^a{", ""},
  };
  for (const auto& [expression, name] : cases) EXPECT_EQ(TopicExpression(expression).example(), name) << expression;
}

}  // namespace
}  // namespace weir::connectors::kafka
