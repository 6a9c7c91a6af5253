#include "sinks/stdout/stdout.hpp"

#include "sinks/record_json.hpp"
#include "tests/sinks/kit.hpp"

namespace weir::sinks::standard_output {
namespace {

// Keeps what is written; fails on demand.
class MemoryTarget final : public LineTarget {
 public:
  MemoryTarget(std::string& text, bool& fails) : text_(text), fails_(fails) {}
  Result<void> append(std::string_view bytes) override {
    if (fails_) return Error(Errc::io, "the pipe is gone");
    text_.append(bytes);
    return {};
  }

 private:
  std::string& text_;
  bool& fails_;
};

class StdoutTest : public testing::SinkTest {
 protected:
  std::unique_ptr<Sink> make(Content content) {
    const auto writer = std::make_shared<LineWriter>(std::make_unique<MemoryTarget>(text_, fails_), blocking_);
    std::unique_ptr<Sink> sink =
        make_stdout_sink({content}, [writer]() -> Result<std::shared_ptr<LineWriter>> { return writer; });
    EXPECT_TRUE(run(sink->open()).has_value());
    return sink;
  }
  std::string text_;
  bool fails_ = false;
};

TEST_F(StdoutTest, EventsAsLines) {
  const std::unique_ptr<Sink> sink = make(Content::event);
  Message& message = add("{\n\"a\":1}", 7);
  message.event.decoded = true;
  message.event.id = Uuid::parse("3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13");
  message.event.type = "A\"B";
  message.event.aggregate_version = 4;
  message.event.data = message.payload;
  ASSERT_TRUE(write(*sink, {&message, &add("raw", 8)})->all_written());
  EXPECT_EQ(text_,
            "{\"topic\":\"orders\",\"partition\":3,\"offset\":7,\"timestamp\":1738232130123,"
            "\"event_id\":\"3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13\",\"event_type\":\"A\\\"B\",\"aggregate_version\":4,"
            "\"data\":{ \"a\":1}}\n"
            "{\"topic\":\"orders\",\"partition\":3,\"offset\":8,\"timestamp\":1738232130123,\"key\":null,\"headers\":[]"
            ",\"payload\":\"raw\"}\n");
  run(sink->close());
}

TEST_F(StdoutTest, AFailedWriteIsReported) {
  const std::unique_ptr<Sink> sink = make(Content::record);
  fails_ = true;
  const Result<WriteReport> report = write(*sink, {&add("a")});
  ASSERT_TRUE(report.has_error());
  EXPECT_TRUE(report.error().retryable());
  run(sink->close());
}

TEST_F(StdoutTest, LaterMessagesWaitForAFailedOne) {
  const std::unique_ptr<Sink> sink = make(Content::record);
  const Message& first = add("first", 1);
  const Message* const later[] = {&add("second", 2)};
  fails_ = true;
  ASSERT_TRUE(write(*sink, {&first}).has_error());
  fails_ = false;
  std::optional<Result<WriteReport>> outcome;
  std::exception_ptr failure;
  TaskGroup group(io_.get_executor());
  group.spawn("write", run_into(sink->write(later), outcome, failure));
  ASSERT_TRUE(write(*sink, {&first})->all_written());
  ASSERT_TRUE(outcome.has_value() && outcome->has_value());
  EXPECT_TRUE((*outcome)->all_written());
  EXPECT_LT(text_.find("first"), text_.find("second"));
  run(sink->close());
}

TEST(RecordJson, AnyBytes) {
  Message message;
  const Header headers[] = {{"a", "b"}, {"a", {}}, {"bin", "\xff"}, {"\xfe", ""}};
  message.payload = std::string_view("\x00\xff\n", 3);
  message.key = "k\xc3\xa9\"";
  message.headers = headers;
  message.origin = {"cluster-1", "t", 0, 5, -1};
  std::string line;
  append_record(line, message);
  EXPECT_EQ(
      line,
      "{\"cluster\":\"cluster-1\",\"topic\":\"t\",\"partition\":0,\"offset\":5,\"key\":\"k\xc3\xa9\\\"\",\"headers\":["
      "{\"name\":\"a\",\"value\":\"b\"},{\"name\":\"a\",\"value\":null},{\"name\":\"bin\",\"value\":\"/"
      "w==\",\"value_encoding\":\"base64\"},"
      "{\"name\":\"/"
      "g==\",\"name_encoding\":\"base64\",\"value\":\"\"}],\"payload\":\"AP8K\",\"payload_encoding\":\"base64\"}");
  message.payload = {};
  message.origin.timestamp_ms = 7;
  message.origin.timestamp_kind = TimestampKind::log_append;
  line.clear();
  append_record(line, message);
  EXPECT_NE(line.find("\"payload\":null"), std::string::npos);
  EXPECT_NE(line.find("\"timestamp\":7,\"timestamp_type\":\"LogAppendTime\""), std::string::npos) << line;
}

TEST(RecordJson, AnEventSaysWhatItsProducerWroteWhereWeirWritesItOtherwise) {
  Message message;
  message.event.decoded = true;
  message.event.original_id = "01HV5Z";
  message.event.occurred_on = "2024-01-15T10:30:00Z";
  message.event.original_occurred_on = "1705314600";
  message.event.schema_id = 7;
  std::string line;
  append_event(line, message);
  EXPECT_NE(line.find(R"("occurred_on":"2024-01-15T10:30:00Z","original_event_id":"01HV5Z",)"
                      R"("original_occurred_on":"1705314600","schema_id":7)"),
            std::string::npos)
      << line;
  message.event.original_id = {};
  message.event.original_occurred_on = {};
  message.event.schema_id.reset();
  line.clear();
  append_event(line, message);
  EXPECT_EQ(line.find("original"), std::string::npos) << line;
  EXPECT_EQ(line.find("schema_id"), std::string::npos) << line;
}

}  // namespace
}  // namespace weir::sinks::standard_output
