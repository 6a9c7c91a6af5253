#include "embedded/broker/topics/topics.hpp"

#include "embedded/broker/topics/changes.hpp"
#include "tests/embedded/broker/topics/topics_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ErrorCode;

class TopicsTest : public TopicsFixture {};

TEST_F(TopicsTest, AnEmptyBrokerHasNoTopics) {
  EXPECT_TRUE(topics_->all().empty());
  EXPECT_EQ(topics_->find("orders"), nullptr);
  EXPECT_EQ(topics_->find(Uuid{1, 1}), nullptr);
  EXPECT_EQ(topics_->remove("orders").code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics_->grow("orders", 2).code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics_->configure("orders", {}).code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(TopicsTest, CreatedTopicsAreFoundByNameAndIdAlsoAfterAPowerCut) {
  ASSERT_EQ(text(topics_->create("orders", 3, {{{"retention.ms", "5"}}})), "none");
  ASSERT_EQ(text(topics_->create("users", -1, {})), "none");
  const Uuid id = topics_->find("orders")->id;
  for (const std::uint64_t seed : {0, 1, 2}) {
    EXPECT_THAT(names(), ElementsAre("orders", "users"));
    const Topic* orders = topics_->find(id);
    ASSERT_NE(orders, nullptr);
    EXPECT_EQ(orders->name, "orders");
    EXPECT_EQ(orders->partitions.size(), 3u);
    EXPECT_EQ(orders->config.values.at("retention.ms"), "5");
    EXPECT_EQ(topics_->find("users")->partitions.size(), 1u);
    EXPECT_EQ(topics_->partition_count(), 4);
    lose_power_and_start(seed);
  }
}

TEST_F(TopicsTest, PartitionsAreFoundByNumber) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  const Topic* topic = topics_->find("orders");
  EXPECT_NE(topic->partition(0), nullptr);
  EXPECT_NE(topic->partition(1), topic->partition(0));
  EXPECT_EQ(topic->partition(2), nullptr);
  EXPECT_EQ(topic->partition(-1), nullptr);
}

TEST_F(TopicsTest, ATopicWithManyPartitionsTouchesNoDirectories) {
  const std::uint64_t opened = files_.count(Operation::open);
  const std::uint64_t synced = files_.count(Operation::sync_directory);
  ASSERT_TRUE(topics_->create("orders", 2'000, {}).ok());
  EXPECT_EQ(files_.count(Operation::open), opened);
  EXPECT_EQ(files_.count(Operation::sync_directory), synced);
  EXPECT_FALSE(exists(directory_of(topics_->find("orders")->id)));
}

TEST_F(TopicsTest, NamesAreCheckedAsKafkaDoes) {
  EXPECT_EQ(topics_->create("a b", 1, {}).code, ErrorCode::invalid_topic_exception);
  ASSERT_TRUE(topics_->create("a.b", 1, {}).ok());
  EXPECT_EQ(topics_->create("a.b", 1, {}).code, ErrorCode::topic_already_exists);
  const TopicError collision = topics_->create("a_b", 1, {});
  EXPECT_EQ(collision.code, ErrorCode::invalid_topic_exception);
  EXPECT_THAT(collision.message, HasSubstr("'a.b'"));
  ASSERT_TRUE(topics_->remove("a.b").ok());
  EXPECT_EQ(text(topics_->create("a_b", 1, {})), "none");
  kill_and_start();
  EXPECT_EQ(topics_->create("a.b", 1, {}).code, ErrorCode::invalid_topic_exception);
}

TEST_F(TopicsTest, PartitionsAreLimitedPerTopicAndInAll) {
  EXPECT_EQ(topics_->create("t", 0, {}).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(topics_->create("t", -2, {}).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(topics_->create("t", 10'001, {}).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(topics_->create("t", 1'000'000, {}).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(topics_->create("t", 2'147'483'647, {}).code, ErrorCode::invalid_partitions);
  options_.max_partitions_per_topic = 100;
  options_.max_partitions = 300;
  kill_and_start();
  for (const char* name : {"a", "b"}) ASSERT_TRUE(topics_->create(name, 100, {}).ok());
  EXPECT_EQ(topics_->create("c", 101, {}).code, ErrorCode::invalid_partitions);
  ASSERT_TRUE(topics_->create("c", 99, {}).ok());
  EXPECT_EQ(topics_->create("u", 2, {}).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(text(topics_->create("u", 1, {})), "none");
  EXPECT_EQ(topics_->grow("c", 100).code, ErrorCode::invalid_partitions);
  ASSERT_TRUE(topics_->remove("u").ok());
  EXPECT_EQ(text(topics_->grow("c", 100)), "none");
  EXPECT_EQ(topics_->partition_count(), 300);
}

TEST_F(TopicsTest, ALowerLimitDoesNotLockOutWhatIsThere) {
  ASSERT_TRUE(topics_->create("orders", 50, {}).ok());
  options_.max_partitions_per_topic = 10;
  options_.max_partitions = 10;
  kill_and_start();
  EXPECT_EQ(topics_->find("orders")->partitions.size(), 50u);
  EXPECT_EQ(topics_->create("users", 1, {}).code, ErrorCode::invalid_partitions);
}

TEST_F(TopicsTest, GrowsAndKeepsWhatIsThere) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  produce("orders", 1);
  EXPECT_EQ(topics_->grow("orders", 2).code, ErrorCode::invalid_partitions);
  EXPECT_EQ(topics_->grow("orders", 1).code, ErrorCode::invalid_partitions);
  ASSERT_TRUE(topics_->grow("orders", 4, /*validate_only=*/true).ok());
  EXPECT_EQ(topics_->find("orders")->partitions.size(), 2u);
  ASSERT_TRUE(topics_->grow("orders", 4).ok());
  produce("orders", 3);
  kill_and_start();
  const Topic* topic = topics_->find("orders");
  ASSERT_EQ(topic->partitions.size(), 4u);
  EXPECT_EQ(topic->partition(1)->end(), 1);
  EXPECT_EQ(topic->partition(2)->end(), 0);
  EXPECT_EQ(topic->partition(3)->end(), 1);
}

TEST_F(TopicsTest, SettingsReachTheLogsNowAndAfterARestart) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  produce("orders", 0);
  EXPECT_EQ(topics_->configure("orders", {{{"retention.sm", "5"}}}).code, ErrorCode::invalid_config);
  ASSERT_TRUE(topics_->configure("orders", {{{"max.message.bytes", "10"}}}, /*validate_only=*/true).ok());
  produce("orders", 0);
  ASSERT_TRUE(topics_->configure("orders", {{{"max.message.bytes", "10"}}}).ok());
  EXPECT_EQ(topics_->find("orders")->partition(0)->append(batch()).error, ErrorCode::message_too_large);
  kill_and_start();
  EXPECT_EQ(topics_->find("orders")->partition(0)->append(batch()).error, ErrorCode::message_too_large);
  ASSERT_TRUE(topics_->configure("orders", {}).ok());
  produce("orders", 0);
}

TEST_F(TopicsTest, ValidatingChangesNothing) {
  EXPECT_EQ(text(topics_->create("orders", 3, {}, /*validate_only=*/true)), "none");
  EXPECT_EQ(topics_->find("orders"), nullptr);
  kill_and_start();
  EXPECT_TRUE(topics_->all().empty());
}

TEST_F(TopicsTest, ADeletedTopicIsGoneAndItsNameIsANewTopic) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  produce("orders", 0, 3);
  const Uuid old = topics_->find("orders")->id;
  std::vector<std::string> told;
  topics_->on_removed([&](const std::vector<std::string>& names) {
    for (const std::string& name : names) EXPECT_EQ(topics_->find(name), nullptr);
    told = names;
    return true;
  });
  ASSERT_TRUE(topics_->remove("orders").ok());
  EXPECT_THAT(told, ElementsAre("orders"));
  EXPECT_EQ(topics_->find(old), nullptr);
  EXPECT_EQ(topics_->partition_count(), 0);
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  EXPECT_NE(topics_->find("orders")->id, old);
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 0);
  lose_power_and_start();
  EXPECT_EQ(topics_->find(old), nullptr);
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 0);
}

// Whoever keeps something for them can make it durable at once.
TEST_F(TopicsTest, TopicsThatAreDeletedTogetherAreToldTogether) {
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(topics_->create(name, 1, {}).ok());
  std::vector<std::vector<std::string>> told;
  topics_->on_removed([&](const std::vector<std::string>& names) {
    EXPECT_EQ(topics_->all().size(), 1u) << "all of them have gone by now";
    told.push_back(names);
    return true;
  });
  Changes changes(*topics_);
  ASSERT_TRUE(changes.remove("c").ok());
  ASSERT_TRUE(changes.remove("a").ok());
  ASSERT_TRUE(changes.commit().ok());
  EXPECT_THAT(told, ElementsAre(std::vector<std::string>{"c", "a"}));
  ASSERT_TRUE(topics_->create("d", 1, {}).ok());
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(TopicsTest, ACloseGuardsTheJournalToItsEndAndNothingComesBehindIt) {
  const std::filesystem::path journal = "/data/meta/topics.log";
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  const std::uint64_t last = files_.contents(journal).size() - 1;
  ASSERT_TRUE(topics_->close());
  const std::string bytes = files_.contents(journal);
  topics_.reset();
  EXPECT_EQ(files_.contents(journal), bytes);
  files_.corrupt(journal, last);
  EXPECT_THAT(refusal(), HasSubstr("is damaged at byte"));
  files_.corrupt(journal, last);
  start();
  EXPECT_THAT(names(), ElementsAre("orders"));
}

TEST_F(TopicsTest, WhoWaitsForADeletedTopicIsWokenAndReadersFinish) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  produce("orders", 0, 3);
  storage::PartitionLog* log = topics_->find("orders")->partition(0);
  const storage::Fetched fetched = log->read(0, 1 << 20, true);
  ASSERT_EQ(fetched.error, ErrorCode::none);
  int woken = 0;
  const storage::PartitionLog::Ticket ticket = log->watch([&] {
    EXPECT_EQ(topics_->find("orders"), nullptr);
    ++woken;
  });
  std::optional<ErrorCode> durable;
  log->when_durable(100, [&](ErrorCode code) { durable = code; });
  ASSERT_TRUE(topics_->remove("orders").ok());
  EXPECT_GE(woken, 1);
  EXPECT_EQ(durable, ErrorCode::unknown_topic_or_partition);
  for (int i = 0; i < 3; ++i) topics_->tend();
  for (const wire::FileSlice& slice : fetched.records.slices) {
    std::string bytes(slice.size, '\0');
    EXPECT_TRUE(slice.file->read_at(slice.position, bytes)) << "the slice keeps the file";
  }
  EXPECT_EQ(fetched.records.size(), 3 * batch().size());
}

TEST_F(TopicsTest, FilesOfADeletedTopicGoStepByStep) {
  ASSERT_TRUE(topics_->create("orders", 100, {}).ok());
  for (Partition i = 0; i < 100; ++i) produce("orders", i);
  const std::filesystem::path directory = directory_of(topics_->find("orders")->id);
  ASSERT_TRUE(exists(directory));
  ASSERT_TRUE(topics_->remove("orders").ok());
  EXPECT_FALSE(exists(directory));
  const std::filesystem::path trash = directory.string() + ".deleted";
  EXPECT_TRUE(exists(trash));
  topics_->tend();
  EXPECT_TRUE(exists(trash)) << "all at once would keep requests waiting";
  for (int i = 0; i < 20; ++i) topics_->tend();
  EXPECT_EQ(files_.list("/data/topics").value(), std::vector<std::string>());
}

TEST_F(TopicsTest, ManyChangesCostOneSync) {
  const std::uint64_t before = files_.count(Operation::sync);
  Changes changes(*topics_);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(changes.create("t" + std::to_string(i), 1, {}).ok());
  EXPECT_TRUE(topics_->all().empty()) << "visible before it is durable";
  ASSERT_EQ(text(changes.commit()), "none");
  EXPECT_EQ(files_.count(Operation::sync), before + 1);
  lose_power_and_start();
  EXPECT_EQ(topics_->all().size(), 1000u);
}

TEST_F(TopicsTest, ASetOfChangesIsWrittenWholeOrNotAtAll) {
  const std::uint64_t before = files_.count(Operation::write);
  Changes changes(*topics_);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(changes.create("t" + std::to_string(i), 1, {}).ok());
  ASSERT_TRUE(changes.commit().ok());
  EXPECT_EQ(files_.count(Operation::write), before + 1) << "two writes could be torn apart";
}

TEST_F(TopicsTest, OneSetOfChangesTakesATopicOnce) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  Changes changes(*topics_);
  EXPECT_TRUE(changes.create("a.b", 1, {}).ok());
  EXPECT_EQ(changes.create("a_b", 1, {}).code, ErrorCode::invalid_topic_exception);
  EXPECT_TRUE(changes.grow("orders", 2).ok());
  EXPECT_EQ(changes.remove("orders").code, ErrorCode::invalid_request);
  ASSERT_TRUE(changes.commit().ok());
  EXPECT_THAT(names(), ElementsAre("a.b", "orders"));
}

