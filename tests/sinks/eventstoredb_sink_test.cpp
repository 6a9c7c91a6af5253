// The eventstoredb sink over a fake store, under virtual time.
#include "pipeline/base/log.hpp"
#include "sinks/eventstoredb/stream_memory.hpp"
#include "tests/samples.hpp"
#include "tests/sinks/eventstoredb_fixture.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace weir::sinks::eventstoredb {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventStoreSinkTest : public SinkTest {};
using Fault = es::FakeStore::Fault;
constexpr auto kWritten = Verdict::written;
constexpr auto kDuplicate = Verdict::duplicate;
constexpr auto kRejected = Verdict::rejected;
constexpr auto kFailed = Verdict::failed;

TEST_F(EventStoreSinkTest, WritesEventsToTheirStreamsInOrder) {
  const WriteReport report = write({event(1), event(2, "other"), event(3)});
  EXPECT_THAT(verdicts(report), Each(kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 3));
  EXPECT_THAT(stored("Order-other"), ElementsAre(2));
  EXPECT_EQ(store().appends().size(), 2u) << "one append per stream";
}

TEST_F(EventStoreSinkTest, AResentBatchIsSuppressedByTheStore) {
  Message& a = event(1);
  Message& b = event(2);
  write({a, b});
  EXPECT_THAT(verdicts(write({a, b})), Each(kDuplicate)) << "what was not written is not counted as written";
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2));
}

TEST_F(EventStoreSinkTest, WhatTheStoreKnowsFromBeforeARestartIsToldApart) {
  Message& a = event(1);
  Message& b = event(2, "other");
  write({a, b});
  restart();
  EXPECT_THAT(verdicts(write({a, b, event(3)})), ElementsAre(kDuplicate, kDuplicate, kWritten));
  restart();
  EXPECT_THAT(verdicts(write({a, event(4)})), ElementsAre(kDuplicate, kWritten)) << "known in part";
  restart();
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate));
  store().forget_recent_writes();
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kWritten)) << "the store has written it again, and it is said so";
}

TEST_F(EventStoreSinkTest, TheEndOfTheLogIsAskedForOnceAndInVainAtMost) {
  Message& a = event(1);
  write({a});
  restart();
  store().fail_reads(Error(Errc::unavailable, "away"));
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kFailed)) << "asked again with the next attempt";
  store().fail_reads(std::nullopt);
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate));
  restart();
  store().fail_reads(Error(Errc::permission_denied, "not for you"));
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kWritten)) << "it cannot be told apart before the first answer";
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate)) << "after it it can, if not compared";
}

// One id with other content, when dedupe has forgotten: the same rule as within its window.
TEST_F(EventStoreSinkTest, AnIdThatTheStoreHasWithOtherContentIsRejected) {
  Message& first = event(1);
  first.event.data = R"({"a": 1, "b": 2})";
  write({first, event(2)});
  restart();
  Message& other = event(1);
  other.event.data = R"({"a": 1, "b": 3})";
  Message& reordered = event(1);
  reordered.event.data = R"({"b":2,"a":1})";
  Message& renamed = event(1);
  renamed.event.data = first.event.data;
  renamed.event.type = "OrderPaid";
  const WriteReport report = write({other});
  EXPECT_THAT(verdicts(report), ElementsAre(kRejected));
  EXPECT_TRUE(report.error(0)->is_data_error());
  EXPECT_EQ(
      report.error(0)->message(),
      "stream 'Order-1': the event store has the id 00000000-0000-0007-0000-000000000001 already, with other "
      "data, as event 0; a producer must not use an id twice (`on_conflict: drop` in the sink keeps what is "
      "stored, `compare: data` looks at type and data alone, `ignore` names parts of the data that do not count)");
  EXPECT_THAT(verdicts(write({reordered})), ElementsAre(kDuplicate));
  const WriteReport type = write({renamed});
  EXPECT_THAT(verdicts(type), ElementsAre(kRejected));
  EXPECT_THAT(type.error(0)->message(), HasSubstr("another type (\"OrderPlaced\")"));
  // Known in part: found by reading back after a conflict.
  EXPECT_THAT(verdicts(write({other, event(3)})), ElementsAre(kRejected, kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3));
}

// The store answers with the place of the last event of the append, wherever the others are.
TEST_F(EventStoreSinkTest, KnownEventsAreComparedInWhateverOrderTheyComeAgain) {
  write({event(1), event(2)});
  Message& other = event(2);
  other.event.data = R"({"a":1})";
  EXPECT_THAT(verdicts(write({other, event(1)})), ElementsAre(kRejected, kDuplicate));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2));
}

TEST_F(EventStoreSinkTest, KnownEventsAreComparedHoweverFarApartTheyAre) {
  write({event(1)});
  for (std::uint64_t id = 100; id < 5000; ++id) store().put("Order-1", {.id = {7, id}, .type = "T", .data = "{}"});
  write({event(2)});
  Message& other = event(1);
  other.event.data = R"({"a":1})";
  EXPECT_THAT(verdicts(write({other, event(2)})), ElementsAre(kRejected, kDuplicate));
}

