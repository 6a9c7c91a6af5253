#include "pipeline/engine/dead_letter.hpp"

#include "pipeline/engine/letter_stub.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir {
namespace {

class DeadLetterTest : public ::testing::Test {
 protected:
  DeadLetterTest() {
    failed_.payload = std::string_view("\x00\xff{", 3);
    failed_.key = "k";
    failed_.headers = headers_;
    failed_.origin = {"cluster-1", "orders", 258, 66051, 1738232130123};
    failed_.sequence = 9;
    failure_.error = Error(Errc::data, "eventId is not a UUID: \"abc\" (byte 12)");
    failure_.component = "decode";
    failure_.attempts = 3;
    failure_.first_failed_at = WallTime(std::chrono::milliseconds(1738232130123));
    failure_.last_failed_at = WallTime(std::chrono::milliseconds(1738232131000));
  }
  Message make() { return make_dead_letter(batch_, failed_, failure_, {"main", "0123456789abcdef", "1.2.3"}); }

  const Header headers_[4] = {{"a", "1"}, {"a", {}}, {"weir-reason", "an older one"}, {"weir-mine", "kept"}};
  Batch batch_;
  Message failed_;
  Failure failure_;
};

TEST_F(DeadLetterTest, KeepsTheRecordByteForByte) {
  const Message letter = make();
  EXPECT_EQ(letter.payload, failed_.payload);
  EXPECT_EQ(letter.key, "k");
  EXPECT_EQ(letter.origin.offset, 66051);
  EXPECT_EQ(letter.sequence, 9u);
  EXPECT_FALSE(letter.ack.pending());
  EXPECT_EQ(letter.headers[0].value, "1");
  EXPECT_EQ(letter.headers[1].name, "a");
  EXPECT_EQ(letter.headers[1].value.data(), nullptr);  // Kafka's null stays null
  EXPECT_EQ(letter.header("weir-mine"), "kept");
  failed_.payload = {};
  failed_.key = {};
  const Message tombstone = make();
  EXPECT_TRUE(tombstone.is_tombstone());
  EXPECT_EQ(tombstone.key.data(), nullptr);
}

TEST_F(DeadLetterTest, SaysWhy) {
  const Message letter = make();
  const std::pair<const char*, std::string> expected[] = {
      {"weir-reason", "eventId is not a UUID: \"abc\" (byte 12)"},
      {"weir-error-class", "data"},
      {"weir-stage", "decode"},
      {"weir-pipeline", "main"},
      {"weir-attempts", "3"},
      {"weir-first-failed-at", "2025-01-30T10:15:30.123Z"},
      {"weir-last-failed-at", "2025-01-30T10:15:31.000Z"},
      {"weir-config-hash", "0123456789abcdef"},
      {"weir-version", "1.2.3"},
      {"kafka_dlt-original-topic", "orders"},
      {"kafka_dlt-original-partition", std::string("\0\0\x01\x02", 4)},
      {"kafka_dlt-original-offset", std::string("\0\0\0\0\0\x01\x02\x03", 8)},
      {"kafka_dlt-original-timestamp", std::string("\0\0\x01\x94\xb6\xb5\x6a\x4b", 8)},
      {"kafka_dlt-original-timestamp-type", "CreateTime"},
      {"kafka_dlt-exception-message", "eventId is not a UUID: \"abc\" (byte 12)"},
      {"kafka_dlt-exception-fqcn", "weir.data"},
  };
  for (const auto& [name, value] : expected) {
    std::size_t times = 0;
    for (const Header& header : letter.headers) times += header.name == name ? 1 : 0;
    EXPECT_EQ(times, 1u) << name;
    EXPECT_EQ(letter.header(name), value) << name;
  }
}

TEST_F(DeadLetterTest, SaysThatTheBrokerSetTheTime) {
  failed_.origin.timestamp_kind = TimestampKind::log_append;
  EXPECT_EQ(make().header("kafka_dlt-original-timestamp-type"), "LogAppendTime");
}

TEST_F(DeadLetterTest, TextIsBoundedAndUtf8) {
  failure_.error = Error(Errc::unknown_outcome, "bad \xff byte " + std::string(100'000, 'x'));
  const Message letter = make();
  const std::string_view reason = *letter.header("weir-reason");
  EXPECT_LE(reason.size(), kMaxReasonBytes);
  EXPECT_TRUE(reason.starts_with("bad \xEF\xBF\xBD byte xxx"));
  EXPECT_TRUE(reason.ends_with("... (cut)"));
  EXPECT_EQ(letter.header("weir-error-class"), "unknown_outcome");
  for (std::size_t size = kMaxReasonBytes - 20; size < kMaxReasonBytes + 20; ++size) {
    failure_.error = Error(Errc::data, std::string(size - 2, 'x') + "\xc3\xa9");
    const std::string text(*make().header("weir-reason"));
    EXPECT_LE(text.size(), kMaxReasonBytes);
    EXPECT_EQ(text.ends_with("... (cut)"), size > kMaxReasonBytes) << size;
  }
}

TEST_F(DeadLetterTest, ALetterThatFailsAgainKeepsWhereItCameFrom) {
  const Header of_letter[] = {{"kafka_dlt-original-topic", "first"},
                              {"kafka_dlt-original-partition", std::string_view("\0\0\0\x07", 4)},
                              {"kafka_dlt-exception-message", "the first reason"},
                              {"weir-reason", "the first reason"},
                              {"weir-pipeline", "main"},
                              {"weir-payload-cut", "true"}};
  failed_.headers = of_letter;
  failed_.origin.topic = "orders.dlq";
  const Message letter = make();
  EXPECT_EQ(letter.header("kafka_dlt-original-topic"), "first");
  EXPECT_EQ(letter.header("kafka_dlt-original-partition"), std::string_view("\0\0\0\x07", 4));
  EXPECT_EQ(letter.header("kafka_dlt-original-offset"), std::nullopt) << "ours would not fit the topic";
  EXPECT_EQ(letter.header("weir-read-from"), "orders.dlq/258/66051");
  EXPECT_EQ(letter.header("weir-reason"), "eventId is not a UUID: \"abc\" (byte 12)");
  EXPECT_EQ(letter.header("weir-payload-cut"), std::nullopt) << "of this letter nothing is cut";
  for (const char* const name : {"weir-reason", "kafka_dlt-exception-message", "kafka_dlt-original-topic"})
    EXPECT_EQ(std::ranges::count(letter.headers, name, &Header::name), 1) << name;
  EXPECT_TRUE(is_letter_of(letter, "main"));
  EXPECT_FALSE(is_letter_of(letter, "other"));
  EXPECT_EQ(topic_of_letter(letter), "orders.dlq");
}

// Anybody may give a record headers of these names.
TEST_F(DeadLetterTest, OriginHeadersThatAreTooLongOrComeAgainAreCutWithTheRecordsOwn) {
  const std::string huge(1 << 20, 'x');
  const Header of_record[] = {{"kafka_dlt-original-topic", "first"},
                              {"kafka_dlt-original-offset", huge},
                              {"kafka_dlt-original-offset", std::string_view("\0\0\0\0\0\0\0\x07", 8)},
                              {"kafka_dlt-original-offset", std::string_view("\0\0\0\0\0\0\0\x09", 8)},
                              {"kafka_dlt-original-topic", "second"}};
  failed_.headers = of_record;
  const Message letter = make();
  EXPECT_EQ(std::ranges::count(letter.headers, "kafka_dlt-original-offset", &Header::name), 3) << "nothing is cut yet";
  ASSERT_EQ(next_cut(letter, LetterCut::nothing), LetterCut::headers);
  const Message stub = cut_letter(batch_, letter, LetterCut::headers);
  EXPECT_EQ(stub.header("kafka_dlt-original-topic"), "first");
  EXPECT_EQ(stub.header("kafka_dlt-original-offset"), std::string_view("\0\0\0\0\0\0\0\x07", 8));
  for (const char* const name : {"kafka_dlt-original-offset", "kafka_dlt-original-topic"})
    EXPECT_EQ(std::ranges::count(stub.headers, name, &Header::name), 1) << name;
  EXPECT_EQ(stub.header("weir-headers-cut"), "3");
  EXPECT_EQ(next_cut(letter, LetterCut::headers), std::nullopt);
}

TEST_F(DeadLetterTest, WhatNoTopicCanBeCalledMakesARecordNoLetter) {
  const std::string huge(1 << 20, 'x');
  const Header of_record[] = {{"kafka_dlt-original-topic", huge}};
  failed_.headers = of_record;
  const Message letter = make();
  EXPECT_EQ(letter.header("kafka_dlt-original-topic"), "orders");
  EXPECT_EQ(std::ranges::count(letter.headers, "kafka_dlt-original-topic", &Header::name), 1);
  EXPECT_EQ(letter.header("weir-read-from"), std::nullopt);
}

TEST_F(DeadLetterTest, WithoutTimestamp) {
  failed_.origin.timestamp_ms = -1;
  EXPECT_EQ(make().header("kafka_dlt-original-timestamp"), std::nullopt);
}

}  // namespace
}  // namespace weir
