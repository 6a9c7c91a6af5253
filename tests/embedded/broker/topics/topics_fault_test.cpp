// Topics on a disk that fails, is damaged, or loses power between two steps.
#include "embedded/broker/topics/changes.hpp"
#include "tests/embedded/broker/topics/topics_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ErrorCode;

class TopicsFaultTest : public TopicsFixture {
 protected:
  std::filesystem::path first_segment(std::string_view topic, Partition partition) {
    const std::filesystem::path directory = directory_of(topics_->find(topic)->id) / std::to_string(partition);
    const std::vector<std::string> listed = files_.list(directory).value();
    for (const std::string& name : listed) {
      if (name.ends_with(".log")) return directory / name;
    }
    return {};
  }
};

TEST_F(TopicsFaultTest, AFullDiskRefusesAndLaterAccepts) {
  files_.fail(Operation::write, 1, ENOSPC);
  const TopicError error = topics_->create("orders", 1, {});
  EXPECT_EQ(error.code, ErrorCode::kafka_storage_error);
  EXPECT_THAT(error.message, HasSubstr("Nothing was changed"));
  EXPECT_EQ(topics_->find("orders"), nullptr);
  EXPECT_EQ(text(topics_->create("orders", 1, {})), "none");
  kill_and_start();
  EXPECT_THAT(names(), ElementsAre("orders"));
}

TEST_F(TopicsFaultTest, AFailedSyncEndsChangesUntilTheNextStart) {
  ASSERT_TRUE(topics_->create("users", 1, {}).ok());
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_EQ(topics_->create("orders", 1, {}).code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(topics_->find("orders"), nullptr);
  EXPECT_EQ(topics_->create("more", 1, {}).code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(topics_->remove("users").code, ErrorCode::kafka_storage_error);
  EXPECT_FALSE(topics_->next_producer_id());
  produce("users", 0);  // what is there is served
  kill_and_start();
  EXPECT_EQ(text(topics_->create("more", 1, {})), "none");
}

TEST_F(TopicsFaultTest, ATopicWhoseDeletionIsUncertainTakesNoMoreRecords) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  produce("orders", 0);
  int woken = 0;
  const storage::PartitionLog::Ticket ticket = topics_->find("orders")->partition(0)->watch([&] { ++woken; });
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_EQ(topics_->remove("orders").code, ErrorCode::kafka_storage_error);
  ASSERT_NE(topics_->find("orders"), nullptr);
  EXPECT_GE(woken, 1);
  // Acknowledged now, it would be lost if the next start finds the deletion.
  EXPECT_EQ(topics_->find("orders")->partition(0)->append(batch()).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(topics_->offline_partitions(), 2u);
  topics_->tend();
}

TEST_F(TopicsFaultTest, HalfAHugeSetOfChangesIsNotGoneOnFrom) {
  // Several entries of the journal; the second one finds no room.
  const TopicConfig config{{{"leader.replication.throttled.replicas", std::string(8000, '1')}}};
  Changes changes(*topics_);
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(changes.create("t" + std::to_string(i), 1, config).ok());
  files_.fail(Operation::write, 2, ENOSPC);
  EXPECT_EQ(changes.commit().code, ErrorCode::kafka_storage_error);
  // Some of them may be there after the next start: made anew now, they would be there twice.
  EXPECT_EQ(topics_->create("t0", 1, {}).code, ErrorCode::kafka_storage_error);
  kill_and_start();
  EXPECT_LT(topics_->all().size(), 300u);
  EXPECT_EQ(text(topics_->create("more", 1, {})), "none");
}

TEST_F(TopicsFaultTest, DeletionGoesOnWhereACrashLeftIt) {
  for (const bool rename_fails : {true, false}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
      produce("orders", 0);
      produce("orders", 1);
      if (rename_fails) files_.fail(Operation::rename, 1, EIO);
      ASSERT_EQ(text(topics_->remove("orders")), "none") << "the entry is what counts";
      if (seed > 4) topics_->tend();
      lose_power_and_start(seed);
      EXPECT_EQ(topics_->find("orders"), nullptr);
      for (int i = 0; i < 5; ++i) topics_->tend();
      EXPECT_EQ(files_.list("/data/topics").value(), std::vector<std::string>());
    }
  }
}

TEST_F(TopicsFaultTest, ACompactionRemembersDeletionsThatAreNotFinished) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  ASSERT_TRUE(topics_->create("users", 1, {}).ok());
  produce("orders", 0);
  const Uuid id = topics_->find("orders")->id;
  files_.fail(Operation::rename, 1, EIO);
  ASSERT_TRUE(topics_->remove("orders").ok());
  ASSERT_TRUE(exists(directory_of(id)));
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(topics_->configure("users", {{{"retention.ms", std::to_string(i)}}}).ok());
  }
  topics_->tend();
  ASSERT_LT(files_.contents("/data/meta/topics.log").size(), 2000u) << "not compacted";
  kill_and_start();
  topics_->tend();
  EXPECT_FALSE(exists(directory_of(id)));
  EXPECT_EQ(files_.list("/data/topics").value(), std::vector<std::string>());
}