TEST_F(EventStoreSinkTest, OnlyAnAppendThatWroteNothingIsReadAndNoMoreThanItHad) {
  Message& a = event(1);
  Message& b = event(2);
  Message& c = event(3);
  for (std::uint64_t id = 100; id < 700; ++id) store().put("Order-1", {.id = {7, id}, .type = "T", .data = "{}"});
  write({a, b, c});
  write({event(4)});
  EXPECT_EQ(store().reads().size(), 0u) << "what was written is not read";
  EXPECT_EQ(store().reads_of_all(), 1u);
  EXPECT_THAT(verdicts(write({a, b, c})), Each(kDuplicate));
  ASSERT_EQ(store().reads().size(), 1u);
  EXPECT_EQ(store().reads().back().count, 3u);
  EXPECT_THAT(verdicts(write({b})), Each(kDuplicate));
  ASSERT_EQ(store().reads().size(), 2u);
  EXPECT_EQ(store().reads().back().count, 1u);
  EXPECT_EQ(store().reads_of_all(), 1u);
}

TEST_F(EventStoreSinkTest, WhoeverWaitsForTheEndOfTheLogFailsTogether) {
  sink();
  store().fail_reads(Error(Errc::unknown_outcome, "no answer in time"), 10s);
  std::vector<const Message*> messages;
  for (std::uint64_t id = 1; id <= 10; ++id) messages.push_back(&event(id, std::to_string(id)));
  const TimePoint start = clock().now();
  EXPECT_THAT(verdicts(write(messages)), Each(kFailed));
  EXPECT_EQ(clock().now() - start, 10s);
  EXPECT_EQ(store().reads_of_all(), 1u);
  store().fail_reads(std::nullopt);
  EXPECT_THAT(verdicts(write(messages)), Each(kWritten));
  EXPECT_EQ(store().reads_of_all(), 2u);
}

// A server stores an id twice that comes twice within one append.
TEST_F(EventStoreSinkTest, OneIdTwiceInOneWriteIsStoredOnce) {
  std::vector<const Message*> messages;
  for (const std::uint64_t id : {1, 2, 3, 2, 1, 4}) {
    Message& message = event(id);
    if (messages.size() == 3) message.event.data = R"({"a":1})";
    messages.push_back(&message);
  }
  EXPECT_THAT(verdicts(write(messages)), ElementsAre(kWritten, kWritten, kWritten, kRejected, kDuplicate, kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3, 4));
}

TEST_F(EventStoreSinkTest, WhatAnEventSaysOfItselfCountsAndWhereItCameFromDoesNot) {
  const auto verdict_of = [this](void (*change)(Message&)) {
    const std::uint64_t id = store().events() + 1;
    for (int copy = 0; copy < 2; ++copy) {
      Message& message = event(id);
      message.event.correlation_id = "c-1";
      message.event.aggregate_version = 4;
      message.event.occurred_on = "2026-01-02T03:04:05Z";
      if (copy == 1) change(message);
      const WriteReport report = write({message});
      if (copy == 1) return report.verdict(0);
    }
    return kFailed;
  };
  EXPECT_EQ(verdict_of([](Message&) {}), kDuplicate) << "another offset";
  EXPECT_EQ(verdict_of([](Message& message) { message.event.occurred_on = "2026-01-02T03:04:06Z"; }), kRejected);
  EXPECT_EQ(verdict_of([](Message& message) { message.event.correlation_id = "c-2"; }), kRejected);
  EXPECT_EQ(verdict_of([](Message& message) { message.event.aggregate_version = 5; }), kRejected);
  EXPECT_EQ(verdict_of([](Message& message) { message.event.aggregate_version.reset(); }), kDuplicate);
  EXPECT_EQ(verdict_of([](Message& message) { message.event.extra = R"("tenant":"b")"; }), kDuplicate);
  EXPECT_EQ(verdict_of([](Message& message) {
              message.event.occurred_on = {};
              message.origin.timestamp_ms += 5;
            }),
            kDuplicate)
      << "the time of a record, which a resend has another of";
}

TEST_F(EventStoreSinkTest, WhatHasTheRecordsTimeIsTheSameWithAnotherRecordsTime) {
  write({event(1)});
  Message& again = event(1);
  again.origin.timestamp_ms += 1000;
  EXPECT_THAT(verdicts(write({again})), ElementsAre(kDuplicate));
}

