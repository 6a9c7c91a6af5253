#include "stages/decode.hpp"

#include "tests/stages/kit.hpp"

namespace weir::stages {
namespace {

constexpr const char* kId = "3f2b8c1e-9d47-4a6b-8e21-5c0a7d9b4f13";

class DecodeTest : public testing::StageTest, public ::testing::WithParamInterface<const char*> {
 protected:
  // The message after decode.
  Message& decode(const testing::Record& record, const DecodeConfig& config = {}) {
    stage_ = make_decode(config);
    Message& message = add(batch_, record);
    process(*stage_, batch_);
    return message;
  }
  std::string failure(const testing::Record& record, const DecodeConfig& config = {}) {
    const Message& message = decode(record, config);
    if (message.failure == nullptr) return "(none)";
    EXPECT_EQ(message.failure->component, "the-stage");
    EXPECT_TRUE(message.failure->error.is_data_error());
    return message.failure->error.message();
  }

  Batch batch_;
  std::unique_ptr<Stage> stage_;
};

TEST_F(DecodeTest, FullEnvelope) {
  const std::string payload =
      std::string(R"({"eventId":")") + kId +
      R"(","eventType":"SystemRegistered","aggregateId":"sys-1","aggregateType":"System","aggregateVersion":3,)"
      R"("occurredOn":"2025-01-30T10:15:30.123Z","correlationId":"c-1","causationId":null,"data":{ "a" : [1, 2] }})";
  const Message& message = decode({.payload = payload, .key = "sys-1"});
  ASSERT_TRUE(message.is_live()) << message.failure->error.message();
  EXPECT_TRUE(message.event.decoded);
  EXPECT_EQ(message.event.id->str(), kId);
  EXPECT_EQ(message.event.type, "SystemRegistered");
  EXPECT_EQ(message.event.aggregate_id, "sys-1");
  EXPECT_EQ(message.event.aggregate_type, "System");
  EXPECT_EQ(message.event.aggregate_version, 3);
  EXPECT_EQ(message.event.occurred_on, "2025-01-30T10:15:30.123Z");
  EXPECT_EQ(message.event.correlation_id, "c-1");
  EXPECT_EQ(message.event.causation_id, "");
  EXPECT_EQ(message.event.data, "{ \"a\" : [1, 2] }");
  EXPECT_EQ(message.event.extra, "");
  // A view of the record's own bytes: nothing was copied.
  EXPECT_GE(message.event.data.data(), message.payload.data());
  EXPECT_LT(message.event.data.data(), message.payload.data() + message.payload.size());
}

TEST_F(DecodeTest, ReducedEnvelopeTakesTheRestFromHeadersKeyAndTimestamp) {
  const std::string payload = std::string(R"({"eventId":")") + kId + R"(","data":{}})";
  const Message& message = decode(
      {.payload = payload,
       .key = "task-9",
       .headers = {{"event-type", "Old"}, {"event-type", "TaskDone"}, {"correlation-id", "c-2"}, {"causationId", "k"}},
       .timestamp_ms = 1738232130123});
  ASSERT_TRUE(message.is_live());
  EXPECT_EQ(message.event.type, "TaskDone");
  EXPECT_EQ(message.event.correlation_id, "c-2");
  EXPECT_EQ(message.event.causation_id, "k");
  EXPECT_EQ(message.event.aggregate_id, "task-9");
  EXPECT_EQ(message.event.occurred_on, "2025-01-30T10:15:30.123Z");
}

TEST_F(DecodeTest, FlatOrderEventIsItsOwnData) {
  const std::string payload =
      std::string(R"({"eventId":")") + kId +
      R"(","eventType":"ORDER_PAID","timestamp":"2025-01-30T10:15:30.123Z","orderId":123,"userId":45,"totalAmount":5e4} )";
  const Message& message = decode({.payload = payload, .key = "123"});
  ASSERT_TRUE(message.is_live());
  EXPECT_EQ(message.event.aggregate_id, "123");
  EXPECT_EQ(message.event.occurred_on, "2025-01-30T10:15:30.123Z");
  EXPECT_EQ(message.event.data, payload);
  EXPECT_EQ(message.event.extra, "");
}

