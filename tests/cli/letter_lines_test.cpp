#include "cli/kafka/letter_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

FeedRecord for_topic() {
  FeedRecord record;
  record.topic = "orders";
  return record;
}

// As sinks/record_json.cpp writes it.
constexpr std::string_view kLetter =
    R"({"cluster":"c","topic":"orders","partition":2,"offset":7,"timestamp":1738232130123,"reason":"no event_type",)"
    R"("stage":"decode","key":"/w==","key_encoding":"base64","headers":[{"name":"tenant","value":"a"},)"
    R"({"name":"none","value":null},{"name":"bin","value":"AAE=","value_encoding":"base64"},)"
    R"({"name":"weir-reason","value":"no event_type"},{"name":"weir-pipeline","value":"p"},)"
    R"({"name":"kafka_dlt-original-topic","value":"orders"},)"
    R"({"name":"kafka_dlt-original-offset","value":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0007","number":7}],)"
    R"("payload":"{\"a\":1}"})";

TEST(LetterLine, ALineOfTheFileSinkIsTheRecordThatItHolds) {
  Result<std::optional<FeedRecord>> record = parse_sink_line(kLetter, for_topic());
  ASSERT_TRUE(record.has_value() && record->has_value());
  EXPECT_EQ((*record)->topic, "orders");
  EXPECT_THAT((*record)->value, Optional(std::string("{\"a\":1}")));
  EXPECT_THAT((*record)->key, Optional(std::string("\xff")));
  EXPECT_THAT((*record)->timestamp_ms, Optional(1738232130123));
  EXPECT_EQ((*record)->headers.size(), 7u);
  ASSERT_TRUE(undo_letter(**record).has_value());
  EXPECT_THAT((*record)->headers, ElementsAre(Pair("tenant", Optional(std::string("a"))), Pair("none", std::nullopt),
                                              Pair("bin", Optional(std::string("\0\1", 2)))));
  EXPECT_EQ((*record)->partition, std::nullopt) << "its key finds it";
}

TEST(LetterLine, OtherLinesAreNone) {
  for (const char* line : {R"({"value":"x"})", "{}", "[]", "no JSON"}) {
    const Result<std::optional<FeedRecord>> record = parse_sink_line(line, for_topic());
    ASSERT_TRUE(record.has_value()) << line;
    EXPECT_FALSE(record->has_value()) << line;
  }
}

TEST(LetterLine, DamagedOnesAreNamed) {
  for (const char* line : {R"({"payload":1})", R"({"payload":"*","payload_encoding":"base64"})",
                           R"({"payload":"x","payload_encoding":"rot13"})", R"({"payload":"x","headers":[1]})",
                           R"({"payload":"x","headers":[{"name":"a","value":2}]})", R"({"payload":"x","key":[]})"}) {
    const Result<std::optional<FeedRecord>> record = parse_sink_line(line, for_topic());
    EXPECT_TRUE(record.has_error() && record.error().is_data_error()) << line;
  }
}

TEST(LetterLine, ATombstoneIsOneAgain) {
  const Result<std::optional<FeedRecord>> record = parse_sink_line(R"({"payload":null,"key":null})", for_topic());
  ASSERT_TRUE(record.has_value() && record->has_value());
  EXPECT_EQ((*record)->value, std::nullopt);
  EXPECT_EQ((*record)->key, std::nullopt);
}

TEST(UndoLetter, WhatIsNoLetterOfWeirsStaysAsItIs) {
  FeedRecord record = for_topic();
  record.partition = 3;
  record.headers = {{"kafka_dlt-original-topic", "t"}, {"weir-note", "mine"}};
  ASSERT_TRUE(undo_letter(record).has_value());
  EXPECT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.partition, 3);
}

TEST(UndoLetter, OneThatWasCutIsNotTheRecord) {
  FeedRecord record = for_topic();
  record.headers = {{"weir-pipeline", "p"},
                    {"weir-payload-cut", "true"},
                    {"kafka_dlt-original-topic", "orders"},
                    {"kafka_dlt-original-partition", std::string("\0\0\0\2", 4)},
                    {"kafka_dlt-original-offset", std::string("\0\0\0\0\0\0\1\0", 8)}};
  const Result<void> undone = undo_letter(record);
  ASSERT_TRUE(undone.has_error());
  EXPECT_THAT(undone.error().message(), HasSubstr("orders/2 offset 256"));
}

}  // namespace
}  // namespace weir::cli
