#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <cerrno>

namespace weir::embedded::broker::groups {
namespace {

using Operation = storage::FaultFileSystem::Operation;

class OffsetCommitTest : public GroupsTest {};

TEST_F(OffsetCommitTest, ConsumersOutsideOfGroupManagementMayCommit) {
  EXPECT_EQ(commit_error({.offset = 7}), ErrorCode::none);
  EXPECT_EQ(fetch(), 7);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(commit_error({.offset = 3}), ErrorCode::none);  // a reset may go back
  EXPECT_EQ(fetch(), 3);
  EXPECT_EQ(commit_error({.offset = 5, .group = ""}), ErrorCode::none);
  EXPECT_EQ(fetch("t", 0, ""), 5);
}

TEST_F(OffsetCommitTest, MembersCommitInTheirGeneration) {
  const auto ids = stable_group(2);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 1, .offset = 7}), ErrorCode::none);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 2}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 0}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit_error({.member = "x", .generation = 1}), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit_error({.member = "x", .generation = -1}), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = -1}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit_error({.member = "", .generation = -1}), ErrorCode::unknown_member_id);  // a tool, on a live group
  EXPECT_EQ(commit_error({.member = "", .generation = 1}), ErrorCode::unknown_member_id);
  EXPECT_EQ(fetch(), 7);
}

TEST_F(OffsetCommitTest, AGroupThatIsNotThereHasNoGenerations) {
  EXPECT_EQ(commit_error({.member = "x", .generation = 1}), ErrorCode::illegal_generation);
  EXPECT_EQ(state(), "Dead");
}

TEST_F(OffsetCommitTest, AnEmptiedGroupKnowsNoMembers) {
  const auto ids = stable_group(1);
  leave({{ids[0], std::nullopt}});
  EXPECT_EQ(commit_error({.member = ids[0], .generation = 1}), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit_error({.offset = 4}), ErrorCode::none);
}

TEST_F(OffsetCommitTest, DuringARebalanceMembersMayStillCommit) {
  const auto ids = stable_group(2);
  join({.member = ids[0]});
  ASSERT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 1, .offset = 7}), ErrorCode::none);
  join({.member = ids[1]});
  ASSERT_EQ(state(), "CompletingRebalance");
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 1}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 2}), ErrorCode::rebalance_in_progress);
}

TEST_F(OffsetCommitTest, EachPartitionHasItsError) {
  wire::OffsetCommitRequest request;
  const std::string most(kMaxOffsetMetadataBytes, 'm');
  const std::string too_much(kMaxOffsetMetadataBytes + 1, 'm');
  request.group_id = "g";
  request.retention_time_ms = 1;  // said by old clients, and ignored
  request.topics = {{"t", {{0, 10, -1, most}, {1, 11, -1, too_much}, {4, 12, -1, {}}, {-1, 13, -1, {}}}},
                    {"none", {{0, 14, -1, {}}}},
                    {"u", {{3, 15, 5, {}}}},
                    {"empty", {}}};
  RequestContext context;
  context.version = 2;
  Committed answer;
  coordinator->offset_commit(context, request, answer.reply());
  flush();
  ASSERT_EQ(answer->topics.size(), 4u);
  const auto& t = answer->topics[0].partitions;
  ASSERT_EQ(t.size(), 4u);
  EXPECT_EQ(t[0].error_code, ErrorCode::none);
  EXPECT_EQ(t[1].error_code, ErrorCode::offset_metadata_too_large);
  EXPECT_EQ(t[2].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(t[3].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics[1].partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics[2].partitions.at(0).error_code, ErrorCode::none);
  EXPECT_TRUE(answer->topics[3].partitions.empty());
  EXPECT_EQ(fetch("t", 0), 10);
  EXPECT_EQ(fetch("t", 1), -1);
  EXPECT_EQ(fetch("u", 3), 15);
  pass(std::chrono::hours(1));
  coordinator->tend();
  EXPECT_EQ(fetch("t", 0), 10);
}

TEST_F(OffsetCommitTest, IsAnsweredAndSeenWhenItIsOnDisk) {
  corked = true;
  const Committed first = commit({.offset = 1});
  const Committed second = commit({.offset = 2});
  EXPECT_FALSE(first.here());
  EXPECT_EQ(fetch(), -1);
  flusher.run_round();
  EXPECT_TRUE(first.here() && second.here());
  EXPECT_EQ(fetch(), 2);
  EXPECT_EQ(flusher.stats().syncs, 1u);  // one round serves all
}

TEST_F(OffsetCommitTest, AnswersComeInTheOrderOfTheRequests) {
  corked = true;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) {
    wire::OffsetCommitRequest request;
    request.group_id = i % 2 == 0 ? "even" : "odd";
    request.topics = {{"t", {{0, i, -1, {}}}}};
    coordinator->offset_commit({}, request, [&order, i](wire::OffsetCommitResponse) { order.push_back(i); });
  }
  flusher.run_until_idle();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(OffsetCommitTest, WithoutFsyncItIsAnsweredAtOnceAndNeverSynced) {
  options.fsync = storage::Fsync::never;
  open();
  corked = true;
  EXPECT_EQ(commit_error({.offset = 9}), ErrorCode::none);
  EXPECT_EQ(fetch(), 9);
  coordinator->tend();
  EXPECT_EQ(flusher.waiting(), 0u);
  restart();
  EXPECT_EQ(fetch(), 9);
}

// The records that it points at are not on disk when it is answered either: it must not get there long before them.
TEST_F(OffsetCommitTest, WithAnIntervalItIsAnsweredAtOnceAndSyncedLater) {
  options.fsync = storage::Fsync::interval;
  open();
  corked = true;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Offset offset = static_cast<Offset>(seed);
    EXPECT_EQ(commit_error({.offset = offset}), ErrorCode::none);
    EXPECT_EQ(fetch(), offset);
    EXPECT_EQ(flusher.waiting(), 0u);
    coordinator->sync();
    EXPECT_EQ(flusher.waiting(), 1u);
    coordinator->sync();
    EXPECT_EQ(flusher.waiting(), 1u) << "nothing new was written";
    flusher.run_until_idle();
    lose_power(seed);
    EXPECT_EQ(fetch(), offset);
  }
}

