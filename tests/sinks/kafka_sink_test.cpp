#include "connectors/kafka/fake.hpp"
#include "pipeline/testing/fixture.hpp"
#include "sinks/kafka/sink.hpp"
#include "tests/pipeline/parts/every_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::sinks::kafka {
namespace {

using connectors::kafka::FakeKafka;
using connectors::kafka::FakeRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TopicName topic(std::string_view text) {
  return *TopicName::parse(text);
}

Template key(std::string_view text) {
  return *Template::parse(text, "key");
}

class KafkaSinkTest : public weir::testing::VirtualTimeTest {
 protected:
  void SetUp() override {
    kafka.create_topic("out", 1);
    make(KafkaSinkSettings{topic("out"), std::nullopt, {}});
  }
  void TearDown() override {
    sink.reset();
    VirtualTimeTest::TearDown();
  }
  void make(KafkaSinkSettings settings) {
    sink = std::make_unique<KafkaSink>(std::move(settings), kafka.producer());
    ASSERT_TRUE(run(sink->open()).has_value());
  }
  Message& add(std::string_view payload, std::string_view key) {
    Message& message = messages.emplace_back();
    message.payload = payload;
    message.key = key;
    message.sequence = messages.size();
    message.origin.topic = "orders";
    return message;
  }
  std::vector<const Message*> refs(std::size_t from = 0) const {
    std::vector<const Message*> all;
    for (std::size_t i = from; i < messages.size(); ++i) all.push_back(&messages[i]);
    return all;
  }
  WriteReport write(std::vector<const Message*> what) {
    Result<WriteReport> report = run(sink->write(what));
    EXPECT_TRUE(report.has_value());
    return std::move(*report);
  }
  Task<void> write_into(std::vector<const Message*> what, std::optional<WriteReport>& place) {
    Result<WriteReport> report = co_await sink->write(what);
    if (report.has_value()) place.emplace(std::move(*report));
  }
  std::vector<std::string> stored() const {
    std::vector<std::string> all;
    for (const FakeRecord& record : kafka.records("out", 0)) all.push_back(record.payload.value_or("<null>"));
    return all;
  }

