#include "cli/arguments/kafka_specs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::Optional;

TEST(KafkaSpecs, WhereTailBegins) {
  EXPECT_EQ(parse_tail_start("start"), (TailStart{TailStart::From::start, 0}));
  EXPECT_EQ(parse_tail_start("end"), (TailStart{TailStart::From::end, 0}));
  EXPECT_EQ(parse_tail_start("0"), (TailStart{TailStart::From::offset, 0}));
  EXPECT_EQ(parse_tail_start("9223372036854775807"),
            (TailStart{TailStart::From::offset, std::numeric_limits<Offset>::max()}));
  EXPECT_EQ(parse_tail_start("-5"), (TailStart{TailStart::From::before_end, 5}));
  for (const char* wrong : {"", "-", "--5", "+5", "5x", " 5", "Start", "1.5", "9223372036854775808", "-end"}) {
    EXPECT_EQ(parse_tail_start(wrong), std::nullopt) << wrong;
  }
}

TEST(KafkaSpecs, WhereAGroupIsPut) {
  EXPECT_EQ(parse_reset_target("start"), (ResetTarget{ResetTarget::To::start, 0}));
  EXPECT_EQ(parse_reset_target("end"), (ResetTarget{ResetTarget::To::end, 0}));
  EXPECT_EQ(parse_reset_target("20261121"), (ResetTarget{ResetTarget::To::offset, 20261121}));
  EXPECT_EQ(parse_reset_target("-7"), (ResetTarget{ResetTarget::To::shift, -7}));
  EXPECT_EQ(parse_reset_target("+7"), (ResetTarget{ResetTarget::To::shift, 7}));
  EXPECT_EQ(parse_reset_target("1970-01-02"), (ResetTarget{ResetTarget::To::timestamp, 86'400'000}));
  for (const char* wrong : {"", "+", "-", "+-5", "now", "2026-13-01", "2026-11-21T", "5m"}) {
    EXPECT_EQ(parse_reset_target(wrong), std::nullopt) << wrong;
  }
}

TEST(KafkaSpecs, TimestampsAreUtcUnlessTheySayOtherwise) {
  constexpr std::int64_t kNoon = 1795262400000;  // 2026-11-21T12:00Z
  EXPECT_THAT(parse_timestamp("2026-11-21"), Optional(kNoon - 12 * 3'600'000));
  for (const char* noon :
       {"2026-11-21T12:00", "2026-11-21 12:00", "2026-11-21T12:00Z", "2026-11-21t12:00:00z", "2026-11-21T12:00:00.000Z",
        "2026-11-21T13:00+01:00", "2026-11-21T13:30+0130", "2026-11-21T14+02", "2026-11-21T07:00:00-05:00"}) {
    if (std::string_view(noon) == "2026-11-21T14+02") {
      EXPECT_EQ(parse_timestamp(noon), std::nullopt) << "a time has minutes";
      continue;
    }
    EXPECT_THAT(parse_timestamp(noon), Optional(kNoon)) << noon;
  }
  EXPECT_THAT(parse_timestamp("2026-11-21T12:00:00.5Z"), Optional(kNoon + 500));
  EXPECT_THAT(parse_timestamp("2026-11-21T12:00:01.123456789Z"), Optional(kNoon + 1123));
  for (const char* wrong : {"2026-02-29", "2026-00-01", "2026-11-21T24:00", "2026-11-21T12:60", "2026-11-21T12:00:60",
                            "2026-11-21T12:00.5", "2026-11-21T12:00:00.", "2026-11-21T12:00 Z", "2026-11-21T12:00+1",
                            "2026-11-21Z", "26-11-21", "1969-12-31", "2026-11-21T12:00Zx", "2026-11-21T12:00+19:00"}) {
    EXPECT_EQ(parse_timestamp(wrong), std::nullopt) << wrong;
  }
}

TEST(KafkaSpecs, TopicsAndPartitions) {
  EXPECT_EQ(parse_topic_choice("orders"), (TopicChoice{"orders", {}}));
  EXPECT_EQ(parse_topic_choice("a.b_c-1:0,12"), (TopicChoice{"a.b_c-1", {0, 12}}));
  for (const char* wrong : {"", ":1", "a:", "a:1,", "a:,1", "a:x", "a:-1", "a b", "a:1:2", "a:2147483648"}) {
    EXPECT_EQ(parse_topic_choice(wrong), std::nullopt) << wrong;
  }
}

TEST(KafkaSpecs, PairsKeepWhatFollowsTheFirstEqualsSign) {
  EXPECT_EQ(parse_pair("a=b=c"), (std::pair<std::string, std::string>("a", "b=c")));
  EXPECT_EQ(parse_pair("a="), (std::pair<std::string, std::string>("a", "")));
  EXPECT_EQ(parse_pair("=b"), std::nullopt);
  EXPECT_EQ(parse_pair("ab"), std::nullopt);
}

TEST(KafkaSpecs, TopicNames) {
  EXPECT_TRUE(is_topic_name(std::string(249, 'a')));
  EXPECT_FALSE(is_topic_name(std::string(250, 'a')));
  for (const char* wrong : {"", ".", "..", "a/b", "a b", "ä", "a:1"}) EXPECT_FALSE(is_topic_name(wrong)) << wrong;
}

}  // namespace
}  // namespace weir::cli