// What others have stored, and earlier versions, spells the same in other ways.
TEST_F(EventStoreSinkTest, WhatIsSpelledInAnotherWayIsTheSame) {
  const auto verdict_of = [this](const std::string& metadata, void (*change)(Message&)) {
    const std::uint64_t id = store().events() + 1;
    store().put("Order-\u00dc1", {.id = {7, id}, .type = "OrderPlaced", .data = "{}", .metadata = metadata});
    sink();
    restart();
    Message& message = event(id, "\u00dc1");
    change(message);
    return write({message}).verdict(0);
  };
  const auto time = [](Message& message) {
    message.event.occurred_on = "2026-01-02T03:04:05.5Z";
  };
  const auto version = [](Message& message) {
    message.event.aggregate_version = 42;
  };
  const auto cause = [](Message& message) {
    message.event.causation_id = "42";
  };
  const auto none = [](Message&) {
  };
  EXPECT_EQ(verdict_of(R"({"aggregateId":"\u00dc1"})", none), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"aggregateId":"\u00dd1"})", none), kRejected);
  EXPECT_EQ(verdict_of(R"({"aggregateId":["\u00dc1"]})", none), kDuplicate) << "says nothing";
  EXPECT_EQ(verdict_of(R"({"aggregateVersion":"42"})", version), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"aggregateVersion":"43"})", version), kRejected);
  EXPECT_EQ(verdict_of(R"({"causationId":42})", cause), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"occurredOn":"2026-01-02T03:04:05.500+00:00"})", time), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"occurredOn":"2026-01-02T12:04:05.5+09:00"})", time), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"occurredOn":1767323045500})", time), kDuplicate);
  EXPECT_EQ(verdict_of(R"({"occurredOn":"2026-01-02T12:04:05.5+08:00"})", time), kRejected);
  EXPECT_EQ(verdict_of(R"({"occurredOn":"2026-01-02T03:04:05.501Z"})", time), kRejected);
  EXPECT_EQ(verdict_of(R"({"occurredOn":"2023-11-14T23:13:20.123+01:00","origin":{"timestamp":1700000000123}})", time),
            kDuplicate)
      << "the record's time";
}

TEST_F(EventStoreSinkTest, WhatIsStoredIsShownInFewWords) {
  store().put("Order-1", {.id = {7, 1}, .type = std::string(10'000, 'x') + "\n", .data = "{}"});
  const WriteReport report = write({event(1)});
  ASSERT_EQ(report.verdict(0), kRejected);
  EXPECT_LT(report.error(0)->message().size(), 500u);
}

TEST_F(EventStoreSinkTest, ByDataAloneTimesDoNotCount) {
  SinkConfig config;
  config.compare = SameBy::data;
  sink(config);
  Message& first = event(1);
  first.event.occurred_on = "2026-01-02T03:04:05Z";
  Message& again = event(1);
  again.event.occurred_on = "2026-01-02T03:04:06Z";
  Message& other = event(1);
  other.event.data = "{\"a\":1}";
  EXPECT_THAT(verdicts(write({first})), ElementsAre(kWritten));
  EXPECT_THAT(verdicts(write({again})), ElementsAre(kDuplicate));
  EXPECT_THAT(verdicts(write({other})), ElementsAre(kRejected));
}

TEST_F(EventStoreSinkTest, WhatIsIgnoredInTheDataDoesNotCount) {
  SinkConfig config;
  config.ignore = {"/sentAt"};
  sink(config);
  const auto sent = [this](std::string_view data) -> Message& {
    Message& message = event(1);
    message.event.data = data;
    return message;
  };
  EXPECT_THAT(verdicts(write({sent(R"({"a":1,"sentAt":5})")})), ElementsAre(kWritten));
  EXPECT_THAT(verdicts(write({sent(R"({"sentAt":6,"a":1})")})), ElementsAre(kDuplicate));
  EXPECT_THAT(verdicts(write({sent(R"({"sentAt":6,"a":2})")})), ElementsAre(kRejected));
}

TEST_F(EventStoreSinkTest, OtherContentMayBeDropped) {
  SinkConfig config;
  config.on_conflict = OnConflict::drop;
  sink(config);
  write({event(1)});
  Message& other = event(1);
  other.event.data = "{\"a\":1}";
  EXPECT_THAT(verdicts(write({other})), ElementsAre(kDuplicate));
  EXPECT_EQ(store().stream("Order-1").at(0).data, "{}");
}

// Events of other writers, and of versions that stored less, have nothing to compare but what they have.
TEST_F(EventStoreSinkTest, WhatOthersHaveStoredIsComparedAsFarAsItGoes) {
  store().put("Order-1", {.id = {7, 1}, .type = "OrderPlaced", .data = "{ }", .metadata = "no json"});
  store().put("Order-1", {.id = {7, 2}, .type = "OrderPlaced", .json = false, .data = "\x01"});
  EXPECT_THAT(verdicts(write({event(1)})), ElementsAre(kDuplicate));
  EXPECT_THAT(verdicts(write({event(2)})), ElementsAre(kRejected));
}

TEST_F(EventStoreSinkTest, AReadThatFailsIsTriedAgainAndGuessesNothing) {
  Message& a = event(1);
  write({a});
  store().fail_reads(Error(Errc::unavailable, "away"));
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kFailed));
  store().fail_reads(std::nullopt);
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate));
}

