#include "tests/connectors/kafka/source_fixture.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(KafkaSourceTest, HandsOutEachPartitionInOrderWithItsOrigin) {
  FakeRecord record;
  record.payload = "a";
  record.key = "k";
  record.timestamp_ms = 1234;
  kafka.produce("orders", 0, record);
  kafka.produce("orders", 0, "b");
  kafka.skip_offsets("orders", 0, 5);
  kafka.produce("orders", 0, "c");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("a", "b", "c"));
  const Message& first = batch.messages()[0];
  EXPECT_EQ(first.origin.cluster, "fake-cluster");
  EXPECT_EQ(first.origin.topic, "orders");
  EXPECT_EQ(first.origin.partition, 0);
  EXPECT_EQ(first.origin.timestamp_ms, 1234);
  EXPECT_EQ(first.key, "k");
  EXPECT_EQ(batch.messages()[2].origin.offset, 7);
  EXPECT_LT(batch.messages()[0].origin.offset, batch.messages()[1].origin.offset);
  EXPECT_GT(batch.pinned_bytes(), 0u);
  settle(batch);
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 8);
}

TEST_F(KafkaSourceTest, TellsWhereTheLogsOfItsPartitionsEnd) {
  kafka.produce("orders", 2, "v");
  ASSERT_TRUE(start().has_value());
  std::map<Partition, Offset> ends;
  for (const PartitionEnd& known : source->ends()) ends[known.id.partition] = known.end;
  EXPECT_THAT(ends, ::testing::ElementsAre(::testing::Pair(0, 0), ::testing::Pair(1, 0), ::testing::Pair(2, 1),
                                           ::testing::Pair(3, 0)));
  run(source->close());
  EXPECT_TRUE(source->ends().empty());
}

TEST_F(KafkaSourceTest, KeepsNullsEmptiesAndRepeatedHeadersApart) {
  FakeRecord null_record;
  null_record.headers = {{"h", "1"}, {"h", std::nullopt}, {"", ""}};
  kafka.produce("orders", 0, null_record);
  FakeRecord empty_record;
  empty_record.payload = "";
  empty_record.key = "";
  kafka.produce("orders", 0, empty_record);
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  ASSERT_EQ(batch.size(), 2u);
  const Message& nulls = batch.messages()[0];
  EXPECT_TRUE(nulls.is_tombstone());
  EXPECT_EQ(nulls.key.data(), nullptr);
  ASSERT_EQ(nulls.headers.size(), 3u);
  EXPECT_EQ(nulls.headers[0].value, "1");
  EXPECT_EQ(nulls.headers[1].value.data(), nullptr);
  EXPECT_NE(nulls.headers[2].value.data(), nullptr);
  const Message& empties = batch.messages()[1];
  EXPECT_FALSE(empties.is_tombstone());
  EXPECT_NE(empties.key.data(), nullptr);
  settle(batch);
}

TEST_F(KafkaSourceTest, BatchesAreAsLargeAsWhatWaitsUpToTheLimit) {
  for (int i = 0; i < 7; ++i) kafka.produce("orders", 0, std::to_string(i));
  KafkaSourceSettings settings;
  settings.batch_messages = 5;
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  Batch first = read();
  EXPECT_EQ(first.size(), 5u);
  Batch second = read();
  EXPECT_EQ(second.size(), 2u);
  EXPECT_TRUE(nothing_to_read());
  settle(first);
  settle(second);
}

TEST_F(KafkaSourceTest, PartitionsAreSpreadOverLanesByNumber) {
  for (Partition p = 0; p < 4; ++p) kafka.produce("orders", p, std::to_string(p));
  ASSERT_TRUE(start(2).has_value());
  Batch even = read(0);
  Batch odd = read(1);
  EXPECT_THAT(payloads(even), ElementsAre("0", "2"));
  EXPECT_THAT(payloads(odd), ElementsAre("1", "3"));
  EXPECT_EQ(events.lanes.at(p1), 1u);
  settle(even);
  settle(odd);
}

TEST_F(KafkaSourceTest, BeginsAtTheCommittedOffsetAndTheLedgerKnowsIt) {
  for (int i = 0; i < 5; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 3);
  ASSERT_TRUE(start().has_value());
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 3);
  EXPECT_EQ(events.ledgers.at(p1)->watermark(), 0);
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("3", "4"));
  settle(batch);
}

TEST_F(KafkaSourceTest, StartLatestSkipsWhatIsThereAlready) {
  kafka.produce("orders", 0, "old");
  KafkaSourceSettings settings;
  settings.consumer.from_latest = true;
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  EXPECT_TRUE(nothing_to_read());
  kafka.produce("orders", 0, "new");
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("new"));
  settle(batch);
}

