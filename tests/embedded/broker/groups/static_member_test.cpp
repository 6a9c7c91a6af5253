#include "tests/embedded/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class StaticMemberTest : public GroupsTest {
 protected:
  // A stable generation 2 of two static members, "one" and "two"; "one" leads.
  void two_stable(std::int16_t version = 9) {
    template_.version = version;
    one = first("one")->member_id;
    const Joined second = first("two");
    const Joined leader = again("one", one);
    two = second->member_id;
    ASSERT_EQ(leader->leader, one);
    ASSERT_EQ(leader->generation_id, 2);
    sync_all(leader);
    ASSERT_EQ(state(), "Stable");
  }
  Joined first(const std::string& instance) { return again(instance, ""); }
  Joined again(const std::string& instance, const std::string& id) {
    Join wanted = template_;
    wanted.instance = instance;
    wanted.member = id;
    return join(wanted);
  }
  Join template_{.protocols = {{"range", subscription({"t"})}}, .session = minutes(1), .rebalance = seconds(20)};
  std::string one, two;
};

TEST_F(StaticMemberTest, JoinsAtOnce) {
  const Joined joined = first("one");
  ASSERT_TRUE(joined.here());
  EXPECT_EQ(joined->error_code, ErrorCode::none);
  EXPECT_TRUE(joined->member_id.starts_with("one-"));
  EXPECT_EQ(joined->members.at(0).group_instance_id, "one");
}

TEST_F(StaticMemberTest, ComesBackWithoutARebalance) {
  two_stable();
  const Joined back = first("two");
  ASSERT_TRUE(back.here());
  EXPECT_EQ(back->error_code, ErrorCode::none);
  EXPECT_EQ(back->generation_id, 2);
  EXPECT_EQ(back->leader, one);
  EXPECT_FALSE(back->skip_assignment);
  EXPECT_TRUE(back->members.empty());
  EXPECT_NE(back->member_id, two);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(sync({.member = back->member_id, .generation = 2, .instance = "two"})->assignment, "for " + two);
  EXPECT_EQ(heartbeat(back->member_id, 2, "two"), ErrorCode::none);
}