TEST_F(TopicsFaultTest, ADeletionIsRememberedUntilItsRenameIsDurable) {
  ASSERT_TRUE(topics_->create("orders", 100, {}).ok());
  ASSERT_TRUE(topics_->create("users", 1, {}).ok());
  for (Partition i = 0; i < 100; ++i) produce("orders", i);
  const std::filesystem::path directory = directory_of(topics_->find("orders")->id);
  ASSERT_TRUE(topics_->remove("orders").ok());
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(topics_->configure("users", {{{"retention.ms", std::to_string(i)}}}).ok());
  }
  files_.fail(Operation::sync_directory, 1, EIO);
  topics_->tend();
  ASSERT_LT(files_.contents("/data/meta/topics.log").size(), 2000u) << "not compacted";
  files_.kill();
  end_process();
  // The power cut took the new name back.
  ASSERT_TRUE(disk_.rename(directory.string() + ".deleted", directory));
  start();
  for (int i = 0; i < 20; ++i) topics_->tend();
  EXPECT_EQ(files_.list("/data/topics").value(), std::vector<std::string>());
}

TEST_F(TopicsFaultTest, DirectoriesThatNobodyDeletedAreLeftAlone) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  produce("orders", 0);
  const std::filesystem::path stranger = directory_of(Uuid{7, 7}) / "0";
  ASSERT_TRUE(files_.make_directories(stranger));
  files_.put(stranger / "00000000000000000000.log", "data");
  // Somebody renamed the directory of a living topic by hand.
  const std::filesystem::path living = directory_of(topics_->find("orders")->id);
  ASSERT_TRUE(disk_.rename(living, living.string() + ".deleted"));
  kill_and_start();
  for (int i = 0; i < 3; ++i) topics_->tend();
  EXPECT_TRUE(exists(stranger / "00000000000000000000.log"));
  EXPECT_TRUE(exists(living.string() + ".deleted"));
}

TEST_F(TopicsFaultTest, ADamagedPartitionIsOfflineAndTheOthersServe) {
  ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  produce("orders", 0, 5);
  produce("orders", 1, 5);
  const std::filesystem::path segment = first_segment("orders", 0);
  files_.kill();
  end_process();
  files_.corrupt(segment, batch().size() + 65);  // in the second batch
  start();
  EXPECT_EQ(topics_->offline_partitions(), 1u);
  storage::PartitionLog* damaged = topics_->find("orders")->partition(0);
  EXPECT_TRUE(damaged->failed());
  EXPECT_EQ(damaged->append(batch()).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(damaged->read(0, 1000, true).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(topics_->find("orders")->partition(1)->end(), 5);
  produce("orders", 1);
  // A stop now is none in order: the next start may not trust files that nobody looked at.
  const Result<void> closed = topics_->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), Errc::corrupt) << "nothing else was wrong";
  end_process();
  options_.repair = true;
  start();
  EXPECT_EQ(topics_->offline_partitions(), 0u);
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 1);
  EXPECT_EQ(topics_->find("orders")->partition(1)->end(), 6);
}

TEST_F(TopicsFaultTest, ADamagedJournalRefusesTheStart) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(topics_->create("t" + std::to_string(i), 1, {}).ok());
  ASSERT_TRUE(topics_->next_producer_id());
  const std::filesystem::path path = "/data/meta/topics.log";
  files_.kill();
  end_process();
  files_.corrupt(path, files_.contents(path).size() / 2);
  EXPECT_THAT(refusal(), HasSubstr("topics.log"));
  options_.repair = true;
  start();
  EXPECT_LT(topics_->all().size(), 10u);
  EXPECT_GE(topics_->next_producer_id().value(), 1'000'000) << "the cut may have taken reserved ids";
}

TEST_F(TopicsFaultTest, AFailedCompactionLosesNothing) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(topics_->configure("orders", {{{"retention.ms", std::to_string(i)}}}).ok());
  }
  files_.fail(Operation::write, 1, ENOSPC);
  topics_->tend();
  EXPECT_EQ(text(topics_->create("users", 1, {})), "none");
  lose_power_and_start();
  EXPECT_THAT(names(), ElementsAre("orders", "users"));
  EXPECT_EQ(topics_->find("orders")->config.values.at("retention.ms"), "2999");
}

