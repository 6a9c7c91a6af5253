#include "embedded/broker/topics/topic_name.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

TEST(TopicName, LettersDigitsDotUnderscoreAndHyphenAreAllowed) {
  for (const char* name : {"a", "orders", "Orders.v2_dead-letters", "0", "...", "__consumer_offsets", "-"}) {
    EXPECT_EQ(check_topic_name(name), std::nullopt) << name;
  }
  EXPECT_EQ(check_topic_name(std::string(249, 'a')), std::nullopt);
}

TEST(TopicName, OthersAreRefused) {
  const std::string with_zero("a\0b", 3);
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string(250, 'a'),
                                  std::string("a b"), std::string("a/b"), std::string("../a"), std::string("a\n"),
                                  std::string("\xC3\xA4"), std::string("a\\b"), std::string("a:b"), with_zero}) {
    EXPECT_NE(check_topic_name(name), std::nullopt) << name;
  }
}

TEST(TopicName, DotAndUnderscoreCollide) {
  EXPECT_EQ(collision_key("a.b_c"), collision_key("a_b.c"));
  EXPECT_NE(collision_key("a.b"), collision_key("a-b"));
}

TEST(TopicName, QuotesAreShortAndPrintable) {
  EXPECT_EQ(in_quotes("orders"), "'orders'");
  EXPECT_EQ(in_quotes("a\nb\xFF"), "'a?b?'");
  EXPECT_EQ(in_quotes(std::string(100'000, 'a')).size(), 64u + 2 + 3);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