TEST_F(KafkaSourceTest, RevokeWaitsForTheRunnerAndHandsOutNothingMeanwhile) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  events.hold_revoke = true;
  const TimePoint began = clock().now();
  kafka.revoke(kGroup);
  run_until_idle();
  ASSERT_THAT(events.revoked, SizeIs(1));
  EXPECT_EQ(events.deadline, began + std::chrono::seconds(15));  // half of the session time-out
  kafka.produce("orders", 0, "b");
  EXPECT_TRUE(nothing_to_read());
  EXPECT_THAT(kafka.fetching(kGroup), SizeIs(4)) << "given back before the runner was done";
  // What was delivered is settled and committed while the partition is still ours.
  settle(batch);
  EXPECT_TRUE(commit("orders", 0, events.ledgers.at(p0)->watermark()).has_value());
  EXPECT_EQ(kafka.committed(kGroup, p0), 1);
  events.hold_revoke = false;
  events.changed.notify_all();
  run_until_idle();
  EXPECT_EQ(events.revokes_done, 1);
  EXPECT_THAT(kafka.fetching(kGroup), IsEmpty());
}

TEST_F(KafkaSourceTest, LateAcksOfAnEndedAssignmentCommitNothing) {
  kafka.produce("orders", 0, "a");
  kafka.produce("orders", 0, "b");
  ASSERT_TRUE(start().has_value());
  Batch old_batch = read();
  const std::shared_ptr<PartitionLedger> old_ledger = events.ledgers.at(p0);
  kafka.revoke(kGroup);
  run_until_idle();
  EXPECT_TRUE(old_batch.messages()[0].ack.is_void());
  kafka.assign_all(kGroup);
  run_until_idle();
  settle(old_batch);  // late
  EXPECT_EQ(old_ledger->watermark(), 0);
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 0);
  EXPECT_THAT(events.epochs, ElementsAre(1u, 2u));
  // Not committed, so it comes again, in order and under the new epoch.
  Batch again = read();
  EXPECT_THAT(payloads(again), ElementsAre("a", "b"));
  settle(again);
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 2);
}

TEST_F(KafkaSourceTest, CommitsOnlyWhatIsAssignedNow) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  kafka.revoke(kGroup);
  run_until_idle();
  EXPECT_TRUE(commit("orders", 0, 1).has_value());
  kafka.assign(kGroup, {p1});
  run_until_idle();
  EXPECT_TRUE(commit("orders", 0, 1).has_value());
  EXPECT_EQ(kafka.committed(kGroup, p0), kUnknownOffset);
  EXPECT_THAT(kafka.commit_log(), IsEmpty());
}

TEST_F(KafkaSourceTest, ACommitThatFailsSaysSo) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  kafka.fail_commits(0, 1, Error(Errc::unavailable, "coordinator moved"));
  const Result<void> first = commit("orders", 0, 1);
  ASSERT_TRUE(first.has_error());
  EXPECT_EQ(first.error().code(), Errc::unavailable);
  EXPECT_TRUE(commit("orders", 0, 1).has_value());
  EXPECT_EQ(kafka.committed(kGroup, p0), 1);
}

TEST_F(KafkaSourceTest, LostPartitionsAreVoidAtOnce) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  kafka.lose(kGroup);
  run_until_idle();
  ASSERT_THAT(events.lost_partitions, SizeIs(1));
  EXPECT_THAT(events.revoked, IsEmpty());
  EXPECT_TRUE(batch.messages()[0].ack.is_void());
  EXPECT_THAT(kafka.fetching(kGroup), IsEmpty());
  settle(batch);
}

TEST_F(KafkaSourceTest, StaleRecordsOfForeignPartitionsAreSkipped) {
  kafka.produce("orders", 0, "a");
  kafka.produce("orders", 1, "b");
  kafka.auto_assign(false);
  ASSERT_TRUE(start().has_value());
  kafka.assign(kGroup, {p1});
  run_until_idle();
  kafka.deliver_stale(kGroup, p0, 0);
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("b"));
  EXPECT_EQ(source->stale_records(), 1u);
  settle(batch);
}

TEST_F(KafkaSourceTest, ATopicMadeAnewIsReadAgainFromItsStart) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, "old " + std::to_string(i));
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  ASSERT_TRUE(commit("orders", 0, 3).has_value());
  kafka.recreate_topic("orders");
  kafka.produce("orders", 0, "new 0");
  EXPECT_TRUE(nothing_to_read());  // below what was read: not handed out under the old ledger
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("'orders', partition 0"));
  EXPECT_THAT(events.lost_partitions, SizeIs(1));
  advance(std::chrono::seconds(2));
  EXPECT_EQ(kafka.opened(kGroup), 2u);
  Batch again = read();
  EXPECT_THAT(payloads(again), ElementsAre("new 0"));
  settle(again);
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 1);
}

