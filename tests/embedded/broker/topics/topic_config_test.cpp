#include "embedded/broker/topics/topic_config.hpp"

#include "embedded/broker/topics/topic_setting.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using storage::Fsync;
using storage::LogSettings;

LogSettings settings_of(std::map<std::string, std::string, std::less<>> values) {
  return TopicConfig{std::move(values)}.log_settings(Fsync::always);
}

TEST(TopicConfig, WithoutValuesItIsTheDefaultsOfTheLog) {
  const LogSettings made = settings_of({});
  const LogSettings plain;
  EXPECT_EQ(made.segment_bytes, plain.segment_bytes);
  EXPECT_EQ(made.segment_age, plain.segment_age);
  EXPECT_EQ(made.retention, plain.retention);
  EXPECT_EQ(made.retention_bytes, plain.retention_bytes);
  EXPECT_EQ(made.max_batch_bytes, plain.max_batch_bytes);
  EXPECT_EQ(made.append_time, plain.append_time);
  EXPECT_EQ(TopicConfig().log_settings(Fsync::never).fsync, Fsync::never);
}

TEST(TopicConfig, ValuesReachTheLog) {
  const LogSettings made = settings_of({{"segment.bytes", "1048576"},
                                        {"segment.ms", "60000"},
                                        {"retention.ms", " 5000 "},
                                        {"retention.bytes", "123"},
                                        {"max.message.bytes", "99"},
                                        {"message.timestamp.type", "LogAppendTime"}});
  EXPECT_EQ(made.segment_bytes, 1048576u);
  EXPECT_EQ(made.segment_age, std::chrono::minutes(1));
  EXPECT_EQ(made.retention, std::chrono::seconds(5));
  EXPECT_EQ(made.retention_bytes, 123u);
  EXPECT_EQ(made.max_batch_bytes, 99u);
  EXPECT_TRUE(made.append_time);
}

TEST(TopicConfig, WhatIsOnlyCompactedIsKept) {
  const std::map<std::string, std::string, std::less<>> limits = {{"retention.ms", "5000"}, {"retention.bytes", "123"}};
  const auto with = [&limits](const char* policy) {
    auto values = limits;
    values["cleanup.policy"] = policy;
    return settings_of(values);
  };
  EXPECT_EQ(with("compact").retention, std::nullopt);
  EXPECT_EQ(with("compact").retention_bytes, std::nullopt);
  EXPECT_EQ(with("compact, delete").retention, std::chrono::seconds(5));
  EXPECT_EQ(with("delete").retention_bytes, 123u);
}

TEST(TopicConfig, MinusOneAndHugeTimesAreForEver) {
  EXPECT_EQ(settings_of({{"retention.ms", "-1"}}).retention, std::nullopt);
  EXPECT_EQ(settings_of({{"retention.ms", "9223372036854775807"}}).retention, std::nullopt);
  EXPECT_EQ(settings_of({{"retention.bytes", "-1"}}).retention_bytes, std::nullopt);
  const Duration age = settings_of({{"segment.ms", "9223372036854775807"}}).segment_age;
  EXPECT_GT(age, std::chrono::hours(24 * 365 * 50));  // not wrapped around
}

TEST(TopicConfig, CheckNamesTheSetting) {
  EXPECT_EQ(TopicConfig().check(), std::nullopt);
  EXPECT_EQ((TopicConfig{{{"retention.ms", "1"}}}.check()), std::nullopt);
  EXPECT_EQ((TopicConfig{{{"retention.sm", "1"}}}.check()), "A topic has no setting 'retention.sm'.");
  EXPECT_NE((TopicConfig{{{"retention.ms", "one"}}}.check()), std::nullopt);
}

TEST(TopicConfig, ValueIsTheOneInForce) {
  const TopicConfig config{{{"retention.ms", "1"}}};
  EXPECT_EQ(config.value("retention.ms"), "1");
  EXPECT_EQ(config.value("cleanup.policy"), "delete");
  EXPECT_EQ(config.value("no.such"), "");
}

}  // namespace
}  // namespace weir::embedded::broker::topics
