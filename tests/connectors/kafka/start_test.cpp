// Where reading begins: new groups, partitions and topics that appear later, commits that their log does not reach.
#include "connectors/kafka/start_plan.hpp"
#include "tests/connectors/kafka/source_fixture.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KafkaStartTest : public KafkaSourceTest {
 protected:
  static KafkaSourceSettings latest(std::vector<std::string> topics = {}) {
    KafkaSourceSettings settings;
    settings.consumer.from_latest = true;
    settings.consumer.topics = std::move(topics);
    return settings;
  }
  void stop() {
    run(source->close());
    source.reset();
  }
  void rebalance() {
    kafka.revoke(kGroup);
    kafka.assign_all(kGroup);
    run_until_idle();
  }
  void expect_to_read_the_first() {
    Batch batch = read();
    EXPECT_THAT(payloads(batch), ElementsAre("first"));
    settle(batch);
  }
  // As the runner's commit loop does.
  void commit_watermarks() {
    for (const auto& [id, ledger] : events.ledgers) {
      if (ledger->watermark() <= ledger->start()) continue;
      ASSERT_TRUE(commit(id.topic, id.partition, ledger->watermark()).has_value());
    }
  }
};

TEST_F(KafkaStartTest, ANewGroupThatBeginsAtTheLatestHasCommittedItBeforeItReads) {
  kafka.produce("orders", 0, "old");
  kafka.produce("orders", 0, "old");
  ASSERT_TRUE(start(1, latest()).has_value());
  EXPECT_EQ(kafka.committed(kGroup, p0), 2);
  EXPECT_EQ(kafka.committed(kGroup, p1), 0);
  stop();
  kafka.produce("orders", 0, "while it was stopped");
  kafka.produce("orders", 1, "here too");
  ASSERT_TRUE(start(1, latest()).has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("while it was stopped", "here too"));
  settle(batch);
}

// What others are given at the same time, or after this one has died, has begun too.
TEST_F(KafkaStartTest, TheFirstMemberFixesTheStartOfAllPartitionsNotOnlyOfItsShare) {
  kafka.produce("orders", 1, "old");
  kafka.auto_assign(false);
  ASSERT_TRUE(start(1, latest()).has_value());
  kafka.assign(kGroup, {p0});
  run_until_idle();
  EXPECT_EQ(kafka.committed(kGroup, p1), 1);
  kafka.produce("orders", 1, "new");
  kafka.revoke(kGroup);
  kafka.assign(kGroup, {p0, p1});
  run_until_idle();
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("new"));
  settle(batch);
}

TEST_F(KafkaStartTest, AMemberWithoutAShareFixesTheStartToo) {
  kafka.produce("orders", 0, "old");
  kafka.auto_assign(false);
  ASSERT_TRUE(start(1, latest()).has_value());
  kafka.assign(kGroup, {});
  run_until_idle();
  EXPECT_EQ(kafka.committed(kGroup, p0), 1);
}

// A first member that died half-way, commits that ran out, partitions that were added: the group is not new.
TEST_F(KafkaStartTest, AGroupWithAnyCommitIsNotNewAndReadsTheRestFromItsFirstRecord) {
  kafka.produce("orders", 0, "read");
  kafka.produce("orders", 1, "never read");
  kafka.set_committed(kGroup, p0, 1);
  ASSERT_TRUE(start(1, latest()).has_value());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("never read"));
  settle(batch);
}

TEST_F(KafkaStartTest, PartitionsThatAppearLaterAreReadFromTheirFirstRecord) {
  ASSERT_TRUE(start(1, latest()).has_value());
  kafka.add_partitions("orders", 1);
  kafka.produce("orders", 4, "first");
  rebalance();
  expect_to_read_the_first();
}

TEST_F(KafkaStartTest, ATopicThatAppearsLaterIsReadFromItsFirstRecord) {
  kafka.create_topic("audit-a", 1);
  kafka.produce("audit-a", 0, "old");
  ASSERT_TRUE(start(1, latest({"^audit-"})).has_value());
  kafka.create_topic("audit-b", 1);
  kafka.produce("audit-b", 0, "first");
  rebalance();
  expect_to_read_the_first();
}

// Without a commit the next start would take the group for a new one.
TEST_F(KafkaStartTest, TheStartOfATopicThatAppearsToAWaitingGroupIsThereToBeCommitted) {
  ASSERT_TRUE(start(1, latest({"later"})).has_value());
  kafka.create_topic("later", 1);
  kafka.assign_all(kGroup);
  run_until_idle();
  commit_watermarks();
  EXPECT_EQ(kafka.committed(kGroup, TopicPartition{"later", 0}), 0);
  stop();
  kafka.produce("later", 0, "first");
  ASSERT_TRUE(start(1, latest({"later"})).has_value());
  expect_to_read_the_first();
}

TEST_F(KafkaStartTest, WhatIsWrittenToATopicThatAGroupHasWaitedForIsReadFromItsFirstRecord) {
  ASSERT_TRUE(start(1, latest({"later"})).has_value());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("does not exist"));
  kafka.create_topic("later", 1);
  kafka.produce("later", 0, "first");
  kafka.assign_all(kGroup);
  run_until_idle();
  expect_to_read_the_first();
}

// An assignment may be older than what is known of the topic, and what is missing would not be fixed with the rest.
TEST_F(KafkaStartTest, NothingBeginsWhileAnAssignedPartitionIsNotAmongThoseOfItsTopic) {
  kafka.produce("orders", 0, "old");
  kafka.auto_assign(false);
  ASSERT_TRUE(start(1, latest()).has_value());
  kafka.assign(kGroup, {p0, TopicPartition{"orders", 9}});
  run_until_idle();
  EXPECT_THAT(kafka.commit_log(), IsEmpty());
  EXPECT_THAT(kafka.fetching(kGroup), IsEmpty());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("topic 'orders', partition 9"));
}

