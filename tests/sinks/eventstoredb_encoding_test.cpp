// What is stored: stream names, ids, types, data and the bytes of the metadata.
#include "sinks/eventstoredb/event_encoder.hpp"
#include "tests/pipeline/parts/every_part.hpp"
#include "tests/sinks/eventstoredb_fixture.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

namespace weir::sinks::eventstoredb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EncodingTest : public SinkTest {
 protected:
  static std::string metadata(const Message& message, EncodeMode mode = EncodeMode::event) {
    std::string out;
    append_metadata(out, message, mode);
    simdjson::dom::parser parser;
    EXPECT_EQ(parser.parse(out).error(), simdjson::SUCCESS) << out;
    return out;
  }
  static std::string stream(const std::string& pattern, const Message& message,
                            const StreamName::Prefixes& prefixes = {}) {
    const Result<StreamName> parsed = StreamName::parse(pattern, prefixes);
    if (parsed.has_error()) return "cannot parse: " + parsed.error().message();
    std::string name;
    const Result<void> rendered = parsed->render(message, name);
    return rendered.has_error() ? rendered.error().message() : name;
  }
};

TEST_F(EncodingTest, MetadataBytes) {
  Message& message = event(1);
  message.event.correlation_id = "c-1";
  message.event.causation_id = "k-1";
  message.event.occurred_on = "2026-01-02T03:04:05Z";
  message.event.aggregate_version = 4;
  message.event.extra = R"("tenant":"a","x":[1, 2])";
  EXPECT_EQ(metadata(message),
            R"({"$correlationId":"c-1","$causationId":"k-1","correlationId":"c-1","causationId":"k-1",)"
            R"("occurredOn":"2026-01-02T03:04:05Z","aggregateId":"1","aggregateType":"Order","aggregateVersion":4,)"
            R"("origin":{"cluster":"cluster-1","topic":"orders","partition":3,"offset":0,"timestamp":1700000000123},)"
            R"("envelope":{"tenant":"a","x":[1, 2]}})");
}

TEST_F(EncodingTest, WhatWasReadInAnotherFormIsKeptAsItWasWritten) {
  Message& message = event(1);
  message.event.original_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  message.event.original_occurred_on = "1767323045000";
  message.event.schema_id = 7;
  EXPECT_THAT(
      metadata(message),
      HasSubstr(
          R"("originalEventId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","originalOccurredOn":"1767323045000","schemaId":7,)"));
}

TEST_F(EncodingTest, MetadataOfABareMessage) {
  Message message;
  EXPECT_EQ(metadata(message), R"({"origin":{"partition":0,"offset":0}})");
}