// By the time the member is back the new log may be longer than what was once committed: the committed offset is then
// in range, and wrong.
TEST_F(KafkaSourceTest, ATopicMadeAnewIsReadFromItsStartEvenWhenItHasGrownPastTheCommittedOffset) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, "old " + std::to_string(i));
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  ASSERT_TRUE(commit("orders", 0, 3).has_value());
  kafka.recreate_topic("orders");
  kafka.produce("orders", 0, "new 0");
  EXPECT_TRUE(nothing_to_read());
  for (int i = 1; i < 5; ++i) kafka.produce("orders", 0, "new " + std::to_string(i));
  advance(std::chrono::seconds(2));
  Batch again = read();
  EXPECT_THAT(payloads(again), ElementsAre("new 0", "new 1", "new 2", "new 3", "new 4"));
  settle(again);
}

// What follows a step back may lie beyond a gap: handing it out would let the watermark pass what was never read.
TEST_F(KafkaSourceTest, NothingIsHandedOutAfterAStepBack) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, std::to_string(i));
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  kafka.deliver_stale(kGroup, p0, 0);
  kafka.produce("orders", 0, "3");
  const std::shared_ptr<PartitionLedger> ledger = events.ledgers.at(p0);
  EXPECT_TRUE(nothing_to_read());
  EXPECT_EQ(ledger->position(), 3);
  advance(std::chrono::seconds(2));
  Batch again = read();
  EXPECT_THAT(payloads(again), ElementsAre("0", "1", "2", "3"));
  settle(again);
}

TEST_F(KafkaSourceTest, AFatalErrorMakesTheConsumerAnewWithBackoff) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  kafka.raise(kGroup, ClientTrouble{Error(Errc::already_exists, "another process uses instance id 'x'"), true});
  run_until_idle();
  EXPECT_TRUE(batch.messages()[0].ack.is_void());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_EQ(kafka.opened(kGroup), 1u);
  advance(std::chrono::milliseconds(1100));
  EXPECT_EQ(kafka.opened(kGroup), 2u);
  Batch again = read();
  EXPECT_THAT(payloads(again), ElementsAre("a"));
  give_up(batch);
  settle(again);
}

TEST_F(KafkaSourceTest, AMemberThatIsFencedAgainAndAgainBacksOff) {
  ASSERT_TRUE(start().has_value());
  const auto fence = [this] {
    kafka.raise(kGroup, ClientTrouble{Error(Errc::already_exists, "fenced"), true});
    run_until_idle();
  };
  fence();
  advance(std::chrono::milliseconds(1100));
  EXPECT_EQ(kafka.opened(kGroup), 2u);
  fence();
  advance(std::chrono::milliseconds(1100));
  EXPECT_EQ(kafka.opened(kGroup), 2u) << "the second pause is longer";
  advance(std::chrono::seconds(1));
  EXPECT_EQ(kafka.opened(kGroup), 3u);
  advance(std::chrono::minutes(3));
  fence();
  advance(std::chrono::milliseconds(1100));
  EXPECT_EQ(kafka.opened(kGroup), 4u) << "it had recovered";
}

TEST_F(KafkaSourceTest, ABrokerThatIsAwayIsReportedNowAndThenAndNeverFatal) {
  kafka.set_away(true);
  ASSERT_TRUE(start().has_value());
  for (int i = 0; i < 100; ++i)
    kafka.raise(kGroup, ClientTrouble{Error(Errc::unavailable, "no broker can be reached"), false});
  run_until_idle();
  EXPECT_THAT(events.reports, SizeIs(1));
  EXPECT_FALSE(source->at_end());
  advance(std::chrono::seconds(11));
  kafka.raise(kGroup, ClientTrouble{Error(Errc::unavailable, "no broker can be reached"), false});
  run_until_idle();
  EXPECT_THAT(events.reports, SizeIs(2));
  kafka.produce("orders", 0, "a");
  kafka.set_away(false);
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("a"));
  settle(batch);
}