// Its start holds: the ends that were learned here are later ones.
TEST_F(KafkaStartTest, AGroupThatAnotherMemberBeginsMeanwhileIsNotNew) {
  kafka.produce("orders", 0, "behind the start");
  kafka.during_next_ranges([this] { kafka.set_committed(kGroup, p0, 0); });
  ASSERT_TRUE(start(1, latest()).has_value());
  EXPECT_THAT(kafka.commit_log(), IsEmpty());
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("behind the start"));
  settle(batch);
}

TEST_F(KafkaStartTest, NothingIsReadWhileTheStartCannotBeCommitted) {
  kafka.produce("orders", 0, "old");
  kafka.fail_commits(0, 1, Error(Errc::unavailable, "the coordinator moved"));
  ASSERT_TRUE(start(1, latest()).has_value());
  EXPECT_THAT(kafka.fetching(kGroup), IsEmpty());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("the start of a new group"));
  kafka.produce("orders", 0, "new");
  advance(std::chrono::seconds(2));
  EXPECT_EQ(kafka.committed(kGroup, p0), 2) << "what came before the group had begun is not its business";
  EXPECT_THAT(kafka.fetching(kGroup), SizeIs(4));
}

TEST_F(KafkaStartTest, ExpressionsMeanNoInternalTopics) {
  kafka.create_topic("__consumer_offsets", 1);
  ASSERT_TRUE(start(1, latest({"^.*"})).has_value());
  EXPECT_THAT(kafka.fetching(kGroup), SizeIs(4)) << "the four of orders";
}

class RetentionTest : public KafkaStartTest, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(EarliestAndLatest, RetentionTest, ::testing::Bool());

TEST_P(RetentionTest, WhatRetentionTookFromAStoppedGroupIsCountedAndTheOldestIsReadNext) {
  for (int i = 0; i < 10; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 2);
  kafka.remove_before("orders", 0, 7);
  KafkaSourceSettings settings;
  settings.consumer.from_latest = GetParam();
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  EXPECT_EQ(events.gone_records[p0], 5u);
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("'orders', partition 0: 5 offsets are gone unread"));
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 7) << "so that it is not counted again";
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("7", "8", "9"));
  settle(batch);
}

TEST_P(RetentionTest, ARetentionThatOvertakesWhileReadingIsCountedToo) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 0);
  KafkaSourceSettings settings;
  settings.consumer.from_latest = GetParam();
  settings.batch_messages = 1;
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  Batch batch = read();
  settle(batch);
  ASSERT_TRUE(commit("orders", 0, 1).has_value());
  kafka.remove_before("orders", 0, 2);
  EXPECT_TRUE(nothing_to_read());
  advance(std::chrono::seconds(2));
  EXPECT_EQ(events.gone_records[p0], 1u);
  Batch rest = read();
  EXPECT_THAT(payloads(rest), ElementsAre("2"));
  settle(rest);
}

TEST_P(RetentionTest, ACommitBeyondTheEndIsReplacedByTheFirstRecordThereIs) {
  for (int i = 0; i < 3; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 44);
  KafkaSourceSettings settings;
  settings.consumer.from_latest = GetParam();
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  EXPECT_TRUE(nothing_to_read());
  ASSERT_THAT(events.reports, SizeIs(1));
  EXPECT_THAT(events.reports[0].message(), HasSubstr("does not have offset 44, its log holds 0 to 3"));
  advance(std::chrono::seconds(2));
  EXPECT_EQ(events.ledgers.at(p0)->start(), -1);
  EXPECT_EQ(events.ledgers.at(p0)->watermark(), 0) << "to be committed before anything else is";
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("0", "1", "2"));
  settle(batch);
}

// The end that a broker tells is that of what is committed: a group may stand above it.
TEST_P(RetentionTest, ACommitAboveATransactionThatIsStillOpenIsNoNewLog) {
  for (int i = 0; i < 5; ++i) kafka.produce("orders", 0, std::to_string(i));
  kafka.set_committed(kGroup, p0, 4);
  kafka.hold_open("orders", 0, 2);
  KafkaSourceSettings settings;
  settings.consumer.from_latest = GetParam();
  ASSERT_TRUE(start(1, std::move(settings)).has_value());
  EXPECT_TRUE(nothing_to_read());
  EXPECT_THAT(events.reports, IsEmpty());
  EXPECT_EQ(events.ledgers.at(p0)->start(), 4);
  kafka.hold_open("orders", 0, kUnknownOffset);
  Batch batch = read();
  EXPECT_THAT(payloads(batch), ElementsAre("4"));
  settle(batch);
}

TEST(StartPlanTest, APartitionThatCannotBeAskedForIsSaidAndTheOthersAreReadAllTheSame) {
  StartFacts facts;
  facts.partitions = {{"orders", 0}, {"orders", 1}};
  facts.committed = {kUnknownOffset, 7};
  facts.ranges = {OffsetRange{-1, -1, "its disk is damaged"}, OffsetRange{0, 9, ""}};
  const std::vector<PlannedStart> plans = plan_starts(facts);
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[0].note, "topic 'orders', partition 0 cannot be read now, the others can: its disk is damaged");
  EXPECT_EQ(plans[0].start.offset, kFromBeginning);
  EXPECT_EQ(plans[1].note, "");
  EXPECT_EQ(plans[1].start.offset, 7);
}

}  // namespace
}  // namespace weir::connectors::kafka