// From a stream called "vuln-v9" nobody gets the type "Vulnerability" back, nor the id where the stream is of another part.
TEST_F(EncodingTest, MetadataSayWhichAggregateTheEventIsAbout) {
  Message& message = event(1, "v\"9");
  message.event.aggregate_type = "Vulnerability";
  EXPECT_THAT(metadata(message), HasSubstr(R"("aggregateId":"v\"9","aggregateType":"Vulnerability","origin")"));
  EXPECT_THAT(metadata(message, EncodeMode::dead_letter), HasSubstr(R"("aggregateType":"Vulnerability")"));
  message.event.aggregate_type = {};
  EXPECT_THAT(metadata(message), HasSubstr(R"("aggregateId":"v\"9","origin")"));
}

TEST_F(EncodingTest, OccurredOnIsTheRecordsTimeWhenTheEventHasNone) {
  Message& message = event(1);
  EXPECT_THAT(metadata(message), HasSubstr(R"("occurredOn":"2023-11-14T22:13:20.123Z")"));
  message.origin.timestamp_ms = 0;
  EXPECT_THAT(metadata(message), HasSubstr(R"("occurredOn":"1970-01-01T00:00:00.000Z")"));
  message.origin.timestamp_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(metadata(message), Not(HasSubstr("occurredOn")));
}

TEST_F(EncodingTest, ATimeThatTheBrokerSetIsSaidToBeIts) {
  Message& message = event(1);
  EXPECT_THAT(metadata(message), Not(HasSubstr("timestampType")));
  message.origin.timestamp_kind = TimestampKind::log_append;
  EXPECT_THAT(metadata(message), HasSubstr(R"("timestampType":"LogAppendTime")"));
}

TEST_F(EncodingTest, HostileTextStaysValidJson) {
  Message& message = event(1);
  message.event.correlation_id = "a\"b\\c\n\x01\xff\xc3\xa9";
  EXPECT_THAT(metadata(message), HasSubstr("\"$correlationId\":\"a\\\"b\\\\c\\n\\u0001\xEF\xBF\xBD\xc3\xa9\""));
}

TEST_F(EncodingTest, IdsComeFromTheEventOrFromTheOrigin) {
  Message& message = event(1);
  EXPECT_EQ(event_id(message), (Uuid{7, 1}));
  // Two dead letters about one id (used again with other content)
  // are two: neither may be taken for a copy of the other.
  EXPECT_NE(event_id(message, EncodeMode::dead_letter), (Uuid{7, 1}));
  const Uuid first_letter = event_id(message, EncodeMode::dead_letter);
  ++message.origin.offset;
  EXPECT_NE(event_id(message, EncodeMode::dead_letter), first_letter);
  --message.origin.offset;
  message.event.id.reset();
  const Uuid made = event_id(message);
  EXPECT_EQ(event_id(message), made);
  EXPECT_EQ(made.high >> 12 & 0xf, 5u) << "version 5";
  std::vector<Uuid> others;
  const Origin original = message.origin;
  message.origin.offset += 1;
  others.push_back(event_id(message));
  message.origin = original;
  message.origin.partition += 1;
  others.push_back(event_id(message));
  message.origin = original;
  message.origin.timestamp_ms += 1;
  others.push_back(event_id(message));
  message.origin = original;
  message.origin.cluster = "cluster-2";
  others.push_back(event_id(message));
  message.origin = original;
  message.origin.topic = "other";
  others.push_back(event_id(message));
  for (const Uuid& other : others) EXPECT_NE(other, made);
  message.event.id = Uuid{};
  EXPECT_FALSE(event_id(message).is_nil()) << "a store refuses the nil id";
}

// The id of a known origin, written down: if this changes, every stored event without an id would be stored again.
TEST_F(EncodingTest, IdsOfOriginsNeverChange) {
  Message& message = event(1);
  message.event.id.reset();
  message.origin = {"cluster-1", "orders", 3, 42, 1'700'000'000'123};
  EXPECT_EQ(event_id(message).str(), "90038f0f-1e43-51ce-a4b5-0c1b73e2a0e4");
}

TEST_F(EncodingTest, AnEventIsItsOwnDataAsJson) {
  Message& message = event(1);
  message.event.data = R"({"a":1})";
  write({message});
  const auto stored = store().stream("Order-1").at(0);
  EXPECT_EQ(stored.type, "OrderPlaced");
  EXPECT_TRUE(stored.json);
  EXPECT_EQ(stored.data, R"({"a":1})");
  EXPECT_EQ(stored.metadata, metadata(message));
}

TEST_F(EncodingTest, ADeadLetterIsThePayloadByteForByteWithItsHeaders) {
  SinkConfig config;
  config.stream = "dlq-{topic}";
  sink(config, true);
  Message& message = event(1);
  message.event = {};
  message.payload = std::string_view("\x00\xff{", 3);
  TestMessage& memory = backing(message);
  memory.headers = {{"reason", "bad"}, {"n", std::string_view()}, {"reason", "again\xfe"}};
  message.headers = memory.headers;
  message.key = "customer-7";
  write({message});
  const auto stored = store().stream("dlq-orders").at(0);
  EXPECT_EQ(stored.type, "DeadLetter");
  EXPECT_FALSE(stored.json);
  EXPECT_EQ(stored.data, std::string("\x00\xff{", 3));
  EXPECT_THAT(metadata(message, EncodeMode::dead_letter),
              HasSubstr("\"headers\":[[\"reason\",\"bad\"],[\"n\",null],[\"reason\",\"YWdhaW7+\",\"base64\"]]"));
  EXPECT_THAT(metadata(message, EncodeMode::dead_letter), HasSubstr("\"key\":\"customer-7\","));
  message.key = std::string_view("\x00\xff", 2);
  EXPECT_THAT(metadata(message, EncodeMode::dead_letter), HasSubstr("\"key\":\"AP8=\",\"keyEncoding\":\"base64\""));
  EXPECT_THAT(metadata(message), Not(HasSubstr("\"key\":")));
}

// A dead letter about an event that no store would take must be taken itself.
TEST_F(EncodingTest, ADeadLetterNeverBearsATypeThatTheStoreRefuses) {
  SinkConfig config;
  config.stream = "dlq-{topic}";
  sink(config, true);
  Message& link = event(1);
  link.event.type = "$>";
  Message& broken = event(2);
  broken.event.type = "\xff";
  EXPECT_THAT(verdicts(write({link, broken})), ElementsAre(Verdict::written, Verdict::written));
  for (const es::RecordedEvent& letter : store().stream("dlq-orders")) EXPECT_EQ(letter.type, "DeadLetter");
}

TEST_F(EncodingTest, StreamTemplates) {
  Message& message = event(1, "42");
  message.key = "K1";
  TestMessage& memory = backing(message);
  memory.headers = {{"tenant", "old"}, {"tenant", "ACME"}};
  message.headers = memory.headers;
  EXPECT_EQ(stream("{aggregate_type}-{aggregate_id}", message), "Order-42");
  EXPECT_EQ(stream("{aggregate_type|lower}-{aggregate_id}", message), "order-42");
  EXPECT_EQ(stream("{topic}/{event_type}/{key}", message), "orders/OrderPlaced/K1");
  EXPECT_EQ(stream("{header:tenant|lower}-{aggregate_id}", message), "acme-42");
  EXPECT_EQ(stream("{{x}}-{key}", message), "{x}-K1");
  EXPECT_EQ(stream("all", message), "all");
  EXPECT_EQ(stream("{prefix}-{aggregate_id}", message, {{"Order", "Ord"}}), "Ord-42");
  EXPECT_EQ(stream("{prefix}-{aggregate_id}", message, {{"Vulnerability", "vuln"}}), "order-42");
}

TEST_F(EncodingTest, AStreamIsMadeOfAnyPart) {
  Message& message = event(1);
  testing::give_every_part(message);
  for (const auto& [name, value] : testing::kEveryPart) EXPECT_EQ(stream("s-{" + name + "}", message), "s-" + value);
}

TEST_F(EncodingTest, AStreamsNameKeepsTheRulesOfStreams) {
  Message& message = event(1);
  message.key = "$all";
  EXPECT_THAT(stream("{key}", message), HasSubstr("begin with '$'"));
  EXPECT_EQ(stream("a{key}", message), "a$all");
  message.key = "a\xff";
  EXPECT_THAT(stream("{key}", message), HasSubstr("not be valid UTF-8"));
  const std::string longest(4096, 'x');
  message.key = longest;
  EXPECT_EQ(stream("{key}", message), longest);
  EXPECT_THAT(stream("{key}x", message), HasSubstr("have 4097 bytes; at most 4096 are accepted"));
}

TEST_F(EncodingTest, ANameLeavesADoubtWhereTypeAndIdMayRunIntoEachOther) {
  const auto leaves_doubt = [this](const std::string& pattern, std::string_view type, const std::string& id) {
    Message& message = event(1, id);
    message.event.aggregate_type = type;
    message.key = "k-1";
    const Result<StreamName> name = StreamName::parse(pattern, {{"Vulnerability", "vul-n"}});
    std::string text;
    EXPECT_TRUE(name->render(message, text).has_value());
    return name->leaves_doubt(message, text);
  };
  const std::string usual = "{aggregate_type}-{aggregate_id}";
  const std::string uuid = "0190a6c2-5b1f-7c3e-8d4a-1234567890ab";
  EXPECT_FALSE(leaves_doubt(usual, "Order", "42"));
  EXPECT_FALSE(leaves_doubt(usual, "Order", uuid));
  EXPECT_TRUE(leaves_doubt(usual, "Order", "4-2"));
  EXPECT_TRUE(leaves_doubt(usual, "Order-item", "42"));
  EXPECT_TRUE(leaves_doubt(usual, "Order-item", uuid));
  EXPECT_FALSE(leaves_doubt("es-{aggregate_type|lower}-{aggregate_id}", "Order", "42"));
  EXPECT_TRUE(leaves_doubt("es-{aggregate_type|lower}-{aggregate_id}", "Order-item", "42"));
  EXPECT_TRUE(leaves_doubt("{prefix}-{aggregate_id}", "Vulnerability", "42"));
  EXPECT_FALSE(leaves_doubt("{prefix}-{aggregate_id}", "Order", "42"));
  EXPECT_FALSE(leaves_doubt("{aggregate_type}/{aggregate_id}", "Order-item", "4-2")) << "the separator is what counts";
  EXPECT_TRUE(leaves_doubt("{aggregate_type}/{aggregate_id}", "Order/item", "42"));
  EXPECT_TRUE(leaves_doubt("{aggregate_type}{aggregate_id}", "Order", "42")) << "nothing between them";
  EXPECT_FALSE(leaves_doubt("orders-{key}", "Order-item", "4-2")) << "shared on purpose";
  EXPECT_FALSE(leaves_doubt("{aggregate_type}", "Order-item", "4-2"));
}

TEST_F(EncodingTest, StreamTemplateErrorsNameThePart) {
  Message& message = event(1);
  EXPECT_THAT(stream("", message), HasSubstr("empty"));
  EXPECT_THAT(stream("{aggregate}", message), HasSubstr("unknown field '{aggregate}'"));
  EXPECT_THAT(stream("{key|upper}", message), HasSubstr("unknown filter 'upper'"));
  EXPECT_THAT(stream("a-{key", message), HasSubstr("not closed"));
  EXPECT_THAT(stream("a}", message), HasSubstr("has no '{'"));
  EXPECT_THAT(stream("{header:}", message), HasSubstr("unknown field"));
  EXPECT_THAT(stream("$x-{key}", message), HasSubstr("system streams"));
  EXPECT_THAT(stream("{key}", message), HasSubstr("field key is missing"));
  EXPECT_THAT(stream("{header:h}", message), HasSubstr("field header:h is missing"));
}

TEST_F(EncodingTest, TheStreamIsCheckedByLint) {
  const auto parse = [spec = sink_spec()](std::string stream) {
    config::Diagnostics out;
    std::vector<config::Node::Member> members;
    members.push_back({"connection", {}, config::Node::scalar("store", false, {})});
    members.push_back({"stream", {}, config::Node::scalar(std::move(stream), false, {})});
    spec.parse(config::Node::mapping(std::move(members), {}), "sinks.events.eventstoredb", out);
    return out.str();
  };
  EXPECT_EQ(parse("{prefix}-{header:tenant|lower}"), "");
  EXPECT_THAT(parse("{perfix}-{aggregate_id}"),
              HasSubstr("unknown field '{perfix}' (did you mean 'prefix'?); known: "));
  EXPECT_THAT(parse("$x"), HasSubstr("system streams"));
}

TEST_F(EncodingTest, OnlyExpectedRevisionAnyIsAccepted) {
  const Spec<SinkConfig> spec = sink_spec();
  const auto parse = [&spec](std::string mode) {
    config::Diagnostics out;
    std::vector<config::Node::Member> members;
    members.push_back({"connection", {}, config::Node::scalar("store", false, {})});
    members.push_back({"expected_revision", {}, config::Node::scalar(std::move(mode), false, {})});
    spec.parse(config::Node::mapping(std::move(members), {}), "sinks.events.eventstoredb", out);
    return out.str();
  };
  EXPECT_EQ(parse("any"), "");
  EXPECT_THAT(parse("tracked"), HasSubstr("supports expected_revision: any only"));
}

}  // namespace
}  // namespace weir::sinks::eventstoredb