TEST_F(DecodeTest, OtherSynonymsAndUnknownMembers) {
  const Message& message =
      decode({.payload = R"({"x":1 , "y":[2],"event_id":"3F2B8C1E-9D47-4A6B-8E21-5C0A7D9B4F13","aggregate_id":"o1",)"
                         R"("occurredAt":"2025-01-30T10:15:30+09:00","version":7,"payload":"text","z": {"k":null}})",
              .headers = {{"eventType", "OrderPlaced"}}});
  ASSERT_TRUE(message.is_live());
  EXPECT_EQ(message.event.id->str(), kId);
  EXPECT_EQ(message.event.type, "OrderPlaced");
  EXPECT_EQ(message.event.aggregate_version, 7);
  EXPECT_EQ(message.event.data, "\"text\"");
  EXPECT_EQ(message.event.extra, R"("x":1 , "y":[2],"z": {"k":null})");
}

TEST_F(DecodeTest, EscapedTextsAndNames) {
  const Message& message = decode({.payload = R"({"event\u0054ype":"A\u00e9\"B","data":null})"});
  ASSERT_TRUE(message.is_live());
  EXPECT_EQ(message.event.type, "Aé\"B");
  EXPECT_EQ(message.event.data, "null");
}

TEST_F(DecodeTest, SynonymsThatAgreeOrAreNullPass) {
  const Message& message = decode({.payload = R"({"eventType":"A","type":"A","aggregateId":null,"aggregate_id":"x"})"});
  ASSERT_TRUE(message.is_live());
  EXPECT_EQ(message.event.aggregate_id, "x");
}

TEST_F(DecodeTest, HostilePayloads) {
  const std::pair<std::string, std::string> cases[] = {
      {"[]",
       "the payload is an array; an event's envelope must be a JSON object, and a record holds one event: a list of "
       "them has to be split before weir"},
      {"\"x\"", "the payload is a text; an event's envelope must be a JSON object"},
      {"not json", "the payload is not valid JSON: a value is expected (byte 0)"},
      {R"({"eventType":"A")", "the payload is not valid JSON: it ends inside an object (is it truncated?) (byte 16)"},
      {R"({"eventType":"A"} {})",
       "the payload is not valid JSON: something stands behind the end of the document (byte 18)"},
      {R"({"eventType":"A","data":{"a":tru}})", "the payload is not valid JSON: a value is expected (byte 29)"},
      {"{\"eventType\":\"\xff\"}", "the payload is not valid JSON: it is not valid UTF-8 (byte 14)"},
      {R"({"eventId":"","eventType":"A"})", "eventId is empty, and identifies nothing (byte 11)"},
      {R"({"eventId":"{00000000000000000000000000000000}","eventType":"A"})",
       "eventId is the nil UUID, which identifies nothing (byte 11)"},
      {R"({"id":"00000000-0000-0000-0000-000000000000","eventType":"A"})",
       "id is the nil UUID, which identifies nothing (byte 6)"},
      {R"({"eventId":7.5,"eventType":"A"})", "eventId is neither a text nor a whole number: \"7.5\" (byte 11)"},
      {R"({"eventId":[7],"eventType":"A"})", "eventId must be a text or a whole number, not an array (byte 11)"},
      {R"({"eventType":{"a":1}})", "eventType must be a text, not an object (byte 13)"},
      {R"({"eventType":"A","aggregateVersion":true})",
       "aggregateVersion must be a whole number, not a boolean (byte 36)"},
      {R"({"eventType":"A","aggregateVersion":"1.5"})",
       "aggregateVersion must be a whole number from 0 to 9223372036854775807: \"1.5\" (byte 36)"},
      {R"({"eventType":"A","aggregateVersion":-1})",
       "aggregateVersion must be a whole number from 0 to 9223372036854775807: \"-1\" (byte 36)"},
      {R"({"eventType":"A","aggregateVersion":9223372036854775808})",
       "aggregateVersion must be a whole number from 0 to 9223372036854775807: \"9223372036854775808\" (byte 36)"},
      {R"({"eventType":"A","timestamp":{}})",
       "timestamp is no time: \"{}\" (byte 29); 'invalid_time: keep' stores it as it is written"},
      {R"({"eventType":"A","occurredOn":"yesterday"})",
       "occurredOn is no time: \"yesterday\" (byte 30); 'invalid_time: keep' stores it as it is written"},
      {R"({"eventType":"A","eventType":"A"})", "eventType stands twice in the envelope (byte 17)"},
      {R"({"eventType":"A","event_type":"B"})",
       "eventType and event_type mean the same and differ (byte 17); name the members to read with 'fields:'"},
      {R"({"eventType":"\ud800"})", "eventType holds half of a surrogate pair, which is no character (byte 13)"},
      {R"({"eventType":""})", "the event has no event_type, neither in its envelope nor in the header event-type"},
      {R"({"data":{}})", "the event has no event_type, neither in its envelope nor in the header event-type"},
  };
  for (const auto& [payload, expected] : cases) EXPECT_EQ(failure({.payload = payload}), expected) << payload;
}