  FakeKafka kafka{io_.get_executor()};
  std::deque<Message> messages;
  std::unique_ptr<KafkaSink> sink;
};

TEST_F(KafkaSinkTest, WhatTheBrokerHasConfirmedIsCountedByTopic) {
  Metrics metrics;
  kafka.create_topic("other", 1);
  make(KafkaSinkSettings{.topic = topic("{event_type}"), .key = {}, .metrics = &metrics});
  for (const char* where : {"out", "other", "out", "nowhere"}) add("x", where).event.type = where;
  write(refs());
  const auto published = [&metrics](const char* where) {
    return metrics.counter("kafka_messages_published_total", {{"topic", where}}).value();
  };
  EXPECT_EQ(published("out"), 2u);
  EXPECT_EQ(published("other"), 1u);
  EXPECT_EQ(published("nowhere"), 0u);
}

TEST_F(KafkaSinkTest, WritesPayloadKeyAndHeadersByteForByte) {
  const std::string bytes("\0\xff{", 3);
  const Header headers[] = {{"h", "1"}, {"h", bytes}, {"null", {}}};
  Message& message = add(bytes, bytes);
  message.headers = headers;
  message.origin.timestamp_ms = 77;
  add({}, {});  // null payload, no key
  add("", "");
  EXPECT_TRUE(write(refs()).all_written());
  const std::vector<FakeRecord> records = kafka.records("out", 0);
  ASSERT_THAT(records, SizeIs(3));
  const auto by_payload = [&](const std::optional<std::string>& payload) {
    return *std::ranges::find_if(records, [&](const FakeRecord& record) { return record.payload == payload; });
  };
  const FakeRecord full = by_payload(bytes);
  EXPECT_EQ(full.key, bytes);
  EXPECT_EQ(full.timestamp_ms, 77);
  ASSERT_THAT(full.headers, SizeIs(3));
  EXPECT_EQ(full.headers[1].second, bytes);
  EXPECT_EQ(full.headers[2].second, std::nullopt);
  EXPECT_EQ(by_payload(std::nullopt).key, std::nullopt);
  EXPECT_EQ(by_payload("").key, "");
}

TEST_F(KafkaSinkTest, HeadersAreTemplatesAndTakeThePlaceOfTheMessagesOwn) {
  make(KafkaSinkSettings{topic("out"),
                         std::nullopt,
                         {{"event-type", key("{event_type}")},
                          {"correlation-id", key("{correlation_id}")},
                          {"of", key("{header:tenant}/{aggregate_id}")},
                          {"empty", std::nullopt}}});
  const Header own[] = {{"event-type", "an older one"},
                        {"event-type", "and another"},
                        {"tenant", "acme"},
                        {"correlation-id", "its own"},
                        {"empty", "no"}};
  Message& message = add("p", "k");
  message.headers = own;
  message.event.type = "Created";
  message.event.aggregate_id = "7";  // and no correlation id
  EXPECT_TRUE(write(refs()).all_written());
  using Pair = std::pair<std::string, std::optional<std::string>>;
  EXPECT_THAT(kafka.records("out", 0).at(0).headers,
              ElementsAre(Pair("tenant", "acme"), Pair("correlation-id", "its own"), Pair("event-type", "Created"),
                          Pair("of", "acme/7"), Pair("empty", "")));
}

Task<Result<void>> not_there() {
  co_return Error(Errc::not_found, "the topic 'out' does not exist; create it");
}

TEST_F(KafkaSinkTest, ATopicThatIsMissingIsSaidAtTheStart) {
  KafkaSinkSettings settings{topic("out"), std::nullopt, {}, &not_there};
  sink = std::make_unique<KafkaSink>(std::move(settings), kafka.producer());
  const Result<void> opened = run(sink->open());
  ASSERT_TRUE(opened.has_error());
  EXPECT_THAT(opened.error().message(), HasSubstr("'out' does not exist"));
  EXPECT_TRUE(opened.error().retryable()) << "it is waited for";
}

TEST_F(KafkaSinkTest, TopicAndKeyComeFromTemplatesAndHeadersAreAdded) {
  kafka.create_topic("orders.Created", 1);
  make(KafkaSinkSettings{topic("{topic}.{event_type}"), key("{aggregate_id}"), {{"by", key("weir")}}});
  Message& message = add("p", "k");
  message.event.type = "Created";
  message.event.aggregate_id = "7";
  EXPECT_TRUE(write(refs()).all_written());
  const std::vector<FakeRecord> records = kafka.records("orders.Created", 0);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].key, "7");
  EXPECT_EQ(records[0].headers[0].second, "weir");
}

TEST_F(KafkaSinkTest, TopicAndKeyAreMadeOfAnyPart) {
  for (const auto& [name, value] : weir::testing::kEveryPart) {
    std::string lower = value;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    kafka.create_topic("to." + lower, 1);
    make(KafkaSinkSettings{topic("to.{" + name + "|lower}"), key("{" + name + "}"), {}});
    messages.clear();
    Message& message = messages.emplace_back();
    weir::testing::give_every_part(message);
    message.payload = "p";
    EXPECT_TRUE(write(refs()).all_written()) << name;
    const std::vector<FakeRecord> records = kafka.records("to." + lower, 0);
    ASSERT_THAT(records, SizeIs(1)) << name;
    EXPECT_EQ(records[0].key, value);
  }
}