TEST_F(EventStoreSinkTest, KnownEventsOfADeletedStreamAreDuplicatesAndAWarningSaysSo) {
  Message& a = event(1);
  write({a});
  run(store().delete_stream("Order-1", es::ExpectedRevision::any()));
  restart();
  std::string log;
  log::redirect([&log](std::string_view line) { log.append(line); });
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate));
  EXPECT_THAT(verdicts(write({a})), ElementsAre(kDuplicate));
  log::redirect({});
  EXPECT_THAT(log, HasSubstr("the stream they are in is deleted"));
  EXPECT_THAT(log, HasSubstr("Order-1"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << "once per stream: " << log;
}

// "a-b" with "c" and "a" with "b-c" have one name. No name changes; what would mix two aggregates is refused.
TEST_F(EventStoreSinkTest, TwoAggregatesWhoseNamesRunIntoEachOtherAreNotMixed) {
  const auto of = [this](std::uint64_t id, std::string_view type, const std::string& aggregate) -> Message& {
    Message& message = event(id, aggregate);
    message.event.aggregate_type = type;
    return message;
  };
  EXPECT_THAT(verdicts(write({of(1, "a-b", "c")})), ElementsAre(kWritten));
  const WriteReport other = write({of(2, "a", "b-c"), of(3, "a-b", "c")});
  EXPECT_THAT(verdicts(other), ElementsAre(kRejected, kWritten));
  EXPECT_EQ(other.error(0)->message(),
            "stream 'a-b-c': the stream holds events of another aggregate, \"c\", and the event is about \"b-c\": type "
            "and id run into each other in the name; give `stream` another separator, or set `shared_streams: allow`");
  EXPECT_TRUE(other.error(0)->is_data_error());
  restart();
  EXPECT_THAT(verdicts(write({of(4, "a", "b-c")})), ElementsAre(kRejected)) << "the store remembers whose it is";
  EXPECT_THAT(verdicts(write({of(5, "x", "y-z"), of(6, "x-y", "z")})), ElementsAre(kWritten, kRejected))
      << "in one append";
  EXPECT_THAT(stored("a-b-c"), ElementsAre(1, 3));
  EXPECT_THAT(stored("x-y-z"), ElementsAre(5));
}

TEST_F(EventStoreSinkTest, MixedAggregatesMayBeAllowed) {
  SinkConfig config;
  config.shared_streams = SharedStreams::allow;
  sink(config);
  Message& other = event(2, "b-c");
  other.event.aggregate_type = "Order";
  Message& dashed = event(1, "c");
  dashed.event.aggregate_type = "Order-b";
  EXPECT_THAT(verdicts(write({dashed, other})), Each(kWritten));
}

TEST_F(EventStoreSinkTest, WhatEarlierVersionsStoredIsNobodysInParticular) {
  store().put("a-b-c", {.id = {7, 1}, .type = "T", .data = "{}", .metadata = "{}"});
  Message& message = event(2, "b-c");
  message.event.aggregate_type = "a";
  EXPECT_THAT(verdicts(write({message})), ElementsAre(kWritten));
}

TEST_F(EventStoreSinkTest, AnIdIsTheSameHoweverItIsSpelled) {
  store().put("a-b-\u00dc", {.id = {7, 1}, .type = "T", .data = "{}", .metadata = R"({"aggregateId":"b-\u00dc"})"});
  store().put("a-4-2", {.id = {7, 2}, .type = "T", .data = "{}", .metadata = R"({"aggregateId":null})"});
  store().put("a-b-42", {.id = {7, 3}, .type = "T", .data = "{}", .metadata = R"({"aggregateId":42})"});
  Message& escaped = event(11, "b-\u00dc");
  escaped.event.aggregate_type = "a";
  Message& nobodys = event(12, "4-2");
  nobodys.event.aggregate_type = "a";
  Message& number = event(13, "42");
  number.event.aggregate_type = "a-b";
  EXPECT_THAT(verdicts(write({escaped, nobodys, number})), Each(kWritten));
}

// Looking whose a stream is costs one read, and none for a stream that is known.
TEST_F(EventStoreSinkTest, WhoseAStreamIsIsReadOnce) {
  const auto of = [this](std::uint64_t id, std::string_view type, const std::string& aggregate) -> Message& {
    Message& message = event(id, aggregate);
    message.event.aggregate_type = type;
    return message;
  };
  write({of(1, "a-b", "c")});
  write({of(2, "a-b", "c")});
  write({of(3, "a-b", "c")});
  EXPECT_EQ(store().reads().size(), 1u) << "a new stream";
  restart();
  write({of(4, "a-b", "c")});
  write({of(5, "a-b", "c")});
  EXPECT_EQ(store().reads().size(), 2u) << "one from before";
  EXPECT_THAT(verdicts(write({of(6, "a", "b-c")})), ElementsAre(kRejected));
  EXPECT_EQ(store().reads().size(), 3u) << "looked at again before an event is refused";
  run(store().delete_stream("a-b-c", es::ExpectedRevision::any()));
  EXPECT_THAT(verdicts(write({of(7, "a", "b-c")})), ElementsAre(kWritten)) << "it has become another's";
  EXPECT_THAT(verdicts(write({of(8, "a-b", "c")})), ElementsAre(kRejected));
}

TEST_F(EventStoreSinkTest, WhoMayNotReadIsToldOnce) {
  const auto of = [this](std::uint64_t id, std::string_view type, const std::string& aggregate) -> Message& {
    Message& message = event(id, aggregate);
    message.event.aggregate_type = type;
    return message;
  };
  store().fail_reads(Error(Errc::permission_denied, "not for you"));
  for (std::uint64_t id = 1; id <= 5; ++id) {
    EXPECT_THAT(verdicts(write({of(id, "a-b", std::to_string(id))})), ElementsAre(kWritten));
  }
  EXPECT_EQ(store().reads().size(), 1u);
  EXPECT_THAT(verdicts(write({of(6, "a", "b-1")})), ElementsAre(kRejected)) << "what it has written itself it knows";
}

TEST_F(EventStoreSinkTest, OwnersThatAreAskedForAreNotForgotten) {
  StreamMemory memory;
  memory.set_owner("busy", "a");
  memory.set_owner("idle", "b");
  for (int i = 0; i < 50'000; ++i) {
    memory.set_owner(std::to_string(i), "c");
    ASSERT_EQ(memory.owner("busy"), "a") << i;
  }
  EXPECT_EQ(memory.owner("idle"), std::nullopt);
  EXPECT_EQ(memory.owner("0"), std::nullopt);
  EXPECT_EQ(memory.owner("49999"), "c");
}

// Another process, or lane, begins the stream between the look and the append.
TEST_F(EventStoreSinkTest, WhoWasNotFirstInAStreamIsRefusedFromThenOn) {
  const auto of = [this](std::uint64_t id, std::string_view type, const std::string& aggregate) -> Message& {
    Message& message = event(id, aggregate);
    message.event.aggregate_type = type;
    return message;
  };
  store().cork();
  std::vector<const Message*> messages = refs({of(1, "a", "b-c")});
  std::optional<WriteReport> report;
  start_write(messages, report);
  store().put("a-b-c", {.id = {7, 9}, .type = "T", .data = "{}", .metadata = R"({"aggregateId":"c"})"});
  store().uncork();
  run_until_idle();
  ASSERT_TRUE(report.has_value());
  EXPECT_THAT(verdicts(*report), ElementsAre(kWritten));
  store().put("a-b-c", {.id = {7, 10}, .type = "T", .data = "{}", .metadata = R"({"aggregateId":"c"})"});
  EXPECT_THAT(verdicts(write({of(2, "a", "b-c")})), ElementsAre(kRejected));
  EXPECT_THAT(verdicts(write({of(3, "a-b", "c")})), ElementsAre(kWritten));
}

TEST_F(EventStoreSinkTest, OneUnresolvedAppendPerStreamOthersSideBySide) {
  store().cork();
  std::vector<const Message*> first = refs({event(1), event(2, "b")});
  std::vector<const Message*> second = refs({event(3), event(4, "b"), event(5)});
  std::optional<WriteReport> first_report, second_report;
  start_write(first, first_report);
  start_write(second, second_report);
  EXPECT_EQ(store().appends().size(), 2u);
  store().uncork();
  run_until_idle();
  ASSERT_TRUE(first_report.has_value() && second_report.has_value());
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 3, 5));
  EXPECT_THAT(stored("Order-b"), ElementsAre(2, 4));
  EXPECT_FALSE(store().stream_was_contended());
  EXPECT_EQ(store().appends().size(), 4u) << "what gathered went together";
}