TEST_F(DecodeTest, ShowsLittleOfAHostileValue) {
  DecodeConfig strict;
  strict.event_id = EventIdForm::uuid;
  const std::string shown = failure({.payload = R"({"eventId":")" + std::string(1 << 20, 'x') + R"("})"}, strict);
  EXPECT_LT(shown.size(), 200u);
  EXPECT_NE(shown.find("(1048576 bytes)"), std::string::npos) << shown;
}

TEST_F(DecodeTest, HeadersAreCheckedToo) {
  EXPECT_EQ(failure({.payload = "{}", .headers = {{"event-type", "\xff"}}}),
            "the header event-type is 1 byte that is no text (0xff)");
  EXPECT_EQ(failure({.payload = "{}",
                     .headers = {{"event-type", "A"}, {"event-id", "00000000-0000-0000-0000-000000000000"}}}),
            "event-id is the nil UUID, which identifies nothing");
  EXPECT_EQ(failure({.payload = R"({"eventType":"A"})", .key = "\xff"}), "(none)");  // a binary key is no aggregate id
  EXPECT_EQ(batch_.messages().back().event.aggregate_id, "");
}

TEST_F(DecodeTest, LargePayloads) {
  DecodeConfig config;
  config.max_payload = 1_MiB;
  const std::string large = R"({"eventType":"A","data":")" + std::string(50 << 20, 'x') + R"("})";
  EXPECT_EQ(failure({.payload = large}, config),
            "the payload of 52428827 bytes is over decode's max_payload of 1048576 bytes");
  config.max_payload = 64_MiB;
  EXPECT_EQ(failure({.payload = large}, config), "(none)");
}

TEST_F(DecodeTest, Tombstones) {
  DecodeConfig config;
  EXPECT_EQ(decode({.tombstone = true}, config).drop_reason, "tombstone");
  config.tombstone = TombstonePolicy::fail;
  EXPECT_EQ(failure({.tombstone = true}, config), "the record has no value (a tombstone)");
  config.tombstone = TombstonePolicy::pass;
  const Message& passed = decode({.key = "k", .headers = {{"event-type", "Gone"}}, .tombstone = true}, config);
  EXPECT_TRUE(passed.is_live());
  EXPECT_EQ(passed.event.type, "Gone");
  EXPECT_EQ(passed.event.aggregate_id, "k");
  EXPECT_FALSE(passed.event.decoded);
}

TEST_F(DecodeTest, FieldMap) {
  DecodeConfig config;
  config.fields = {{"event_type", "header:kind"}, {"aggregate_id", "/order/id"}, {"aggregate_type", "/order/t\u0079pe"},
                   {"aggregate_version", "/v"},   {"correlation_id", "key"},     {"data", "/order"}};
  config.required = {"event_type", "aggregate_id"};
  const Message& message = decode({.payload = R"({"eventId":7,"order":{"id":123,"type":"A\u0042"},"v":4})",
                                   .key = "k",
                                   .headers = {{"kind", "Paid"}}},
                                  config);
  ASSERT_TRUE(message.is_live()) << message.failure->error.message();
  EXPECT_EQ(message.event.type, "Paid");
  EXPECT_EQ(message.event.aggregate_id, "123");
  EXPECT_EQ(message.event.aggregate_type, "AB");
  EXPECT_EQ(message.event.aggregate_version, 4);
  EXPECT_EQ(message.event.correlation_id, "k");
  EXPECT_EQ(message.event.data, R"({"id":123,"type":"A\u0042"})");

  EXPECT_EQ(failure({.payload = R"({"order":{}})", .headers = {{"kind", "Paid"}}}, config),
            "the event has no aggregate_id");
  EXPECT_EQ(failure({.payload = R"({"order":{"id":[1]}})", .headers = {{"kind", "Paid"}}}, config),
            "/order/id must be a text, a number or a boolean, not an array (byte 15)");
  EXPECT_EQ(failure({.payload = R"({"order":{"id":1},"v":"x"})", .headers = {{"kind", "Paid"}}}, config),
            "/v must be a whole number from 0 to 9223372036854775807: \"x\" (byte 22)");
  EXPECT_EQ(failure({.payload = R"({"order":{"id":1}} ])"}, config),
            "the payload is not valid JSON: something stands behind the end of the document (byte 19)");
}