TEST_F(TopicsTest, ProducerIdsAreNeverGivenTwice) {
  std::int64_t last = -1;
  for (std::uint64_t life = 0; life < 4; ++life) {
    for (int i = 0; i < 1500; ++i) {
      const Result<std::int64_t> id = topics_->next_producer_id();
      ASSERT_TRUE(id);
      ASSERT_GT(*id, last);
      last = *id;
    }
    EXPECT_TRUE(topics_->knows_producer_id(last));
    EXPECT_TRUE(topics_->knows_producer_id(0));
    EXPECT_FALSE(topics_->knows_producer_id(last + 1));
    EXPECT_FALSE(topics_->knows_producer_id(-1));
    lose_power_and_start(life);
    EXPECT_TRUE(topics_->knows_producer_id(last));
  }
}

TEST_F(TopicsTest, ProducerIdsCostOneSyncPerBlock) {
  const std::uint64_t before = files_.count(Operation::sync);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(topics_->next_producer_id());
  EXPECT_EQ(files_.count(Operation::sync), before + 1);
}

TEST_F(TopicsTest, TheJournalIsCompactedWhenItHasGrown) {
  ASSERT_TRUE(topics_->create("orders", 3, {}).ok());
  ASSERT_TRUE(topics_->next_producer_id());
  const std::filesystem::path path = "/data/meta/topics.log";
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(topics_->configure("orders", {{{"retention.ms", std::to_string(i)}}}).ok());
  }
  const std::size_t grown = files_.contents(path).size();
  topics_->tend();
  EXPECT_LT(files_.contents(path).size(), grown / 50);
  lose_power_and_start();
  EXPECT_EQ(topics_->find("orders")->config.values.at("retention.ms"), "2999");
  EXPECT_EQ(topics_->find("orders")->partitions.size(), 3u);
  EXPECT_GE(topics_->next_producer_id().value(), 1000);
}

TEST_F(TopicsTest, TendsTheLogs) {
  ASSERT_TRUE(topics_->create("orders", 1, {{{"segment.bytes", "100"}, {"retention.bytes", "0"}}}).ok());
  produce("orders", 0, 5);
  topics_->tend();
  EXPECT_EQ(topics_->find("orders")->partition(0)->log_start(), 0) << "what has just come can be read before it goes";
  clock_.advance(std::chrono::minutes(5));
  topics_->tend();
  EXPECT_GT(topics_->find("orders")->partition(0)->log_start(), 0);
}

TEST_F(TopicsTest, AStopInOrderKeepsEverything) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  produce("orders", 0, 3);
  ASSERT_TRUE(topics_->close());
  end_process();
  options_.clean = true;
  start();
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 3);
  EXPECT_EQ(topics_->offline_partitions(), 0u);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