TEST_F(TopicsFaultTest, AFullDiskTakesWhatMakesRoom) {
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  ASSERT_TRUE(topics_->create("users", 1, {}).ok());
  files_.set_capacity(0);
  for (int i = 0; i < 2000; ++i) {
    const TopicError created = topics_->create("t" + std::to_string(i), 1, {});
    ASSERT_EQ(created.code, ErrorCode::kafka_storage_error);
    ASSERT_THAT(created.message, HasSubstr("the disk is full"));
  }
  EXPECT_EQ(topics_->grow("users", 2).code, ErrorCode::kafka_storage_error);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(text(topics_->configure("users", {{{"retention.ms", std::to_string(i)}}})), "none");
  }
  EXPECT_EQ(text(topics_->remove("orders")), "none");
  EXPECT_EQ(topics_->create("more", 1, {}).code, ErrorCode::kafka_storage_error);
  kill_and_start();
  EXPECT_THAT(names(), ElementsAre("users"));
  EXPECT_EQ(text(topics_->remove("users")), "none");
  files_.set_capacity(std::nullopt);
  EXPECT_EQ(text(topics_->create("more", 1, {})), "none");
}

// A topic made anew must not inherit offsets that the next start would find again.
TEST_F(TopicsFaultTest, ANameIsTakenUntilItIsForgottenForSure) {
  bool stored = false;
  std::vector<std::vector<std::string>> told;
  topics_->on_removed([&](const std::vector<std::string>& names) {
    told.push_back(names);
    return stored;
  });
  for (const char* name : {"a", "b"}) ASSERT_TRUE(topics_->create(name, 1, {}).ok());
  ASSERT_TRUE(topics_->remove("a").ok());
  ASSERT_TRUE(topics_->remove("b").ok());
  told.clear();
  Changes changes(*topics_);
  for (const char* name : {"a", "b"}) {
    const TopicError refused = changes.create(name, 1, {});
    EXPECT_EQ(refused.code, ErrorCode::kafka_storage_error);
    EXPECT_THAT(refused.message, IsSentence());
  }
  EXPECT_THAT(told, ElementsAre(std::vector<std::string>{"a", "b"})) << "one try, for all";
  EXPECT_EQ(topics_->create("a", 1, {}, /*validate_only=*/true).code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(text(topics_->create("c", 1, {})), "none");
  stored = true;
  EXPECT_EQ(text(topics_->create("a", 1, {})), "none");
  EXPECT_EQ(text(topics_->create("b", 1, {})), "none");
}

TEST_F(TopicsFaultTest, WhatIsNotForgottenIsTriedAgainNowAndThen) {
  bool stored = false;
  int told = 0;
  topics_->on_removed(
      [&](const std::vector<std::string>&) {
        ++told;
        return stored;
      },
      {"earlier"});
  EXPECT_EQ(topics_->create("earlier", 1, {}).code, ErrorCode::kafka_storage_error);
  topics_->tend();
  EXPECT_EQ(told, 2);
  stored = true;
  topics_->tend();
  topics_->tend();
  EXPECT_EQ(told, 3);
  EXPECT_EQ(text(topics_->create("earlier", 1, {})), "none");
  EXPECT_EQ(told, 3);
}

TEST_F(TopicsFaultTest, AMissingJournalRefusesTheStart) {
  const std::filesystem::path path = "/data/meta/topics.log";
  ASSERT_TRUE(topics_->create("orders", 1, {}).ok());
  produce("orders", 0);
  const Uuid id = topics_->find("orders")->id;
  files_.kill();
  end_process();
  const std::string journal = files_.contents(path);
  ASSERT_TRUE(files_.remove(path));
  EXPECT_THAT(refusal(), HasSubstr("topics.log' is missing"));
  EXPECT_THAT(refusal(), HasSubstr("repair"));
  EXPECT_FALSE(exists(path));
  options_.repair = true;
  start();
  EXPECT_TRUE(topics_->all().empty());
  EXPECT_TRUE(exists(directory_of(id))) << "the journal may be found again";
  files_.kill();
  end_process();
  files_.put(path, journal);
  options_.repair = false;
  start();
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 1);
}

TEST_F(TopicsFaultTest, TopicsWithoutRecordsAreMissedToo) {
  files_.kill();
  end_process();
  ASSERT_TRUE(files_.remove("/data/meta/topics.log"));
  files_.put("/data/topics/README", "no topic");
  EXPECT_EQ(refusal(), "") << "a first start that was cut off";
  ASSERT_TRUE(files_.remove("/data/meta/topics.log"));
  files_.put("/data/meta/groups.log", "made after it");
  EXPECT_THAT(refusal(), HasSubstr("topics.log' is missing"));
}

}  // namespace
}  // namespace weir::embedded::broker::topics