TEST_F(KafkaSourceTest, AtEndOnceEveryPartitionWasReadToItsEnd) {
  kafka.produce("orders", 0, "a");
  kafka.auto_assign(false);
  ASSERT_TRUE(start().has_value());
  EXPECT_FALSE(source->at_end()) << "the group has not settled";
  kafka.assign_all(kGroup);
  run_until_idle();
  EXPECT_FALSE(source->at_end());
  Batch batch = read();
  settle(batch);
  EXPECT_TRUE(nothing_to_read());
  EXPECT_TRUE(source->at_end());
  kafka.produce("orders", 3, "b");
  Batch more = read();
  settle(more);
  kafka.revoke(kGroup);
  run_until_idle();
  EXPECT_FALSE(source->at_end()) << "nothing is assigned now, but something will be";
}

TEST_F(KafkaSourceTest, AnEmptyShareIsAnEnd) {
  kafka.auto_assign(false);
  ASSERT_TRUE(start().has_value());
  kafka.assign(kGroup, {});
  run_until_idle();
  EXPECT_THAT(events.epochs, ElementsAre(1u));
  EXPECT_TRUE(source->at_end());
}

TEST_F(KafkaSourceTest, StopReadingEndsAWaitingRead) {
  ASSERT_TRUE(start(2).has_value());
  EXPECT_TRUE(nothing_to_read(1));
  source->stop_reading();
  source->stop_reading();
  Result<std::optional<Batch>> ended = run(source->read(1));
  ASSERT_TRUE(ended.has_value());
  EXPECT_FALSE(ended->has_value());
}

TEST_F(KafkaSourceTest, ACancelledReadLosesNothing) {
  ASSERT_TRUE(start().has_value());
  EXPECT_TRUE(nothing_to_read());
  kafka.produce("orders", 0, "a");
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("a"));
  settle(batch);
}

TEST_F(KafkaSourceTest, CloseInTheMiddleOfARevokeEnds) {
  kafka.produce("orders", 0, "a");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  events.hold_revoke = true;
  kafka.revoke(kGroup);
  run_until_idle();
  run(source->close());
  run(source->close());
  EXPECT_TRUE(batch.messages()[0].ack.is_void());
  give_up(batch);
}

TEST_F(KafkaSourceTest, AnInstanceIdThatCannotBeHadRefusesToOpen) {
  KafkaSourceSettings settings;
  settings.find_instance_id = [] {
    return Result<std::string>(Error(Errc::io, "/data/kafka: disk full"));
  };
  const Result<void> opened = start(1, std::move(settings));
  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(opened.error().code(), Errc::io);
}

TEST_F(KafkaSourceTest, TheInstanceIdReachesTheClient) {
  KafkaSourceSettings settings;
  settings.find_instance_id = [] {
    return Result<std::string>("weir-1");
  };
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  EXPECT_EQ(kafka.settings(kGroup)->instance_id, "weir-1");
}

TEST_F(KafkaSourceTest, AStopKeepsThePlaceInTheGroupUnlessItIsForGood) {
  ASSERT_TRUE(start().has_value());
  run(source->close());
  EXPECT_EQ(kafka.left(kGroup), Leaving::for_a_restart);
  ASSERT_TRUE(start().has_value());
  source->leave_for_good();
  run(source->close());
  EXPECT_EQ(kafka.left(kGroup), Leaving::for_good);
}

TEST_F(KafkaSourceTest, ATopicThatStaysAwayIsSaidAgainEachMinute) {
  KafkaSourceSettings settings;
  settings.consumer.cluster.brokers = "kafka:9092";
  settings.consumer.topics = {"orders", "audit", "^later-.*"};
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  const auto said = [this] {
    return std::ranges::count_if(events.reports, [](const Error& error) {
      return error.message().find("weir topics create audit --brokers kafka:9092") != std::string::npos;
    });
  };
  advance(std::chrono::minutes(5));
  EXPECT_EQ(said(), 0) << "nobody has said that it is missing";
  kafka.raise(kGroup, ClientTrouble{Error(Errc::not_found, "no such topic"), false});
  advance(std::chrono::seconds(150));
  EXPECT_EQ(said(), 2);
  kafka.create_topic("audit", 1);
  advance(std::chrono::minutes(5));
  EXPECT_EQ(said(), 2);
}

TEST_F(KafkaSourceTest, WhoSetARecordsTimeComesAlong) {
  FakeRecord stored;
  stored.timestamp_kind = TimestampKind::log_append;
  kafka.produce("orders", 0, std::move(stored));
  kafka.produce("orders", 0, "made by its producer");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  ASSERT_EQ(batch.messages().size(), 2u);
  EXPECT_EQ(batch.messages()[0].origin.timestamp_kind, TimestampKind::log_append);
  EXPECT_EQ(batch.messages()[1].origin.timestamp_kind, TimestampKind::create);
  settle(batch);
}

}  // namespace
}  // namespace weir::connectors::kafka
