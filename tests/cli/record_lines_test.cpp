// The lines of `weir topics produce`.
#include "cli/kafka/feed_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

FeedRecord line_defaults() {
  FeedRecord record;
  record.topic = "t";
  record.key = "default";
  record.partition = 1;
  record.headers = {{"source", "test"}};
  return record;
}

TEST(TextLine, IsAValueOrKeyAndValue) {
  const Result<FeedRecord> plain = parse_text_line("a:b", "", line_defaults());
  EXPECT_THAT(plain->value, Optional(std::string("a:b")));
  EXPECT_THAT(plain->key, Optional(std::string("default")));
  EXPECT_EQ(plain->topic, "t");
  EXPECT_EQ(plain->partition, 1);
  EXPECT_THAT(plain->headers, ElementsAre(Pair("source", Optional(std::string("test")))));
  const Result<FeedRecord> keyed = parse_text_line("a::b::c", "::", line_defaults());
  EXPECT_THAT(keyed->key, Optional(std::string("a")));
  EXPECT_THAT(keyed->value, Optional(std::string("b::c")));
  EXPECT_THAT(parse_text_line(":", ":", line_defaults())->key, Optional(std::string()));
  const Result<FeedRecord> without = parse_text_line("abc", ":", line_defaults());
  ASSERT_TRUE(without.has_error());
  EXPECT_TRUE(without.error().is_data_error());
  EXPECT_THAT(without.error().message(), HasSubstr("':' is not in it"));
}

TEST(RecordLine, TakesDefaultsForWhatItDoesNotSay) {
  const Result<FeedRecord> bare = parse_record_line(R"({"value":{"a" : 1}})", line_defaults());
  ASSERT_TRUE(bare.has_value()) << bare.error().message();
  EXPECT_THAT(bare->value, Optional(std::string(R"({"a" : 1})")));
  EXPECT_THAT(bare->key, Optional(std::string("default")));
  EXPECT_EQ(bare->partition, 1);
  EXPECT_EQ(bare->timestamp_ms, std::nullopt);
  const Result<FeedRecord> full = parse_record_line(
      R"({"key":null,"value":null,"partition":0,"timestamp":5,"headers":{"a":"b"},"topic":"other","offset":9})",
      line_defaults());
  ASSERT_TRUE(full.has_value()) << full.error().message();
  EXPECT_EQ(full->topic, "t") << "the topic is the command line's";
  EXPECT_EQ(full->key, std::nullopt);
  EXPECT_EQ(full->value, std::nullopt);
  EXPECT_EQ(full->partition, 0);
  EXPECT_EQ(full->timestamp_ms, 5);
  EXPECT_EQ(full->headers.size(), 2u);
}

TEST(RecordLine, FilesFromWindows) {
  const Result<FeedRecord> marked = parse_record_line("\xEF\xBB\xBF{\"value\":\"a\"}\r", line_defaults());
  ASSERT_TRUE(marked.has_value()) << marked.error().message();
  EXPECT_EQ(marked->value, "a");
  const Result<FeedRecord> object = parse_record_line("\xEF\xBB\xBF{\"value\":{\"a\":1}}\r", line_defaults());
  ASSERT_TRUE(object.has_value()) << object.error().message();
  EXPECT_EQ(object->value, "{\"a\":1}");
  for (const std::string& line :
       {std::string("\xFF\xFE{\0", 4), std::string("\xFE\xFF\0{", 4), std::string("{\0}\0", 4)}) {
    const Result<FeedRecord> wide = parse_record_line(line, line_defaults());
    ASSERT_FALSE(wide.has_value());
    EXPECT_THAT(wide.error().message(), HasSubstr("is UTF-16, as Windows writes it; save the file as UTF-8"));
  }
}

TEST(RecordLine, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([1])", "must be a JSON object with \"value\""},
      {R"({"key":"k"})", "\"value\" is missing"},
      {R"({"value":"a","value_base64":"YQ=="})", "keep one"},
      {R"({"value":"a","key":"k","key_base64":"YQ=="})", "both \"key\""},
      {R"({"value":"a","partition":-1})", "\"partition\" must be"},
      {R"({"value":"a","partition":2147483648})", "\"partition\" must be"},
      {R"({"value":"a","partition":"1"})", "\"partition\" must be"},
      {R"({"value":"a","timestamp":1.5})", "\"timestamp\" (milliseconds) must be"},
      {R"({"value":"a","key_base64":"?"})", "\"key_base64\" is not base64"},
      {R"({"value":"a","headers":[1]})", "a header in a list must be"},
      {R"({"value":"a","headers":[{"value":"x"}]})", "has no \"name\""},
      {R"({"value":"a","headers":[{"name":"x","valeu":"x"}]})", "unknown member \"valeu\""},
      {R"({"value":"a","headers":"x"})", "\"headers\" must be"},
      {R"({"value":"a","partiton":1})", "did you mean \"partition\"?"},
      {R"({"value":"a","value":"b"})", "twice"},
  };
  for (const auto& [line, what] : cases) {
    const Result<FeedRecord> r = parse_record_line(line, line_defaults());
    ASSERT_FALSE(r.has_value()) << line;
    EXPECT_TRUE(r.error().is_data_error()) << line;
    EXPECT_THAT(r.error().message(), HasSubstr(what)) << line;
  }
  EXPECT_TRUE(parse_feed_line(R"({"topic":"t","value":"a","partition":1})").has_error())
      << "`feed` knows no partitions";
}

}  // namespace
}  // namespace weir::cli