TEST_F(EventStoreSinkTest, BoundsTheStreamsInFlight) {
  SinkConfig config;
  config.streams_in_flight = 3;
  sink(config);
  store().cork();
  std::vector<const Message*> messages;
  for (std::uint64_t i = 0; i < 10; ++i) messages.push_back(&event(i, std::to_string(i)));
  std::optional<WriteReport> report;
  start_write(messages, report);
  EXPECT_EQ(store().in_flight(), 3u);
  store().uncork();
  run_until_idle();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(store().most_in_flight(), 3u);
  EXPECT_EQ(store().events(), 10u);
}

TEST_F(EventStoreSinkTest, AFailureHoldsBackItsStreamUntilItIsWrittenAgain) {
  store().on_append(0, {.error = Error(Errc::unavailable, "away")});
  Message& first = event(1);
  const WriteReport failed = write({first, event(2, "other")});
  EXPECT_THAT(verdicts(failed), ElementsAre(kFailed, kWritten));
  ASSERT_NE(failed.error(0), nullptr);
  EXPECT_EQ(failed.error(0)->code(), Errc::unavailable);
  EXPECT_THAT(failed.error(0)->message(), HasSubstr("Order-1"));

  std::vector<const Message*> later = refs({event(3)});
  std::optional<WriteReport> report;
  start_write(later, report);
  EXPECT_FALSE(report.has_value()) << "3 must not overtake 1";
  write({first});
  run_until_idle();
  EXPECT_TRUE(report.has_value());
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 3));
}

TEST_F(EventStoreSinkTest, AForgottenFailureFreesItsStream) {
  store().on_append(0, {.error = Error(Errc::unavailable, "away")});
  Message& first = event(1);
  write({first});
  std::vector<const Message*> later = refs({event(2)});
  std::optional<WriteReport> report;
  start_write(later, report);
  const std::vector<const Message*> given_up = refs({first});
  sink().forget(given_up);
  run_until_idle();
  EXPECT_TRUE(report.has_value());
  EXPECT_THAT(stored("Order-1"), ElementsAre(2));
}

TEST_F(EventStoreSinkTest, AnUnknownOutcomeThatWasWrittenIsNotWrittenTwice) {
  store().on_append(0, {.applied = true, .error = Error(Errc::unknown_outcome, "cut off")});
  Message& a = event(1);
  Message& b = event(2);
  EXPECT_THAT(verdicts(write({a, b})), Each(kFailed));
  // The retry gathers with what came meanwhile: known in part.
  Message& c = event(3);
  const WriteReport report = write({a, b, c});
  EXPECT_THAT(verdicts(report), ElementsAre(kDuplicate, kDuplicate, kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3));
}