TEST_F(StaticMemberTest, TheOldOneIsFenced) {
  two_stable();
  first("two");
  EXPECT_EQ(heartbeat(two, 2, "two"), ErrorCode::fenced_instance_id);
  EXPECT_EQ(sync({.member = two, .generation = 2, .instance = "two"})->error_code, ErrorCode::fenced_instance_id);
  EXPECT_EQ(again("two", two)->error_code, ErrorCode::fenced_instance_id);
  EXPECT_EQ(commit_error({.member = two, .generation = 2, .instance = "two"}), ErrorCode::fenced_instance_id);
  EXPECT_EQ(leave({{two, "two"}}).members.at(0).error_code, ErrorCode::fenced_instance_id);
  EXPECT_EQ(heartbeat(two, 2), ErrorCode::unknown_member_id);  // without its instance it is just unknown
  EXPECT_EQ(heartbeat(two, 2, "three"), ErrorCode::unknown_member_id);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(StaticMemberTest, ALeaderComesBackAndSkipsTheAssignment) {
  two_stable(9);
  const Joined back = first("one");
  EXPECT_EQ(back->leader, back->member_id);
  EXPECT_TRUE(back->skip_assignment);
  EXPECT_EQ(back->members.size(), 2u);
  EXPECT_EQ(sync({.member = back->member_id, .generation = 2, .instance = "one"})->assignment, "for " + one);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(StaticMemberTest, AnOldLeaderIsNotToldThatItLeads) {
  two_stable(8);
  const Joined back = first("one");
  EXPECT_EQ(back->leader, one);
  EXPECT_FALSE(back->skip_assignment);
  EXPECT_TRUE(back->members.empty());
  EXPECT_EQ(state(), "Stable");
  // It leads all the same: its next join with its id rebalances.
  const Joined leader = again("one", back->member_id);
  EXPECT_FALSE(leader.here());
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(StaticMemberTest, ComingBackIsDurable) {
  two_stable();
  corked = true;
  const Joined back = first("two");
  EXPECT_FALSE(back.here());
  flusher.run_until_idle();
  ASSERT_TRUE(back.here());
  corked = false;
  lose_power(1);
  EXPECT_EQ(heartbeat(back->member_id, 2, "two"), ErrorCode::none);
  EXPECT_EQ(heartbeat(two, 2, "two"), ErrorCode::fenced_instance_id);
}

TEST_F(StaticMemberTest, ARebalanceDuringItsReturnTakesItAlong) {
  two_stable();
  corked = true;
  const Joined back = first("two");
  const Joined leader = again("one", one);
  EXPECT_FALSE(leader.here());
  flusher.run_until_idle();
  ASSERT_TRUE(leader.here() && back.here());
  EXPECT_EQ(leader->generation_id, 3);
  EXPECT_EQ(back->generation_id, 3);
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(StaticMemberTest, ANewIdIsOnDiskBeforeAnybodyHearsOfIt) {
  two_stable();
  pass(minutes(1) - seconds(1));
  EXPECT_EQ(heartbeat(two, 2, "two"), ErrorCode::none);
  pass(seconds(1));  // "one" has expired; what stands in the journal is older
  again("two", two);
  ASSERT_EQ(state(), "CompletingRebalance");
  corked = true;
  const Joined back = first("one");
  flusher.run_until_idle();
  corked = false;
  const Joined leader = again("two", two);
  ASSERT_TRUE(back.here());
  ASSERT_EQ(state(), "CompletingRebalance");
  lose_power(4);
  // Nothing of the last generation is left but this: who comes is not taken for its own predecessor.
  EXPECT_EQ(heartbeat(back->member_id, back->generation_id, "one"), ErrorCode::illegal_generation);
  EXPECT_FALSE(again("one", back->member_id).here());
  EXPECT_EQ(heartbeat(one, 2, "one"), ErrorCode::fenced_instance_id);
}

TEST_F(StaticMemberTest, ASecondReturnOvertakesTheFirst) {
  two_stable();
  corked = true;
  const Joined lost = first("two");
  const Joined back = first("two");
  flusher.run_until_idle();
  EXPECT_EQ(lost->error_code, ErrorCode::fenced_instance_id);
  EXPECT_EQ(back->error_code, ErrorCode::none);
  EXPECT_EQ(describe().members.size(), 2u);
}

TEST_F(StaticMemberTest, AReturnThatCannotBeWrittenIsRefused) {
  two_stable();
  corked = true;
  const Joined back = first("two");
  flusher.fail_next(Error(Errc::io, "the disk is gone"));
  flusher.run_round();
  EXPECT_EQ(back->error_code, ErrorCode::coordinator_not_available);
}

TEST_F(StaticMemberTest, OtherTopicsRebalance) {
  two_stable();
  template_.protocols = {{"range", subscription({"t", "u"})}};
  EXPECT_FALSE(first("two").here());
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(StaticMemberTest, OtherUserDataDoesNot) {
  two_stable();
  template_.protocols = {{"range", subscription({"t"}, "what I own is different now")}};
  EXPECT_TRUE(first("two").here());
  EXPECT_EQ(state(), "Stable");
}

TEST_F(StaticMemberTest, AnotherProtocolRebalances) {
  template_.protocols = {{"range", "r"}, {"sticky", "s"}};
  two_stable();
  template_.protocols = {{"sticky", "s"}};
  EXPECT_FALSE(first("two").here());
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(StaticMemberTest, ComingBackBeforeTheAssignmentsRebalances) {
  const Joined leader = first("one");
  const Synced parked = sync({.member = leader->member_id, .generation = 7, .instance = "one"});
  EXPECT_EQ(parked->error_code, ErrorCode::illegal_generation);
  const Joined back = first("one");
  EXPECT_EQ(back->generation_id, 2);
  EXPECT_EQ(back->leader, back->member_id);
  EXPECT_FALSE(back->skip_assignment);
}

TEST_F(StaticMemberTest, WhatTheOldOneWaitedForIsFenced) {
  two_stable();
  const Joined parked = again("one", one);
  EXPECT_EQ(state(), "PreparingRebalance");
  const Joined back = first("one");
  EXPECT_EQ(parked->error_code, ErrorCode::fenced_instance_id);
  EXPECT_FALSE(back.here());
  again("two", two);
  EXPECT_EQ(back->leader, back->member_id);  // it inherits the lead
}

TEST_F(StaticMemberTest, StaysWhenItDoesNotRejoin) {
  two_stable();
  const Joined leader = again("one", one);
  pass(seconds(20));
  ASSERT_TRUE(leader.here());
  EXPECT_EQ(leader->members.size(), 2u);
  sync({.member = one, .generation = 3, .assignments = {{one, "1"}, {two, "2"}}, .instance = "one"});
  EXPECT_EQ(state(), "Stable");
  // Nor is it removed for not asking for its assignment: only its session counts.
  pass(seconds(20));
  EXPECT_EQ(heartbeat(one, 3, "one"), ErrorCode::none);
  EXPECT_EQ(first("two")->generation_id, 3);
}

TEST_F(StaticMemberTest, ItsSessionEndsItsMembership) {
  two_stable();
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(heartbeat(one, 2, "one"), ErrorCode::none);
    pass(seconds(10));
  }
  EXPECT_EQ(heartbeat(two, 2, "two"), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(one, 2, "one"), ErrorCode::rebalance_in_progress);
}

TEST_F(StaticMemberTest, AbsentStaticMembersAloneStartNoGeneration) {
  two_stable();
  const Parked dynamic = enter({.protocols = {{"range", "x"}}, .rebalance = seconds(20)});
  leave({{dynamic.id, std::nullopt}});
  EXPECT_EQ(state(), "PreparingRebalance");
  pass(seconds(30));
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(one, 2, "one"), ErrorCode::rebalance_in_progress);
  const Joined leader = again("one", one);
  pass(seconds(10));
  EXPECT_EQ(leader->generation_id, 3);
}

}  // namespace
}  // namespace weir::embedded::broker::groups
