#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <cerrno>

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::seconds;
using Operation = storage::FaultFileSystem::Operation;

class GroupSyncTest : public GroupsTest {
 protected:
  // Two members that know their generation, 1; `a` leads.
  void two_joined() {
    a = join({})->member_id;
    b = join({})->member_id;
    join({.member = a});
    join({.member = b});
    ASSERT_EQ(state(), "CompletingRebalance");
  }
  std::string a, b;
};

TEST_F(GroupSyncTest, WrongSendersAreTold) {
  EXPECT_EQ(sync({.member = "x", .group = ""})->error_code, ErrorCode::invalid_group_id);
  EXPECT_EQ(sync({.member = "x"})->error_code, ErrorCode::unknown_member_id);
  two_joined();
  EXPECT_EQ(sync({.member = "x", .generation = 1})->error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(sync({.member = a, .generation = 2})->error_code, ErrorCode::illegal_generation);
  EXPECT_EQ(sync({.member = a, .generation = 0})->error_code, ErrorCode::illegal_generation);
  EXPECT_EQ(sync({.member = a, .generation = 1, .type = "connect"})->error_code,
            ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(sync({.member = a, .generation = 1, .protocol = "sticky"})->error_code,
            ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(GroupSyncTest, TheLeadersSyncReleasesAll) {
  two_joined();
  const Synced follower = sync({.member = b, .generation = 1, .type = "consumer", .protocol = "range"});
  EXPECT_FALSE(follower.here());
  const Synced leader = sync({a, 1, {{a, "A"}, {b, "B"}, {"x", "X"}}});
  EXPECT_EQ(leader->assignment, "A");
  EXPECT_EQ(leader->protocol_type, "consumer");
  EXPECT_EQ(leader->protocol_name, "range");
  EXPECT_EQ(follower->error_code, ErrorCode::none);
  EXPECT_EQ(follower->assignment, "B");
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupSyncTest, WhoeverTheLeaderForgotGetsNothing) {
  two_joined();
  const Synced follower = sync({.member = b, .generation = 1});
  sync({a, 1, {{a, "A"}}});
  EXPECT_EQ(follower->error_code, ErrorCode::none);
  EXPECT_EQ(follower->assignment, "");
}

TEST_F(GroupSyncTest, AnAssignmentOfTheLastGenerationIsNotKept) {
  const auto ids = stable_group(1);
  join({.member = ids[0]});
  EXPECT_EQ(sync({ids[0], 2})->assignment, "");
}

TEST_F(GroupSyncTest, AFollowersAssignmentsAreIgnored) {
  two_joined();
  const Synced follower = sync({b, 1, {{b, "mine"}}});
  EXPECT_FALSE(follower.here());
  sync({a, 1, {{b, "B"}}});
  EXPECT_EQ(follower->assignment, "B");
}

TEST_F(GroupSyncTest, AStableGroupRepeatsTheAssignment) {
  const auto ids = stable_group(2);
  EXPECT_EQ(sync({ids[1], 1})->assignment, "for " + ids[1]);
  EXPECT_EQ(sync({ids[0], 1, {{ids[0], "another"}, {ids[1], "another"}}})->assignment, "for " + ids[0]);
  EXPECT_EQ(sync({ids[1], 1})->assignment, "for " + ids[1]);
}

TEST_F(GroupSyncTest, DuringARebalanceThereIsNothingToGet) {
  const auto ids = stable_group(2);
  join({.member = ids[0]});
  EXPECT_EQ(sync({ids[1], 1})->error_code, ErrorCode::rebalance_in_progress);
}

TEST_F(GroupSyncTest, ASecondSyncTakesThePlaceOfAParkedOne) {
  two_joined();
  const Synced lost = sync({.member = b, .generation = 1});
  const Synced second = sync({.member = b, .generation = 1});
  EXPECT_EQ(lost->error_code, ErrorCode::rebalance_in_progress);
  sync({a, 1, {{b, "B"}}});
  EXPECT_EQ(second->assignment, "B");
}

TEST_F(GroupSyncTest, HeartbeatsBeforeTheAssignmentsAreFine) {
  two_joined();
  EXPECT_EQ(heartbeat(a, 1), ErrorCode::none);
  EXPECT_EQ(heartbeat(b, 1), ErrorCode::none);
  EXPECT_EQ(heartbeat(b, 0), ErrorCode::illegal_generation);
  EXPECT_EQ(heartbeat("x", 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(a, 1, std::nullopt, "other"), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(a, 1, std::nullopt, ""), ErrorCode::invalid_group_id);
}

TEST_F(GroupSyncTest, AssignmentsAreOnDiskBeforeAnybodySeesThem) {
  two_joined();
  corked = true;
  const Synced follower = sync({.member = b, .generation = 1});
  const Synced leader = sync({a, 1, {{b, "B"}}});
  EXPECT_FALSE(leader.here());
  EXPECT_FALSE(follower.here());
  EXPECT_EQ(state(), "CompletingRebalance");
  EXPECT_EQ(heartbeat(a, 1), ErrorCode::none);
  flusher.run_round();
  EXPECT_EQ(follower->assignment, "B");
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupSyncTest, ALeaderThatAsksAgainMeanwhileDecidesNothingNew) {
  two_joined();
  corked = true;
  const Synced lost = sync({a, 1, {{b, "first"}}});
  const Synced again = sync({a, 1, {{b, "second"}}});
  EXPECT_EQ(lost->error_code, ErrorCode::rebalance_in_progress);
  flusher.run_round();
  EXPECT_EQ(again->error_code, ErrorCode::none);
  EXPECT_EQ(sync({b, 1})->assignment, "first");
}

TEST_F(GroupSyncTest, ARebalanceOvertakesAssignmentsOnTheirWayToTheDisk) {
  two_joined();
  corked = true;
  const Synced leader = sync({a, 1, {{a, "A"}}});
  const Synced follower = sync({.member = b, .generation = 1});
  join({.member = b, .protocols = {{"range", "changed"}}});
  EXPECT_EQ(leader->error_code, ErrorCode::rebalance_in_progress);
  EXPECT_EQ(follower->error_code, ErrorCode::rebalance_in_progress);
  flusher.run_round();
  EXPECT_EQ(state(), "PreparingRebalance");
  join({.member = a});
  EXPECT_EQ(state(), "CompletingRebalance");
  flusher.run_round();
  EXPECT_EQ(state(), "CompletingRebalance");
  sync({a, 2, {{a, "new"}}});
  flusher.run_round();
  EXPECT_EQ(sync({a, 2})->assignment, "new");
}

TEST_F(GroupSyncTest, WithoutFsyncNothingWaits) {
  options.fsync = storage::Fsync::never;
  open();
  corked = true;
  stable_group(2);
  EXPECT_EQ(flusher.waiting(), 0u);
}

TEST_F(GroupSyncTest, AssignmentsThatCannotBeWrittenAreRefused) {
  two_joined();
  const Synced follower = sync({.member = b, .generation = 1});
  files.fail(Operation::write, 1, EIO);
  const Synced leader = sync({a, 1, {{a, "A"}}});
  EXPECT_EQ(leader->error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(follower->error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(GroupSyncTest, AssignmentsThatCannotBeSyncedAreRefused) {
  two_joined();
  corked = true;
  const Synced leader = sync({a, 1, {{a, "A"}}});
  flusher.fail_next(Error(Errc::io, "the disk is gone"));
  flusher.run_round();
  EXPECT_EQ(leader->error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(GroupSyncTest, AFullDiskIsNotTheEnd) {
  two_joined();
  files.fail_all(storage::FaultFileSystem::Operation::write, ENOSPC);
  EXPECT_EQ(sync({a, 1, {{a, "A"}}})->error_code, ErrorCode::coordinator_not_available);
  files.heal();
  const Joined again = join({.member = a});
  join({.member = b});
  sync_all(again);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupSyncTest, HugeAssignmentsAreRefused) {
  two_joined();
  const Synced leader = sync({a, 1, {{a, std::string(kMaxGroupBytes, 'A')}}});
  EXPECT_EQ(leader->error_code, ErrorCode::message_too_large);
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(GroupSyncTest, NewAssignmentsTakeThePlaceOfTheOldOnes) {
  two_joined();
  const std::string large(std::size_t{8} << 20, 'A');
  sync({a, 1, {{a, large}}});
  ASSERT_EQ(state(), "Stable");
  join({.member = a});
  join({.member = b});
  EXPECT_EQ(sync({a, 2, {{a, large}}})->error_code, ErrorCode::none);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupSyncTest, WhenAllMemoryIsTakenAssignmentsMayNotGrow) {
  options.memory = 100'000;
  open();
  two_joined();
  sync({a, 1, {{a, std::string(60'000, 'A')}}});
  ASSERT_EQ(state(), "Stable");
  join({.member = a});
  join({.member = b});
  EXPECT_EQ(sync({a, 2, {{b, std::string(60'000, 'B')}}})->error_code, ErrorCode::none);
  join({.member = a});
  join({.member = b});
  EXPECT_EQ(sync({a, 3, {{b, std::string(120'000, 'B')}}})->error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(state(), "PreparingRebalance");
}

}  // namespace
}  // namespace weir::embedded::broker::groups