// Two copies of an event with a text as its id, in other batches and decoders, are one event.
TEST_F(DecodeTest, AnIdMadeOfATextIsTheSameForEver) {
  const testing::Record record{.payload = R"({"eventId":"e-7","eventType":"A","data":{}})", .key = "k"};
  const Uuid id = *decode(record).event.id;
  EXPECT_EQ(decode(record).event.id, id);
  EXPECT_EQ(id.str(), "cecf594e-db94-5917-a834-742d7edd3033");
  EXPECT_NE(decode({.payload = record.payload, .key = "l"}).event.id, id);
}

TEST_F(DecodeTest, OfAFailedRecordTheEventHasWhatIsKnown) {
  const std::string id = std::string(R"("eventId":")") + kId + '"';
  const Message& bad_time = decode({.payload = "{" + id + R"(,"eventType":"A","occurredOn":"x","causationId":"c"})"});
  EXPECT_EQ(bad_time.event.id->str(), kId);
  EXPECT_EQ(bad_time.event.type, "A");
  EXPECT_EQ(bad_time.event.causation_id, "c");
  EXPECT_FALSE(bad_time.event.decoded);
  EXPECT_EQ(bad_time.event.data, "");

  DecodeConfig small;
  small.max_payload = 1_KiB;
  const Message& large = decode(
      {.payload = std::string(2000, ' '), .key = "k", .headers = {{"event-id", kId}, {"correlation-id", "c"}}}, small);
  EXPECT_NE(large.failure, nullptr);
  EXPECT_EQ(large.event.id->str(), kId);
  EXPECT_EQ(large.event.correlation_id, "c");
  EXPECT_EQ(large.event.aggregate_id, "k");

  DecodeConfig mapped;
  mapped.fields = {{"event_id", "header:ID"}, {"event_type", "/t"}};
  EXPECT_EQ(decode({.payload = "x", .headers = {{"ID", kId}}}, mapped).event.id->str(), kId);
}

TEST_F(DecodeTest, KeepsHealthyMessagesOfABatch) {
  stage_ = make_decode({});
  add(batch_, {.payload = R"({"eventType":"A"})"});
  add(batch_, {.payload = "x"});
  add(batch_, {.payload = R"({"eventType":"B"})"});
  process(*stage_, batch_);
  EXPECT_EQ(batch_.messages()[0].event.type, "A");
  EXPECT_FALSE(batch_.messages()[1].is_live());
  EXPECT_EQ(batch_.messages()[2].event.type, "B");
}

// Random bytes around real envelopes: no crash, no read past the
// end (the sanitizers' part), and what is accepted is well formed.
TEST_F(DecodeTest, SurvivesRandomDamage) {
  stage_ = make_decode({});
  const std::string good =
      std::string(R"({"eventId":")") + kId +
      R"(","eventType":"A\u0041","aggregateVersion":3,"occurredOn":"2025-01-30T10:15:30.123Z","u":[1],"data":{"a":"b"}})";
  std::uint64_t state = 1;
  const auto next = [&state](std::size_t n) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<std::size_t>(state >> 33) % n;
  };
  int accepted = 0;
  for (int round = 0; round < 5'000; ++round) {
    Batch batch;
    std::string payload = good;
    for (std::size_t i = next(4); i > 0; --i) payload[next(payload.size())] = static_cast<char>(next(256));
    if (next(4) == 0) payload.resize(next(payload.size()));
    Message& message = add(batch, {.payload = payload});
    process(*stage_, batch);
    if (!message.is_live()) continue;
    ++accepted;
    EXPECT_FALSE(message.event.type.empty());
    EXPECT_FALSE(message.event.data.empty());
  }
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace weir::stages
