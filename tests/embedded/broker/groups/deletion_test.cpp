#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <cerrno>

namespace weir::embedded::broker::groups {
namespace {

class GroupDeletionTest : public GroupsTest {
 protected:
  Answer<wire::DeleteGroupsResponse> remove(const std::vector<std::string_view>& groups) {
    wire::DeleteGroupsRequest request;
    request.groups = groups;
    Answer<wire::DeleteGroupsResponse> answer;
    coordinator->delete_groups({}, request, answer.reply());
    flush();
    return answer;
  }
  Answer<wire::OffsetDeleteResponse> remove_offsets(
      const std::vector<std::pair<std::string_view, std::vector<Partition>>>& topics, std::string_view group = "g") {
    wire::OffsetDeleteRequest request;
    request.group_id = group;
    for (const auto& [name, partitions] : topics) {
      auto& topic = request.topics.emplace_back();
      topic.name = name;
      for (const Partition index : partitions) topic.partitions.push_back({index});
    }
    Answer<wire::OffsetDeleteResponse> answer;
    coordinator->offset_delete({}, request, answer.reply());
    flush();
    return answer;
  }
};

TEST_F(GroupDeletionTest, OnlyEmptyGroupsGo) {
  stable_group(1, {.group = "live"});
  commit({.offset = 5, .group = "plain"});
  const auto answer = remove({"plain", "live", "none", "plain"});
  ASSERT_EQ(answer->results.size(), 4u);
  EXPECT_EQ(answer->results[0].error_code, ErrorCode::none);
  EXPECT_EQ(answer->results[0].group_id, "plain");
  EXPECT_EQ(answer->results[1].error_code, ErrorCode::non_empty_group);
  EXPECT_EQ(answer->results[2].error_code, ErrorCode::group_id_not_found);
  EXPECT_EQ(answer->results[3].error_code, ErrorCode::group_id_not_found);
  EXPECT_EQ(fetch("t", 0, "plain"), -1);
  EXPECT_EQ(state("plain"), "Dead");
  lose_power(3);
  EXPECT_EQ(state("plain"), "Dead");
  EXPECT_EQ(state("live"), "Stable");
}

TEST_F(GroupDeletionTest, IsAnsweredWhenItIsOnDisk) {
  commit({.offset = 5});
  corked = true;
  const auto answer = remove({"g"});
  EXPECT_FALSE(answer.here());
  EXPECT_EQ(state(), "Dead");
  flusher.run_round();
  EXPECT_EQ(answer->results.at(0).error_code, ErrorCode::none);
}

TEST_F(GroupDeletionTest, ACommitInWorkDoesNotBringTheGroupBack) {
  corked = true;
  const Committed pending = commit({.offset = 5});
  const auto answer = remove({"g"});
  const Committed later = commit({.offset = 6, .partition = 1});
  flusher.run_until_idle();
  EXPECT_TRUE(pending.here() && answer.here() && later.here());
  EXPECT_EQ(fetch("t", 0), -1);
  EXPECT_EQ(fetch("t", 1), 6);
  corked = false;
  restart();
  EXPECT_EQ(fetch("t", 0), -1);
  EXPECT_EQ(fetch("t", 1), 6);
}

TEST_F(GroupDeletionTest, IdsGivenOutGoWithTheGroup) {
  const std::string id = join({})->member_id;
  EXPECT_EQ(remove({"g"})->results.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(join({.member = id})->error_code, ErrorCode::unknown_member_id);
  pass(std::chrono::minutes(1));
}

TEST_F(GroupDeletionTest, AFailedDeletionIsTold) {
  commit({.offset = 5});
  files.fail_all(storage::FaultFileSystem::Operation::write, ENOSPC);
  EXPECT_EQ(remove({"g"})->results.at(0).error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(fetch(), 5);
  files.heal();
  corked = true;
  const auto answer = remove({"g"});
  flusher.fail_next(Error(Errc::io, "the disk is gone"));
  flusher.run_round();
  EXPECT_EQ(answer->results.at(0).error_code, ErrorCode::coordinator_not_available);
}

TEST_F(GroupDeletionTest, OffsetsOfAnEmptyGroupGoOneByOne) {
  EXPECT_EQ(remove_offsets({{"t", {0}}})->error_code, ErrorCode::group_id_not_found);
  commit({.offset = 1});
  commit({.offset = 2, .partition = 1});
  corked = true;
  const Committed pending = commit({.offset = 3, .partition = 2});
  const auto answer = remove_offsets({{"t", {0, 2, 3, 9}}, {"none", {0}}});
  EXPECT_FALSE(answer.here());
  flusher.run_until_idle();
  EXPECT_EQ(answer->error_code, ErrorCode::none);
  const auto& partitions = answer->topics.at(0).partitions;
  ASSERT_EQ(partitions.size(), 4u);
  EXPECT_EQ(partitions[0].error_code, ErrorCode::none);
  EXPECT_EQ(partitions[2].error_code, ErrorCode::none);  // there was none to delete
  EXPECT_EQ(partitions[3].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fetch("t", 0), -1);
    EXPECT_EQ(fetch("t", 1), 2);
    EXPECT_EQ(fetch("t", 2), -1);
    restart();
  }
}

TEST_F(GroupDeletionTest, OffsetsInUseStay) {
  const auto ids = stable_group(1, {.protocols = {{"range", subscription({"t"})}}});
  commit({.member = ids[0], .generation = 1, .offset = 1});
  commit({.member = ids[0], .generation = 1, .offset = 2, .topic = "u"});
  const auto answer = remove_offsets({{"t", {0}}, {"u", {0}}});
  EXPECT_EQ(answer->error_code, ErrorCode::none);
  EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code, ErrorCode::group_subscribed_to_topic);
  EXPECT_EQ(answer->topics.at(1).partitions.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(fetch("t"), 1);
  EXPECT_EQ(fetch("u"), -1);
}

TEST_F(GroupDeletionTest, ASubscriptionThatCannotBeReadMayBeToAnything) {
  stable_group(1, {.protocols = {{"range", "hostile"}}});
  EXPECT_EQ(remove_offsets({{"t", {0}}})->topics.at(0).partitions.at(0).error_code,
            ErrorCode::group_subscribed_to_topic);
}

TEST_F(GroupDeletionTest, LiveGroupsOfOtherTypesKeepAll) {
  stable_group(1, {.type = "connect"});
  EXPECT_EQ(remove_offsets({{"t", {0}}})->error_code, ErrorCode::non_empty_group);
}

TEST_F(GroupDeletionTest, ATopicTakesItsOffsetsAlong) {
  commit({.offset = 1, .group = "a"});
  commit({.offset = 2, .topic = "u", .group = "a"});
  commit({.offset = 3, .group = "b"});
  corked = true;
  const Committed pending = commit({.offset = 4, .partition = 1, .group = "c"});
  coordinator->forget_topics({"t"});
  EXPECT_EQ(fetch("t", 0, "a"), -1);  // at once: a new topic may have that name
  flusher.run_until_idle();
  EXPECT_TRUE(pending.here());
  corked = false;
  commit({.offset = 9, .partition = 2, .group = "b"});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fetch("t", 0, "a"), -1);
    EXPECT_EQ(fetch("u", 0, "a"), 2);
    EXPECT_EQ(fetch("t", 0, "b"), -1);
    EXPECT_EQ(fetch("t", 1, "c"), -1);
    EXPECT_EQ(fetch("t", 2, "b"), 9);
    lose_power(5);
  }
}

TEST_F(GroupDeletionTest, ManyTopicsTakeTheirOffsetsAlongWithOneSync) {
  options.partition_exists = {};
  open();
  std::vector<std::string> topics;
  for (int i = 0; i < 100; ++i) {
    topics.push_back("t" + std::to_string(i));
    commit({.offset = 1, .topic = topics.back()});
    commit({.offset = 2, .topic = topics.back(), .group = "h" + std::to_string(i)});
  }
  commit({.offset = 3, .topic = "kept"});
  const auto syncs = [this] {
    return files.count(storage::FaultFileSystem::Operation::sync);
  };
  const std::uint64_t before = syncs();
  coordinator->forget_topics(topics);
  EXPECT_EQ(syncs() - before, 1u);
  coordinator->forget_topics({"never used"});
  EXPECT_EQ(syncs() - before, 1u) << "there was nothing to forget";
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(fetch(topics[static_cast<std::size_t>(i)]), -1);
      EXPECT_EQ(fetch(topics[static_cast<std::size_t>(i)], 0, "h" + std::to_string(i)), -1);
    }
    EXPECT_EQ(fetch("kept"), 3);
    lose_power(4);
  }
}