TEST_F(OffsetCommitTest, AFailedWriteIsToldAndChangesNothing) {
  commit({.offset = 1});
  files.fail_all(storage::FaultFileSystem::Operation::write, ENOSPC);
  EXPECT_EQ(commit_error({.offset = 2}), ErrorCode::coordinator_not_available);
  EXPECT_EQ(commit_error({.offset = 2, .group = "another"}), ErrorCode::coordinator_not_available);
  EXPECT_EQ(state("another"), "Dead");
  EXPECT_EQ(fetch(), 1);
  files.heal();
  EXPECT_EQ(commit_error({.offset = 3}), ErrorCode::none);
}

TEST_F(OffsetCommitTest, AFailedSyncIsToldAndChangesNothing) {
  commit({.offset = 1});
  corked = true;
  const Committed answer = commit({.offset = 2});
  flusher.fail_next(Error(Errc::io, "the disk is gone"));
  flusher.run_round();
  EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(fetch(), 1);
  EXPECT_EQ(commit_error({.offset = 3}), ErrorCode::coordinator_not_available);
}

TEST_F(OffsetCommitTest, OneCommitIsBounded) {
  options.partition_exists = {};
  open();
  wire::OffsetCommitRequest request;
  const std::string metadata(kMaxOffsetMetadataBytes, 'm');
  request.group_id = "g";
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  for (int i = 0; i < 3000; ++i) topic.partitions.push_back({i, 1, -1, metadata});
  Committed answer;
  coordinator->offset_commit({}, request, answer.reply());
  EXPECT_EQ(answer->topics.at(0).partitions.at(2999).error_code, ErrorCode::offset_metadata_too_large);
}

TEST_F(OffsetCommitTest, AllOffsetsTogetherAreBounded) {
  options.memory = 100'000;
  open();
  const std::string metadata(kMaxOffsetMetadataBytes, 'm');
  int taken = 0;
  while (taken < 100 && commit_error({.metadata = metadata, .group = "g" + std::to_string(taken)}) == ErrorCode::none) {
    ++taken;
  }
  EXPECT_EQ(taken, 23);
  EXPECT_EQ(state("g23"), "Dead");
  // What is given back can be used again.
  wire::DeleteGroupsRequest request;
  request.groups = {"g0"};
  coordinator->delete_groups({}, request, [](wire::DeleteGroupsResponse) {});
  flush();
  EXPECT_EQ(commit_error({.metadata = metadata, .group = "g23"}), ErrorCode::none);
}

TEST_F(OffsetCommitTest, WhenAllMemoryIsTakenOffsetsStillMoveOn) {
  options.memory = 100'000;
  open();
  const std::string metadata(kMaxOffsetMetadataBytes, 'm');
  int taken = 0;
  while (commit_error({.metadata = metadata, .group = "g" + std::to_string(taken)}) == ErrorCode::none) ++taken;
  for (int i = 0; i < taken; ++i) {
    EXPECT_EQ(commit_error({.offset = 7, .metadata = metadata, .group = "g" + std::to_string(i)}), ErrorCode::none);
  }
  EXPECT_EQ(commit_error({.metadata = metadata, .group = "another"}), ErrorCode::coordinator_not_available);
}

TEST_F(OffsetCommitTest, AnAnswerMayBringTheNextRequest) {
  Committed second;
  bool nested = false;
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.topics = {{"t", {{0, 1, -1, {}}}}};
  coordinator->offset_commit({}, request, [&](wire::OffsetCommitResponse) {
    nested = true;
    request.topics[0].partitions[0].committed_offset = 2;
    coordinator->offset_commit({}, request, second.reply());
  });
  flusher.run_until_idle();
  EXPECT_TRUE(nested);
  EXPECT_TRUE(second.here());
  EXPECT_EQ(fetch(), 2);
}

}  // namespace
}  // namespace weir::embedded::broker::groups