TEST_F(EventStoreSinkTest, AStoreThatNeverAnswersFailsWithinItsDeadline) {
  store().on_append(0, {.never_answers = true});
  const TimePoint start = clock().now();
  const WriteReport report = write({event(1)});
  EXPECT_THAT(verdicts(report), ElementsAre(kFailed));
  EXPECT_EQ(report.error(0)->code(), Errc::unknown_outcome);
  EXPECT_LE(clock().now() - start, 10s);
}

TEST_F(EventStoreSinkTest, APartlyKnownAppendIsReadBackAndOnlyTheRestIsSent) {
  for (std::uint64_t id : {1, 2}) store().put("Order-1", {.id = {7, id}, .type = "OrderPlaced", .data = "{}"});
  for (std::uint64_t id = 100; id < 700; ++id) store().put("Order-1", {.id = {7, id}, .type = "T", .data = "{}"});
  const WriteReport report = write({event(1), event(3), event(2), event(4)});
  EXPECT_THAT(verdicts(report), ElementsAre(kDuplicate, kWritten, kDuplicate, kWritten));
  const std::vector<std::uint64_t> ids = stored("Order-1");
  EXPECT_THAT(std::vector<std::uint64_t>(ids.end() - 2, ids.end()), ElementsAre(3, 4));
  EXPECT_EQ(ids.size(), 604u);
}

TEST_F(EventStoreSinkTest, AFailedReadBackFailsTheWholeAppend) {
  store().put("Order-1", {.id = {7, 1}, .type = "OrderPlaced", .data = "{}"});
  store().fail_reads(Error(Errc::unavailable, "away"));
  Message& a = event(1);
  Message& b = event(2);
  EXPECT_THAT(verdicts(write({a, b})), Each(kFailed));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1)) << "nothing is guessed";
  store().fail_reads(std::nullopt);
  EXPECT_THAT(verdicts(write({a, b})), ElementsAre(kDuplicate, kWritten));
}

TEST_F(EventStoreSinkTest, WhatReadingCannotSettleIsSentOneByOne) {
  // The store knows the first event but it cannot be read any more.
  store().put("Order-1", {.id = {7, 1}, .type = "T", .data = "{}"});
  run(store().delete_stream("Order-1", es::ExpectedRevision::any()));
  const WriteReport report = write({event(1), event(2), event(3)});
  EXPECT_THAT(verdicts(report), ElementsAre(kDuplicate, kWritten, kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3));
}

TEST_F(EventStoreSinkTest, ALoneEventIsNeverInConflictWithAny) {
  store().on_append(0, {.answer = es::AppendOutcome(es::RevisionConflict{5})});
  const WriteReport report = write({event(1)});
  EXPECT_THAT(verdicts(report), ElementsAre(kFailed)) << "a wrong answer is infrastructure, not data";
  EXPECT_EQ(report.error(0)->code(), Errc::conflict);
}

