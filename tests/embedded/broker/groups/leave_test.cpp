#include "tests/embedded/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::seconds;

class GroupLeaveTest : public GroupsTest {};

TEST_F(GroupLeaveTest, TheOthersRebalance) {
  const auto ids = stable_group(2);
  const auto response = leave({{ids[0], std::nullopt}});
  EXPECT_EQ(response.error_code, ErrorCode::none);
  ASSERT_EQ(response.members.size(), 1u);
  EXPECT_EQ(response.members[0].error_code, ErrorCode::none);
  EXPECT_EQ(response.members[0].member_id, ids[0]);
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::rebalance_in_progress);
  EXPECT_EQ(join({.member = ids[1]})->leader, ids[1]);
}

TEST_F(GroupLeaveTest, TheLastOneLeavesAnEmptyGroup) {
  const auto ids = stable_group(1);
  EXPECT_EQ(leave_v1(ids[0]), ErrorCode::none);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(describe().protocol_type, "consumer");
  EXPECT_EQ(enter().joined->generation_id, 3);  // no generation is given out twice
}

TEST_F(GroupLeaveTest, OldVersionsAnswerAtTheTop) {
  EXPECT_EQ(leave_v1("x"), ErrorCode::unknown_member_id);
  stable_group(1);
  EXPECT_EQ(leave_v1("x"), ErrorCode::unknown_member_id);
  EXPECT_EQ(leave_v1(""), ErrorCode::unknown_member_id);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupLeaveTest, EachMemberHasItsAnswer) {
  const auto ids = stable_group(2);
  const auto response = leave({{"x", std::nullopt}, {ids[1], std::nullopt}, {ids[1], std::nullopt}, {"", "nobody"}});
  EXPECT_EQ(response.error_code, ErrorCode::none);
  ASSERT_EQ(response.members.size(), 4u);
  EXPECT_EQ(response.members[0].error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(response.members[1].error_code, ErrorCode::none);
  EXPECT_EQ(response.members[2].error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(response.members[3].error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(leave({{"x", std::nullopt}}, "none").members.at(0).error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(leave({{"x", std::nullopt}}, "").error_code, ErrorCode::invalid_group_id);
}

TEST_F(GroupLeaveTest, AnIdThatWasNeverUsedCanBeGivenBack) {
  const std::string first = join({})->member_id;
  const std::string second = join({})->member_id;
  const Joined waiting = join({.member = first});
  EXPECT_FALSE(waiting.here());
  EXPECT_EQ(leave({{second, std::nullopt}}).members.at(0).error_code, ErrorCode::none);
  EXPECT_TRUE(waiting.here());
  EXPECT_EQ(join({.member = second})->error_code, ErrorCode::unknown_member_id);
}

TEST_F(GroupLeaveTest, WhatWasParkedIsAnswered) {
  const auto ids = stable_group(3);
  const Joined parked = join({.member = ids[0]});
  leave({{ids[0], std::nullopt}});
  EXPECT_EQ(parked->error_code, ErrorCode::unknown_member_id);
  const Joined leader = join({.member = ids[1]});
  join({.member = ids[2]});
  ASSERT_EQ(leader->leader, ids[1]);
  const Synced follower = sync({ids[2], 2});
  leave({{ids[2], std::nullopt}});
  EXPECT_EQ(follower->error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(ids[1], 2), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupLeaveTest, AnAdministratorRemovesStaticMembers) {
  const Joined joined = join({.instance = "one"});
  sync_all(joined);
  EXPECT_EQ(leave({{"", "two"}}).members.at(0).error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(leave({{"other", "one"}}).members.at(0).error_code, ErrorCode::fenced_instance_id);
  const auto response = leave({{"", "one"}});
  EXPECT_EQ(response.members.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(response.members.at(0).group_instance_id, "one");
  EXPECT_EQ(state(), "Empty");
}

}  // namespace
}  // namespace weir::embedded::broker::groups
