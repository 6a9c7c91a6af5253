#include "cli/kafka/feed_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(FeedLine, AWholeRecord) {
  const Result<FeedRecord> r = parse_feed_line(
      R"({"topic":"a.b_c-1","key":"k","headers":{"x":"1","x":"2","n":null},"value":{"b" : 1.50, "a":[ ]}})");
  ASSERT_TRUE(r.has_value()) << r.error().message();
  EXPECT_EQ(r->topic, "a.b_c-1");
  EXPECT_THAT(r->key, Optional(std::string("k")));
  ASSERT_EQ(r->headers.size(), 3u);  // repeated headers are Kafka's right
  EXPECT_EQ(r->headers[1].second, "2");
  EXPECT_EQ(r->headers[2].second, std::nullopt);
  EXPECT_THAT(r->value, Optional(std::string(R"({"b" : 1.50, "a":[ ]})"))) << "byte for byte";
}

TEST(FeedLine, KindsOfValues) {
  EXPECT_THAT(parse_feed_line(R"({"topic":"t","value":"{broken \u00e9"})")->value, Optional(std::string("{broken é")));
  EXPECT_THAT(parse_feed_line(R"({"value":[1, 2],"topic":"t"})")->value, Optional(std::string("[1, 2]")));
  EXPECT_THAT(parse_feed_line(R"({"topic":"t","value_base64":"AP/+"})")->value, Optional(std::string("\0\xff\xfe", 3)));
  EXPECT_THAT(parse_feed_line(R"({"topic":"t","value":""})")->value, Optional(std::string()));
  const Result<FeedRecord> tombstone = parse_feed_line(R"({"topic":"t","key":null,"value":null})");
  EXPECT_EQ(tombstone->value, std::nullopt);
  EXPECT_EQ(tombstone->key, std::nullopt);
}

TEST(FeedLine, TheNestedMemberOfTheSameNameIsNotTheValue) {
  EXPECT_THAT(parse_feed_line(R"({"headers":{"value":"x"},"value":{"value":2},"topic":"t"})")->value,
              Optional(std::string(R"({"value":2})")));
}

TEST(FeedLine, HostileLinesAreErrorsThatHelp) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not valid JSON"},
      {"{", "not valid JSON"},
      {"nonsense", "not valid JSON"},
      {"{\"topic\":\"t\",\"value\":\"\xff\"}", "value_base64"},
      {R"({"topic":"t","value":1} trailing)", "not valid JSON"},
      {std::string(5000, '[') + std::string(5000, ']'), "not valid JSON"},
      {"[]", "must be a JSON object"},
      {"null", "must be a JSON object"},
      {R"({"value":1,"topic":"t"})", "must be a string, an object"},
      {R"({"value":true,"topic":"t"})", "must be a string, an object"},
      {R"({"value":{}})", "\"topic\" is missing"},
      {R"({"topic":"t"})", "\"value\" is missing"},
      {R"({"topic":"t","value":{},"value_base64":""})", "keep one"},
      {R"({"topic":"t","topic":"u","value":{}})", "\"topic\" twice"},
      {R"({"topic":"","value":{}})", "name of a Kafka topic"},
      {R"({"topic":"a b","value":{}})", "name of a Kafka topic"},
      {R"({"topic":"..","value":{}})", "name of a Kafka topic"},
      {R"({"topic":7,"value":{}})", "name of a Kafka topic"},
      {R"({"topic":"t","key":7,"value":{}})", "\"key\" must be"},
      {R"({"topic":"t","headers":[],"value":{}})", "\"headers\" must be"},
      {R"({"topic":"t","headers":{"a":1},"value":{}})", "header \"a\""},
      {R"({"topic":"t","value_base64":"a"})", "not base64"},
      {R"({"topic":"t","valeu":{}})", "did you mean \"value\"?"},
  };
  for (const auto& [line, what] : cases) {
    const Result<FeedRecord> r = parse_feed_line(line);
    ASSERT_FALSE(r.has_value()) << line;
    EXPECT_THAT(r.error().message(), HasSubstr(what)) << line;
  }
}

TEST(LineReader, LinesWithAndWithoutALastLineFeed) {
  std::istringstream in("a\n\nb");
  LineReader lines(in);
  EXPECT_EQ(**lines.next(), "a");
  EXPECT_EQ(**lines.next(), "");
  EXPECT_EQ(**lines.next(), "b");
  EXPECT_FALSE(lines.next()->has_value());
  EXPECT_FALSE(lines.next()->has_value());
}

TEST(LineReader, AnEndlessLineIsAnErrorAndTheNextLineStillComes) {
  std::istringstream in("12345\n123456\nend");
  LineReader lines(in, 5);
  EXPECT_EQ(**lines.next(), "12345");
  const Result<std::optional<std::string>> too_long = lines.next();
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code(), Errc::too_large);
  EXPECT_EQ(**lines.next(), "end");
}

}  // namespace
}  // namespace weir::cli