TEST_F(EventStoreSinkTest, SplitsBelowTheLimitsAndKeepsOrder) {
  SinkConfig config;
  config.max_append = Bytes{1024};
  config.max_append_events = 3;
  sink(config);
  store().limit_append_size(1024);
  std::vector<const Message*> messages;
  for (std::uint64_t id = 1; id <= 7; ++id) messages.push_back(&event(id, "1", 200));
  EXPECT_THAT(verdicts(write(messages)), Each(kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  for (const auto& call : store().appends()) EXPECT_LE(call.ids.size(), 3u);
}

TEST_F(EventStoreSinkTest, ALowerLimitOfTheServerIsLearntFromItsError) {
  store().limit_append_size(1500);
  std::vector<const Message*> messages;
  for (std::uint64_t id = 1; id <= 8; ++id) messages.push_back(&event(id, "1", 300));
  EXPECT_THAT(verdicts(write(messages)), Each(kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(EventStoreSinkTest, AnEventTooLargeOnItsOwnIsRejectedAndTheOthersGoOn) {
  store().limit_append_size(2000);
  const WriteReport report = write({event(1), event(2, "1", 5000), event(3), event(4, "1", 16 * 1024 * 1024)});
  EXPECT_THAT(verdicts(report), ElementsAre(kWritten, kRejected, kWritten, kRejected));
  EXPECT_EQ(report.error(1)->code(), Errc::too_large);
  EXPECT_EQ(report.error(3)->code(), Errc::too_large);
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 3));
}

TEST_F(EventStoreSinkTest, OneEventTheServerRefusesDoesNotTakeTheOthersWithIt) {
  store().on_every_append([](const es::FakeStore::AppendCall& call) -> std::optional<Fault> {
    for (const Uuid& id : call.ids) {
      if (id.low == 3) return Fault{.error = Error(Errc::invalid_argument, "bad event")};
    }
    return std::nullopt;
  });
  const WriteReport report = write({event(1), event(2), event(3), event(4), event(5)});
  EXPECT_THAT(verdicts(report), ElementsAre(kWritten, kWritten, kRejected, kWritten, kWritten));
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 4, 5));
}

TEST_F(EventStoreSinkTest, ATombstonedStreamRejects) {
  run(store().tombstone_stream("Order-1", es::ExpectedRevision::any()));
  const WriteReport report = write({event(1), event(2, "2"), event(3)});
  EXPECT_THAT(verdicts(report), ElementsAre(kRejected, kWritten, kRejected));
  EXPECT_EQ(report.error(0)->code(), Errc::stream_deleted);
}

TEST_F(EventStoreSinkTest, RefusedCredentialsAreInfrastructureNotData) {
  for (Errc code :
       {Errc::unauthenticated, Errc::permission_denied, Errc::unavailable, Errc::internal, Errc::unsupported}) {
    Message& message = event(static_cast<std::uint64_t>(code) + 1);
    store().on_append(store().appends().size(), {.error = Error(code, "no")});
    EXPECT_THAT(verdicts(write({message})), ElementsAre(kFailed)) << to_string(code);
    const std::vector<const Message*> given_up = refs({message});
    sink().forget(given_up);
  }
}

TEST_F(EventStoreSinkTest, MessagesWithoutAStreamOrTypeAreRejectedByName) {
  Message& no_id = event(1, "");
  Message& system = event(2);
  system.event.aggregate_type = "$Order";
  Message& no_type = event(3);
  no_type.event.type = {};
  Message& bad_text = event(4, "\xff");
  const WriteReport report = write({no_id, system, no_type, bad_text, event(5)});
  EXPECT_THAT(verdicts(report), ElementsAre(kRejected, kRejected, kRejected, kRejected, kWritten));
  EXPECT_THAT(report.error(0)->message(), HasSubstr("aggregate_id"));
  EXPECT_THAT(report.error(1)->message(), HasSubstr("'$'"));
  EXPECT_THAT(report.error(2)->message(), HasSubstr("type"));
  EXPECT_THAT(report.error(3)->message(), HasSubstr("UTF-8"));
  for (std::size_t i : {0u, 1u, 2u, 3u}) EXPECT_TRUE(report.error(i)->is_data_error()) << i;
}

// "$>" would be a link that readers follow, "$metadata" another stream's settings, to those who look at the type alone.
TEST_F(EventStoreSinkTest, TypesOfTheServerAreRejectedUnlessAllowed) {
  Message& link = event(1);
  link.event.type = "$>";
  Message& settings = event(2);
  settings.event.type = "$metadata";
  Message& inside = event(3);
  inside.event.type = "a$b";
  const WriteReport report = write({link, settings, inside});
  EXPECT_THAT(verdicts(report), ElementsAre(kRejected, kRejected, kWritten));
  EXPECT_EQ(
      report.error(0)->message(),
      "the event's type \"$>\" begins with '$', and such types belong to the server; `system_types: allow` in the "
      "sink lets them pass");
  EXPECT_TRUE(report.error(0)->is_data_error());
}

TEST_F(EventStoreSinkTest, TypesOfTheServerMayBeAllowed) {
  SinkConfig config;
  config.system_types = SystemTypes::allow;
  sink(config);
  Message& link = event(1);
  link.event.type = "$>";
  EXPECT_THAT(verdicts(write({link})), ElementsAre(kWritten));
}

TEST_F(EventStoreSinkTest, ACancelledWriteBlocksItsStreamsUntilWrittenAgain) {
  store().cork();
  Message& out = event(1);
  Message& waiting = event(2);
  std::vector<const Message*> first = refs({out});
  std::vector<const Message*> second = refs({waiting});
  std::optional<WriteReport> none;
  TaskGroup doomed(executor());
  doomed.spawn("first", write_into(sink(), first, none));
  doomed.spawn("second", write_into(sink(), second, none));
  run_until_idle();
  doomed.cancel();
  run_until_idle();
  EXPECT_TRUE(doomed.empty());
  EXPECT_FALSE(none.has_value());
  store().uncork();
  run_until_idle();
  EXPECT_THAT(stored("Order-1"), ElementsAre(1)) << "2 was withdrawn";

  std::vector<const Message*> later = refs({event(3)});
  std::optional<WriteReport> later_report;
  start_write(later, later_report);
  EXPECT_FALSE(later_report.has_value()) << "3 must not overtake 2";
  EXPECT_THAT(verdicts(write(second)), ElementsAre(kWritten));
  run_until_idle();
  EXPECT_TRUE(later_report.has_value());
  EXPECT_THAT(stored("Order-1"), ElementsAre(1, 2, 3));
}

TEST_F(EventStoreSinkTest, AMessageForgottenWhileItIsOutNeverBlocks) {
  store().cork();
  Message& out = event(1);
  std::vector<const Message*> first = refs({out});
  std::optional<WriteReport> none;
  start_write(first, none);
  stop_tasks();
  sink().forget(first);
  backing(out).text.clear();  // its memory is gone
  store().on_append(0, {.error = Error(Errc::unavailable, "away")});
  store().uncork();
  run_until_idle();
  EXPECT_THAT(verdicts(write({event(2)})), ElementsAre(kWritten));
}

// ---------------------------------------------------------------- look_up, as a change of the configuration asks it

class LookUpTest : public SinkTest {
 protected:
  Result<std::vector<Presence>> look_up(std::initializer_list<std::reference_wrapper<Message>> messages) {
    const std::vector<const Message*> asked = refs(messages);
    return run(sink().look_up(asked));
  }
};

TEST_F(LookUpTest, TellsWhatIsThereFromWhatIsNotByReading) {
  store().on_append(0, {.applied = true, .error = Error(Errc::unknown_outcome, "cut off")});
  store().on_append(1, {.error = Error(Errc::unknown_outcome, "cut off")});
  Message& there = event(1);
  Message& absent = event(2, "other");
  Message& never_sent = event(3);
  EXPECT_THAT(verdicts(write({there, absent})), Each(kFailed));
  const std::size_t appends = store().appends().size();
  const Result<std::vector<Presence>> found = look_up({there, absent, never_sent});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(Presence::present, Presence::absent, Presence::absent));
  EXPECT_EQ(store().appends().size(), appends) << "nothing is written to find out";
}