TEST_F(KafkaSinkTest, AMessageWhoseTopicCannotBeIsRejectedAndHoldsNothingBack) {
  kafka.create_topic("b", 1);
  make(KafkaSinkSettings{topic("{header:to}"), std::nullopt, {}});
  const Header bad[] = {{"to", "a b"}};
  const Header good[] = {{"to", "b"}};
  add("1", "k").headers = bad;
  add("2", "k").headers = good;
  const WriteReport report = write(refs());
  EXPECT_EQ(report.verdict(0), Verdict::rejected);
  EXPECT_THAT(report.error(0)->message(), HasSubstr("\"a b\" is not a topic's name"));
  EXPECT_EQ(report.verdict(1), Verdict::written);
}

TEST_F(KafkaSinkTest, AMessageWithoutTheTopicsFieldIsRejected) {
  make(KafkaSinkSettings{topic("{event_type}"), std::nullopt, {}});
  add("p", "k");
  const WriteReport report = write(refs());
  EXPECT_EQ(report.verdict(0), Verdict::rejected);
  EXPECT_THAT(report.error(0)->message(), HasSubstr("event_type"));
}

TEST_F(KafkaSinkTest, OneRecordPerKeyIsUnderWayAndOthersGoBesideIt) {
  add("a1", "a");
  add("a2", "a");
  add("b1", "b");
  add("none1", {});
  add("none2", {});
  kafka.cork_deliveries(true);
  std::optional<WriteReport> report;
  spawn("write", write_into(refs(), report));
  run_until_idle();
  EXPECT_THAT(stored(), ::testing::UnorderedElementsAre("a1", "b1", "none1", "none2"));
  EXPECT_FALSE(report.has_value());
  kafka.cork_deliveries(false);
  run_until_idle();
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->all_written());
  EXPECT_EQ(stored().back(), "a2");
}

TEST_F(KafkaSinkTest, AFailedRecordHoldsItsKeyBackUntilItIsWritten) {
  add("a1", "a");
  add("a2", "a");
  add("b1", "b");
  kafka.fail_deliveries(0, 1, Error(Errc::unknown_outcome, "timed out"));
  std::optional<WriteReport> first;
  spawn("write", write_into({&messages[0]}, first));
  run_until_idle();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->verdict(0), Verdict::failed);
  std::optional<WriteReport> second;
  spawn("write", write_into({&messages[1], &messages[2]}, second));
  run_until_idle();
  EXPECT_THAT(stored(), ElementsAre("b1"));
  EXPECT_FALSE(second.has_value());
  EXPECT_TRUE(write({&messages[0]}).all_written());  // the runner's retry
  run_until_idle();
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->all_written());
  EXPECT_THAT(stored(), ElementsAre("b1", "a1", "a2"));
}

TEST_F(KafkaSinkTest, ForgettingAFailedRecordLetsItsKeyGoOn) {
  add("a1", "a");
  add("a2", "a");
  kafka.fail_deliveries(0, 1, Error(Errc::unavailable, "away"));
  EXPECT_EQ(write({&messages[0]}).verdict(0), Verdict::failed);
  std::optional<WriteReport> second;
  spawn("write", write_into({&messages[1]}, second));
  run_until_idle();
  EXPECT_FALSE(second.has_value());
  const std::vector<const Message*> gone{&messages[0]};
  sink->forget(gone);
  run_until_idle();
  EXPECT_TRUE(second.has_value());
  EXPECT_THAT(stored(), ElementsAre("a2"));
}

TEST_F(KafkaSinkTest, AWriteEndsThoughItsFirstRecordOfAKeyHasFailed) {
  add("a1", "a");
  add("a2", "a");
  add("b1", "b");
  kafka.fail_deliveries(0, 1, Error(Errc::unavailable, "away"));
  const WriteReport report = write(refs());
  EXPECT_EQ(report.verdict(0), Verdict::failed);
  EXPECT_EQ(report.verdict(1), Verdict::failed) << "a2 must not overtake a1";
  EXPECT_EQ(report.verdict(2), Verdict::written);
  EXPECT_TRUE(write({&messages[0], &messages[1]}).all_written());
  EXPECT_THAT(stored(), ElementsAre("b1", "a1", "a2"));
}

