// What a log's end, its damages and its disappearance do to a source that reads it.
#include "tests/connectors/kafka/source_fixture.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KafkaLogEndTest : public KafkaSourceTest {
 protected:
  // Why the lane stands still; the test has made sure that it does.
  std::string error_of_read() {
    Result<std::optional<Batch>> batch = run(source->read(0), std::chrono::seconds(1));
    return batch.has_error() ? batch.error().message() : "a batch, or the end";
  }
  std::shared_ptr<PartitionLedger> ledger() { return events.ledgers.at(p0); }
  // Three records are read and committed, then their topic is made anew.
  void read_three_and_recreate() {
    for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, "old");
    ASSERT_TRUE(start().has_value());
    Batch batch = read();
    settle(batch);
    ASSERT_TRUE(commit("orders", 0, 3).has_value());
    EXPECT_TRUE(nothing_to_read());
    kafka.recreate_topic("orders");
  }
};

// Control records of transactions, aborted records, a tail that was compacted away.
TEST_F(KafkaLogEndTest, TheWatermarkGoesToTheEndOfTheLogWhenAllBeforeItIsSettled) {
  kafka.produce("orders", 0, "a");
  kafka.skip_offsets("orders", 0, 2);
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_TRUE(nothing_to_read());
  EXPECT_EQ(ledger()->watermark(), 0) << "not before what was delivered is settled";
  settle(batch);
  EXPECT_EQ(ledger()->watermark(), 3);
  kafka.skip_offsets("orders", 0, 4);  // a transaction that was aborted
  EXPECT_TRUE(nothing_to_read());
  EXPECT_EQ(ledger()->watermark(), 7);
  kafka.produce("orders", 0, "b");
  Batch more = read();
  EXPECT_EQ(more.messages()[0].origin.offset, 7);
  settle(more);
}

TEST_F(KafkaLogEndTest, AnUnsettledMessageHoldsTheWatermarkBelowTheEnd) {
  kafka.produce("orders", 0, "a");
  kafka.skip_offsets("orders", 0, 2);
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_TRUE(nothing_to_read());
  give_up(batch);
  EXPECT_EQ(ledger()->watermark(), 0);
}

TEST_F(KafkaLogEndTest, APartitionOfAbortedRecordsOnlyIsCommittedToItsEnd) {
  kafka.skip_offsets("orders", 0, 6);
  ASSERT_TRUE(start().has_value());
  EXPECT_TRUE(nothing_to_read());
  EXPECT_EQ(ledger()->start(), 0);
  EXPECT_EQ(ledger()->watermark(), 6);
}

TEST_F(KafkaLogEndTest, ARecordThatClaimsAnOffsetBeyondTheEndStopsItsPartitionAndIsNeverCommitted) {
  kafka.produce("orders", 0, "a");
  kafka.produce("orders", 1, "b");
  kafka.produce_damaged("orders", 0, 43, "damaged");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("a", "b"));
  settle(batch);
  run_until_idle();
  const std::string said = error_of_read();
  EXPECT_THAT(said, HasSubstr("topic 'orders', partition 0, offset 43"));
  EXPECT_THAT(said, HasSubstr("its log holds 0 to 2"));
  EXPECT_THAT(said, HasSubstr("weir groups reset writer --topic orders"));
  EXPECT_EQ(ledger()->watermark(), 1);
  EXPECT_FALSE(source->at_end());
  EXPECT_THAT(events.reports, SizeIs(1));
  // The others go on.
  kafka.produce("orders", 1, "c");
  Batch more = read();
  EXPECT_THAT(payloads(more), ElementsAre("c"));
  settle(more);
  EXPECT_EQ(ledger()->watermark(), 1);
}

TEST_F(KafkaLogEndTest, ARecordThatFailsItsChecksumStopsItsPartitionAndNothingBehindItIsRead) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.corrupt("orders", 0, 1);
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("0"));
  settle(batch);
  EXPECT_TRUE(nothing_to_read());
  advance(std::chrono::seconds(2));
  EXPECT_EQ(kafka.opened(kGroup), 2u) << "it might have been the way and not the disk";
  Batch again = read();
  settle(again);
  run_until_idle();
  EXPECT_THAT(error_of_read(), HasSubstr("topic 'orders', partition 0, offset 1: the bytes are not those"));
  EXPECT_EQ(ledger()->watermark(), 1);
}

TEST_F(KafkaLogEndTest, ARecordThatWasDamagedOnItsWayOnlyIsReadTheSecondTime) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 1);
  kafka.corrupt("orders", 0, 1);
  ASSERT_TRUE(start().has_value());
  EXPECT_TRUE(nothing_to_read());
  kafka.heal("orders", 0, 1);
  advance(std::chrono::seconds(2));
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("1", "2"));
  settle(batch);
}