TEST_F(GroupDeletionTest, OffsetsNamedTwiceAreAnsweredOnce) {
  commit({.offset = 1});
  const auto answer = remove_offsets({{"t", {0, 1, 0}}, {"none", {0}}, {"t", {1, 2}}});
  ASSERT_EQ(answer->topics.size(), 2u);
  EXPECT_EQ(answer->topics[0].name, "t");
  EXPECT_EQ(answer->topics[0].partitions.size(), 3u);
  EXPECT_EQ(answer->topics[1].name, "none");
  EXPECT_EQ(answer->topics[1].partitions.size(), 1u);
}

// Both would take minutes if everything named were compared with everything there.
TEST_F(GroupDeletionTest, ManyOffsetsGoAtOnceWhileManyCommitsAreInWork) {
  options.partition_exists = {};
  open();
  corked = true;
  for (int i = 0; i < 4; ++i) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.topics.resize(1);
    request.topics[0].name = "t";
    for (Partition p = 0; p < 60'000; ++p) request.topics[0].partitions.push_back({p, 7, -1, {}});
    coordinator->offset_commit({}, request, [](const wire::OffsetCommitResponse&) {});
  }
  std::vector<std::pair<std::string_view, std::vector<Partition>>> topics;
  for (Partition p = 200'000; p > 0; --p) topics.push_back({"t", {p}});
  const auto answer = remove_offsets(topics);
  flusher.run_until_idle();
  EXPECT_EQ(answer->error_code, ErrorCode::none);
  EXPECT_EQ(fetch("t", 0), 7);
  EXPECT_EQ(fetch("t", 1), -1);
}

TEST_F(GroupDeletionTest, SubscriptionsAreReadOnceForAllTopics) {
  std::vector<std::string> subscribed;
  for (int i = 0; i < 20'000; ++i) subscribed.push_back("s" + std::to_string(i));
  stable_group(1, {.protocols = {{"range", subscription(subscribed)}}});
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back("n" + std::to_string(i));
  names.push_back("s19999");
  std::vector<std::pair<std::string_view, std::vector<Partition>>> topics;
  for (const std::string& name : names) topics.push_back({name, {0}});
  const auto answer = remove_offsets(topics);
  EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics.at(100'000).partitions.at(0).error_code, ErrorCode::group_subscribed_to_topic);
}

TEST_F(GroupDeletionTest, ATopicIsForgottenAgainUntilThatIsOnDisk) {
  commit({.offset = 10});
  commit({.offset = 11, .topic = "u"});
  EXPECT_TRUE(coordinator->forget_topics({"never used"}));
  files.fail_all(storage::FaultFileSystem::Operation::write, ENOSPC);
  EXPECT_FALSE(coordinator->forget_topics({"t"}));
  EXPECT_EQ(fetch(), -1);
  EXPECT_FALSE(coordinator->forget_topics({"t"})) << "in memory it has been forgotten, on disk not";
  EXPECT_TRUE(coordinator->forget_topics({"never used"}));
  files.heal();
  EXPECT_TRUE(coordinator->forget_topics({"t"}));
  EXPECT_TRUE(coordinator->topics_to_forget().empty());
  restart();
  EXPECT_EQ(fetch(), -1);
  EXPECT_EQ(fetch("u"), 11);
  files.fail(storage::FaultFileSystem::Operation::sync, 1, EIO);
  EXPECT_FALSE(coordinator->forget_topics({"u"}));
}

}  // namespace
}  // namespace weir::embedded::broker::groups