TEST_F(KafkaSinkTest, TooLargeIsRejectedAndHoldsNothingBack) {
  add("huge", "a");
  add("a2", "a");
  kafka.fail_deliveries(0, 1, Error(Errc::too_large, "over the broker's limit"));
  const WriteReport report = write(refs());
  EXPECT_EQ(report.verdict(0), Verdict::rejected);
  EXPECT_EQ(report.verdict(1), Verdict::written);
}

TEST_F(KafkaSinkTest, AMissingTopicFailsAndIsNamed) {
  make(KafkaSinkSettings{topic("nowhere"), std::nullopt, {}});
  add("p", "k");
  const WriteReport report = write(refs());
  EXPECT_EQ(report.verdict(0), Verdict::failed);
  EXPECT_THAT(report.error(0)->message(), HasSubstr("'nowhere'"));
}

TEST_F(KafkaSinkTest, ACancelledWriteLeavesNothingDangling) {
  add("a1", "a");
  add("a2", "a");
  kafka.cork_deliveries(true);
  std::optional<WriteReport> report;
  spawn("write", write_into(refs(), report));
  run_until_idle();
  stop_tasks();
  EXPECT_FALSE(report.has_value());
  const std::vector<const Message*> gone = refs();
  sink->forget(gone);
  messages.clear();
  kafka.cork_deliveries(false);
  run_until_idle();
  EXPECT_THAT(stored(), ElementsAre("a1"));
}

TEST_F(KafkaSinkTest, ReportsAfterTheSinkIsGoneAreDropped) {
  add("a1", "a");
  kafka.cork_deliveries(true);
  std::optional<WriteReport> report;
  spawn("write", write_into(refs(), report));
  run_until_idle();
  stop_tasks();
  sink.reset();
  kafka.cork_deliveries(false);
  run_until_idle();
  EXPECT_FALSE(report.has_value());
}

TEST(TopicNameTest, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(TopicName::parse("{nope}").has_error());
  EXPECT_TRUE(TopicName::parse("a{").has_error());
  EXPECT_TRUE(TopicName::parse("a}").has_error());
  EXPECT_TRUE(TopicName::parse("").has_error());
  EXPECT_EQ(TopicName::parse("dlq")->constant(), "dlq");
  EXPECT_EQ(TopicName::parse("dlq.{topic}")->constant(), std::nullopt);
}

TEST(TopicNameTest, RefusesANameThatNoTopicCanHave) {
  EXPECT_TRUE(TopicName::parse("a b").has_error());
  EXPECT_TRUE(TopicName::parse("{{").has_error());
  EXPECT_TRUE(TopicName::parse("..").has_error());
  EXPECT_TRUE(TopicName::parse(std::string(250, 'a')).has_error());
  EXPECT_TRUE(TopicName::parse(std::string(249, 'a')).has_value());
}

TEST(TopicNameTest, ANameThatNoTopicCanHaveIsTheMessagesFault) {
  Message message;
  const auto rendered = [&message](std::string_view text, std::string_view key) {
    message.key = key;
    std::string out = "before/";
    const Result<void> made = topic(text).render(message, out);
    if (!made.has_error()) return out;
    EXPECT_TRUE(made.error().is_data_error());
    return made.error().message();
  };
  EXPECT_EQ(rendered("{key}.x", "a-B_9"), "before/a-B_9.x");
  EXPECT_EQ(rendered("{key}", std::string_view("a\0b\xff", 4)),
            "no topic for this message: \"a\\u0000b\xEF\xBF\xBD\" is not a topic's name: letters, digits, '.', '_' and "
            "'-' only");
  EXPECT_THAT(rendered("{key}", ".."), HasSubstr("\"..\" is not a topic's name"));
  EXPECT_THAT(rendered("{key}x", std::string(249, 'a')), HasSubstr("at most 249"));
}

}  // namespace
}  // namespace weir::sinks::kafka
