#include "embedded/broker/topics/topic_setting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace weir::embedded::broker::topics {
namespace {

std::string fault(std::string_view name, std::string_view value) {
  const TopicSetting* setting = find_topic_setting(name);
  if (setting == nullptr) return "no such setting";
  return check_value(*setting, value).value_or("");
}

TEST(TopicSetting, TheTableIsSortedSoThatEachIsFound) {
  const auto all = topic_settings();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name <= b.name; }));
  for (const TopicSetting& setting : all) EXPECT_EQ(find_topic_setting(setting.name), &setting);
  EXPECT_EQ(find_topic_setting("retention"), nullptr);
  EXPECT_EQ(find_topic_setting(""), nullptr);
}

TEST(TopicSetting, EveryDefaultIsAllowed) {
  for (const TopicSetting& setting : topic_settings()) {
    EXPECT_EQ(check_value(setting, setting.default_value), std::nullopt) << setting.name;
    EXPECT_FALSE(setting.documentation.empty()) << setting.name;
    EXPECT_EQ(setting.effective, setting.documentation.find("No effect here") == std::string_view::npos)
        << setting.name << ": the documentation must say whether it has an effect";
  }
}

TEST(TopicSetting, WhatToolsExpectIsThere) {
  for (const char* name : {"cleanup.policy",
                           "retention.ms",
                           "retention.bytes",
                           "segment.bytes",
                           "segment.ms",
                           "max.message.bytes",
                           "message.timestamp.type",
                           "compression.type",
                           "min.insync.replicas",
                           "delete.retention.ms",
                           "file.delete.delay.ms",
                           "flush.messages",
                           "flush.ms",
                           "index.interval.bytes",
                           "max.compaction.lag.ms",
                           "message.timestamp.difference.max.ms",
                           "min.cleanable.dirty.ratio",
                           "min.compaction.lag.ms",
                           "preallocate",
                           "segment.index.bytes",
                           "segment.jitter.ms",
                           "unclean.leader.election.enable",
                           "message.timestamp.before.max.ms",
                           "message.timestamp.after.max.ms"}) {
    EXPECT_NE(find_topic_setting(name), nullptr) << name;
  }
}

TEST(TopicSetting, WholeNumbersWithinBounds) {
  EXPECT_EQ(fault("retention.ms", "3600000"), "");
  EXPECT_EQ(fault("retention.ms", " -1 "), "");
  EXPECT_EQ(fault("retention.ms", "9223372036854775807"), "");
  EXPECT_EQ(fault("segment.bytes", "+1024"), "");
  EXPECT_EQ(fault("retention.ms", "-2"), "The setting 'retention.ms' must be at least -1, not '-2'.");
  EXPECT_EQ(fault("segment.bytes", "4294967296"),
            "The setting 'segment.bytes' must be at least 14 and at most 2147483647, not '4294967296'.");
  EXPECT_EQ(fault("segment.ms", "0"), "The setting 'segment.ms' must be at least 1, not '0'.");
  for (const char* bad : {"", " ", "x", "1x", "1.5", "0x10", "9223372036854775808", "+-1", "--1", "1 2"}) {
    EXPECT_NE(fault("retention.ms", bad), "") << bad;
  }
}

TEST(TopicSetting, RealNumbers) {
  EXPECT_EQ(fault("min.cleanable.dirty.ratio", "0.01"), "");
  for (const char* bad : {"1.1", "-0.1", "nan", "inf", "", "half"}) {
    EXPECT_NE(fault("min.cleanable.dirty.ratio", bad), "") << bad;
  }
}

TEST(TopicSetting, TrueOrFalse) {
  EXPECT_EQ(fault("preallocate", "TRUE"), "");
  EXPECT_EQ(fault("preallocate", "false"), "");
  EXPECT_NE(fault("preallocate", "1"), "");
  EXPECT_EQ(fault("remote.storage.enable", "False"), "");
  EXPECT_THAT(fault("remote.storage.enable", "true"), ::testing::HasSubstr("no tiered storage"));
}

TEST(TopicSetting, ListsAndChoicesSayWhyNotTheOthers) {
  EXPECT_EQ(fault("cleanup.policy", "delete"), "");
  EXPECT_EQ(fault("cleanup.policy", " delete ,"), "");
  EXPECT_EQ(fault("cleanup.policy", "compact"), "");
  EXPECT_EQ(fault("cleanup.policy", "compact,delete"), "");
  EXPECT_NE(fault("cleanup.policy", "shrink"), "");
  EXPECT_NE(fault("cleanup.policy", ""), "");
  for (const char* codec : {"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"})
    EXPECT_EQ(fault("compression.type", codec), "") << codec;
  EXPECT_THAT(fault("compression.type", "rar"), ::testing::HasSubstr("one of producer,uncompressed,gzip"));
  EXPECT_EQ(fault("message.timestamp.type", "LogAppendTime"), "");
  EXPECT_THAT(fault("message.timestamp.type", "logappendtime"),
              ::testing::HasSubstr("one of CreateTime,LogAppendTime"));
  EXPECT_EQ(fault("leader.replication.throttled.replicas", "*"), "");
}

TEST(TopicSetting, ValuesFitIntoAnyAnswer) {
  EXPECT_NE(fault("leader.replication.throttled.replicas", std::string(8193, '1')), "");
}

}  // namespace
}  // namespace weir::embedded::broker::topics
