#include "cli/kafka/record_view.hpp"

#include "cli/kafka/feed_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using connectors::kafka::StoredRecord;
using ::testing::HasSubstr;

StoredRecord some_record() {
  StoredRecord record;
  record.partition = 2;
  record.offset = 41;
  record.timestamp_ms = 1795262400123;
  record.key = "k";
  record.value = "v";
  return record;
}

TEST(RecordView, OneLine) {
  StoredRecord record = some_record();
  record.headers = {{"a", "1"}, {"none", std::nullopt}};
  EXPECT_EQ(render_record(record, false), "2/41  2026-11-21T12:00:00.123Z  k  v  a=1 none\n");
}

TEST(RecordView, ATimeThatTheBrokerSetIsToldFromTheProducers) {
  StoredRecord record = some_record();
  record.timestamp_kind = TimestampKind::log_append;
  EXPECT_EQ(render_record(record, false), "2/41  2026-11-21T12:00:00.123Z (stored)  k  v\n");
  EXPECT_THAT(render_record_json("t", record), HasSubstr("\"timestamp_type\":\"LogAppendTime\""));
}

TEST(RecordView, NothingAndEmptyAreToldApart) {
  StoredRecord record = some_record();
  record.key = std::nullopt;
  record.value = std::nullopt;
  record.timestamp_ms = -1;
  EXPECT_EQ(render_record(record, false), "2/41  (no time)  -  (tombstone)\n");
  record.key = "";
  record.value = "";
  EXPECT_EQ(render_record(record, false), "2/41  (no time)  \"\"  \"\"\n");
}

// Seconds, microseconds, the year 10000, the largest number: nothing that the timestamp does not say.
TEST(RecordView, ATimeThatIsNoDateIsShownAsTheNumberItIs) {
  StoredRecord record = some_record();
  for (const auto& [timestamp, shown] : std::vector<std::pair<std::int64_t, std::string>>{
           {1705314600, "1970-01-20T17:41:54.600Z"},
           {253402300799999, "9999-12-31T23:59:59.999Z"},
           {253402300800000, "253402300800000 (no date)"},
           {1705314600000000, "1705314600000000 (no date)"},
           {std::numeric_limits<std::int64_t>::max(), "9223372036854775807 (no date)"}}) {
    record.timestamp_ms = timestamp;
    EXPECT_EQ(render_record(record, false), "2/41  " + shown + "  k  v\n");
    const std::string json = render_record_json("t", record);
    EXPECT_THAT(json, HasSubstr("\"timestamp\":" + std::to_string(timestamp)));
    EXPECT_EQ(json.find("\"time\"") == std::string::npos, shown.ends_with("(no date)")) << json;
  }
}

TEST(RecordView, JsonComesOnOneLineAndOtherTextAsItIs) {
  StoredRecord record = some_record();
  record.value = "{\n  \"a\": [1,\t2],\n  \"b\": \"x  y\"\n}";
  EXPECT_THAT(render_record(record, false), HasSubstr("  {\"a\":[1,2],\"b\":\"x  y\"}\n"));
  record.value = "[log] two\nlines\there";
  EXPECT_THAT(render_record(record, false), HasSubstr("  [log] two\\nlines\\there\n"));
  record.value = "{\"a\": 1}";
  EXPECT_THAT(render_record(record, false), HasSubstr("  {\"a\": 1}\n")) << "what fits on a line is not touched";
}

TEST(RecordView, BytesShowTheirSizeAndNothingReachesTheTerminal) {
  StoredRecord record = some_record();
  record.value = std::string("\0\xff", 2);
  EXPECT_THAT(render_record(record, false), HasSubstr("  (2 bytes) 00 ff\n"));
  record.value = std::string(2000, '\1');
  EXPECT_THAT(render_record(record, false), HasSubstr("(2 000 bytes) 01 01"));
  EXPECT_LT(render_record(record, false).size(), 200u);
  record.value = "\x1b[2Jboo";
  EXPECT_THAT(render_record(record, false), HasSubstr("(7 bytes) 1b 5b 32 4a"));
  record.value = "fine";
  record.headers = {{"evil\x1b[2J", "\xc2\x9b"}};
  const std::string line = render_record(record, false);
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  EXPECT_EQ(line.find('\x9b'), std::string::npos) << line;
}

TEST(RecordView, JsonForms) {
  StoredRecord record = some_record();
  EXPECT_EQ(render_record_json("t", record),
            "{\"topic\":\"t\",\"partition\":2,\"offset\":41,\"timestamp\":1795262400123,"
            "\"time\":\"2026-11-21T12:00:00.123Z\",\"timestamp_type\":\"CreateTime\",\"key\":\"k\",\"value\":\"v\"}\n");
  record.timestamp_ms = -1;
  record.key = std::nullopt;
  record.value = std::string("\0\xff\xfe", 3);
  record.headers = {{"h", std::nullopt}, {"h", "\xff"}};
  EXPECT_EQ(render_record_json("t", record),
            "{\"topic\":\"t\",\"partition\":2,\"offset\":41,\"key\":null,\"value_base64\":\"AP/+\","
            "\"headers\":[{\"name\":\"h\",\"value\":null},{\"name\":\"h\",\"value_base64\":\"/w==\"}]}\n");
}

// What tail writes, produce reads: byte for byte the same record.
TEST(RecordView, JsonLinesMakeTheSameRecordAgain) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  for (const std::optional<std::string>& bytes :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("{\"a\" : 1.50}\n"),
        std::optional<std::string>("é \"quoted\" \\ \t\x01"), std::optional<std::string>(all_bytes)}) {
    StoredRecord record = some_record();
    record.key = bytes;
    record.value = bytes;
    record.headers = {{"h", bytes}, {"h", "2"}};
    std::string line = render_record_json("t", record);
    line.pop_back();
    const Result<FeedRecord> again = parse_record_line(line, {});
    ASSERT_TRUE(again.has_value()) << line << again.error().message();
    EXPECT_EQ(again->key, bytes);
    EXPECT_EQ(again->value, bytes);
    EXPECT_EQ(again->headers, record.headers);
    EXPECT_EQ(again->partition, 2);
    EXPECT_EQ(again->timestamp_ms, 1795262400123);
  }
}

}  // namespace
}  // namespace weir::cli