// By the time such a log is read it may have grown beyond what the record claims.
TEST_F(KafkaLogEndTest, OffsetsThatFallTheSameWayTwiceAreADamageAndNotANewLog) {
  kafka.produce("orders", 0, "a");
  kafka.produce_damaged("orders", 0, 4, "claims 4");
  for (int i = 0; i < 8; ++i) kafka.produce("orders", 0, "good");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("a", "claims 4"));
  settle(batch);
  advance(std::chrono::seconds(2));
  EXPECT_EQ(kafka.opened(kGroup), 2u) << "it might have been another log";
  Batch again = read();
  settle(again);
  run_until_idle();
  EXPECT_THAT(error_of_read(), HasSubstr("it follows offset 4 each time it is read"));
  advance(std::chrono::minutes(1));
  EXPECT_EQ(kafka.opened(kGroup), 2u) << "no loop";
}

TEST_F(KafkaLogEndTest, ATopicThatIsDeletedIsLostAndReadFromItsStartWhenItIsMadeAnew) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, "old");
  ASSERT_TRUE(start().has_value());
  Batch batch = read();
  settle(batch);
  ASSERT_TRUE(commit("orders", 0, 3).has_value());
  EXPECT_TRUE(nothing_to_read());
  kafka.delete_topic("orders");
  EXPECT_TRUE(nothing_to_read());
  EXPECT_THAT(events.lost_partitions, SizeIs(1));
  EXPECT_TRUE(ledger()->is_void()) << "nothing of it is committed any more";
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("orders does not exist"));
  kafka.create_topic("orders", 4);
  for (int i = 0; i < 5; ++i) kafka.produce("orders", 0, "new " + std::to_string(i));
  advance(std::chrono::seconds(2));
  Batch anew = read();
  EXPECT_EQ(anew.size(), 5u) << "also what lies below the offset that was committed before";
  EXPECT_EQ(anew.messages()[0].payload, "new 0");
  settle(anew);
}

TEST_F(KafkaLogEndTest, ATopicThatIsDeletedWhileEverythingIsReadIsWaitedFor) {
  ASSERT_TRUE(start().has_value());
  EXPECT_TRUE(nothing_to_read());
  kafka.delete_topic("orders");
  EXPECT_TRUE(nothing_to_read());
  EXPECT_FALSE(source->at_end());
  advance(std::chrono::seconds(2));
  EXPECT_FALSE(source->at_end()) << "it waits for it, as at a start";
  EXPECT_THAT(source->waiting_for(), HasSubstr("does not exist"));
  EXPECT_THAT(kafka.fetching(kGroup), IsEmpty());
}

TEST_F(KafkaLogEndTest, ALogThatWasCutBelowThePositionIsReadFromWhatIsLeft) {
  read_three_and_recreate();
  kafka.produce("orders", 0, "new 0");
  EXPECT_TRUE(nothing_to_read());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("does not have offset 3, its log holds 0 to 1"));
  for (int i = 1; i < 5; ++i) kafka.produce("orders", 0, "new");
  advance(std::chrono::seconds(2));
  Batch anew = read();
  EXPECT_EQ(anew.size(), 5u);
  settle(anew);
}

// What is not believed is one offset: whoever had the partition meanwhile has committed what it read of the new log.
TEST_F(KafkaLogEndTest, ACommitThatHasTakenThePlaceOfTheOneThatIsNotBelievedIsBelieved) {
  read_three_and_recreate();
  EXPECT_TRUE(nothing_to_read());
  ASSERT_THAT(events.reports, SizeIs(1));
  for (int i = 0; i < 5; ++i) kafka.produce("orders", 0, "new " + std::to_string(i));
  kafka.set_committed(kGroup, p0, 4);
  advance(std::chrono::seconds(2));
  Batch anew = read();
  EXPECT_THAT(payloads(anew), ElementsAre("new 4"));
  settle(anew);
}

// A rebalance may come before the first commit in the new log.
TEST_F(KafkaLogEndTest, ACommitThatIsNotBelievedStaysSoUntilAnotherHasTakenItsPlace) {
  read_three_and_recreate();
  EXPECT_TRUE(nothing_to_read());
  for (int i = 0; i < 5; ++i) kafka.produce("orders", 0, "new " + std::to_string(i));
  advance(std::chrono::seconds(2));
  kafka.revoke(kGroup);
  kafka.assign_all(kGroup);
  run_until_idle();
  Batch anew = read();
  EXPECT_EQ(anew.size(), 5u);
  settle(anew);
}

TEST_F(KafkaLogEndTest, WhoWaitsIsToldWhyAndNotOfKilledMembersBeforeABrokerHasAnswered) {
  kafka.set_away(true);
  ASSERT_TRUE(start().has_value());
  EXPECT_THAT(source->waiting_for(), HasSubstr("no broker can be reached"));
  run(source->close());
  kafka.set_away(false);
  kafka.auto_assign(false);
  ASSERT_TRUE(start().has_value());
  EXPECT_THAT(source->waiting_for(), HasSubstr("a member that was killed"));
}

}  // namespace
}  // namespace weir::connectors::kafka