TEST_F(LookUpTest, WhatMayLieFurtherBackThanIsReadIsNotSaidToBeAbsent) {
  es::NewEvent other;
  other.type = "Other";
  for (other.id = Uuid{9, 1}; other.id.low <= 5000; ++other.id.low) store().put("Order-1", other);
  store().on_append(0, {.error = Error(Errc::unknown_outcome, "cut off")});
  Message& message = event(1);
  EXPECT_THAT(verdicts(write({message})), Each(kFailed));
  const Result<std::vector<Presence>> found = look_up({message});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, ElementsAre(Presence::only_writing_tells));
}

TEST_F(LookUpTest, WhatIsOutIsNotKnownUntilItsRequestHasEnded) {
  store().on_append(0, {.never_answers = true});
  Message& message = event(1);
  std::vector<const Message*> messages = refs({message});
  TaskGroup group(executor());
  std::optional<WriteReport> report;
  group.spawn("write", write_into(sink(), messages, report));
  run_until_idle();
  group.cancel();
  run_until_idle();
  Result<std::vector<Presence>> found = look_up({message});
  EXPECT_THAT(*found, ElementsAre(Presence::unknown));
  advance(1min);
  found = look_up({message});
  EXPECT_THAT(*found, ElementsAre(Presence::absent));
}

TEST_F(LookUpTest, AStoreThatCannotBeReadIsSaidSo) {
  store().on_append(0, {.applied = true, .error = Error(Errc::unknown_outcome, "cut off")});
  Message& message = event(1);
  write({message});
  store().fail_reads(Error(Errc::unavailable, "away"));
  Result<std::vector<Presence>> found = look_up({message});
  ASSERT_TRUE(found.has_error());
  EXPECT_THAT(found.error().message(), HasSubstr("stream 'Order-1': away"));
  store().fail_reads(Error(Errc::permission_denied, "not for you"));
  found = look_up({message});
  EXPECT_THAT(*found, ElementsAre(Presence::only_writing_tells)) << "a writer may lack the right to read";
  store().fail_reads(Error(Errc::stream_deleted, "gone"));
  found = look_up({message});
  EXPECT_THAT(*found, ElementsAre(Presence::absent));
  store().fail_reads(std::nullopt);
}

// I2 and I3 over a store that fails, forgets to answer and cuts off at random: every event once, in order per stream.
TEST_F(EventStoreSinkTest, RandomFailuresNeitherLoseNorReorderNorDouble) {
  for (unsigned seed = 1; seed <= samples(20u); ++seed) {
    std::mt19937 random(seed);
    store().on_every_append([&random](const es::FakeStore::AppendCall&) -> std::optional<Fault> {
      switch (random() % 8) {
        case 0:
          return Fault{.error = Error(Errc::unavailable, "away")};
        case 1:
          return Fault{.applied = true, .error = Error(Errc::unknown_outcome, "cut off")};
        case 2:
          return Fault{.applied = random() % 2 == 0, .never_answers = true};
        case 3:
          return Fault{.delay = std::chrono::milliseconds(random() % 50)};
        default:
          return std::nullopt;
      }
    });
    const std::string prefix = std::to_string(seed) + "/";
    std::vector<const Message*> todo;
    std::map<std::string, std::vector<std::uint64_t>> expected;
    for (std::uint64_t id = 1; id <= 120; ++id) {
      const std::string aggregate = prefix + std::to_string(random() % 6);
      todo.push_back(&event(1000 * seed + id, aggregate));
      expected["Order-" + aggregate].push_back(1000 * seed + id);
    }
    // As the runner does: batches side by side, what failed is sent again in order.
    std::vector<std::vector<const Message*>> batches;
    for (std::size_t i = 0; i < todo.size(); i += 15) batches.emplace_back(todo.begin() + i, todo.begin() + i + 15);
    std::vector<std::optional<WriteReport>> reports(batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) start_write(batches[i], reports[i]);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      for (int attempt = 0; attempt < 100; ++attempt) {
        while (!reports[i].has_value() && clock().advance_to_next()) {
        }
        ASSERT_TRUE(reports[i].has_value()) << "stuck, seed " << seed;
        std::vector<const Message*> failed;
        for (std::size_t k = 0; k < batches[i].size(); ++k) {
          if (reports[i]->verdict(k) == kFailed) failed.push_back(batches[i][k]);
        }
        if (failed.empty()) break;
        batches[i] = failed;
        reports[i].reset();
        start_write(batches[i], reports[i]);
      }
    }
    for (const auto& [stream, ids] : expected) EXPECT_EQ(stored(stream), ids) << stream << ", seed " << seed;
  }
  EXPECT_FALSE(store().stream_was_contended());
}

}  // namespace
}  // namespace weir::sinks::eventstoredb
