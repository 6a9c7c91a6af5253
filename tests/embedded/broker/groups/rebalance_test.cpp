#include "tests/embedded/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class GroupRebalanceTest : public GroupsTest {};

TEST_F(GroupRebalanceTest, ANewMemberMakesTheOthersJoinAgain) {
  const auto ids = stable_group(2);
  const Parked third = enter();
  EXPECT_FALSE(third.joined.here());
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::rebalance_in_progress);
  const Joined leader = join({.member = ids[0]});
  EXPECT_FALSE(leader.here());
  join({.member = ids[1]});
  EXPECT_EQ(third.joined->generation_id, 2);
  EXPECT_EQ(leader->members.size(), 3u);
  sync_all(leader);
  EXPECT_EQ(heartbeat(third.id, 2), ErrorCode::none);
  EXPECT_EQ(heartbeat(third.id, 1), ErrorCode::illegal_generation);
}

TEST_F(GroupRebalanceTest, WhoDoesNotComeInTimeIsDropped) {
  const auto ids = stable_group(2, {.session = minutes(5), .rebalance = seconds(20)});
  const Parked third = enter({.session = minutes(5), .rebalance = seconds(40)});
  const Joined leader = join({.member = ids[0], .session = minutes(5), .rebalance = seconds(20)});
  pass(seconds(39));
  EXPECT_FALSE(third.joined.here());  // the longest timeout of all counts
  pass(seconds(1));
  EXPECT_EQ(leader->members.size(), 2u);
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::unknown_member_id);
}

TEST_F(GroupRebalanceTest, Version0TakesTheSessionForTheRebalanceTimeout) {
  const Joined first = join({.version = 0, .session = seconds(10)});
  sync_all(first);
  const Joined second = join({.version = 0, .session = seconds(12)});
  for (int i = 0; i < 11; ++i) {
    pass(seconds(1));
    EXPECT_EQ(heartbeat(first->member_id, 1), ErrorCode::rebalance_in_progress);
  }
  EXPECT_FALSE(second.here());
  pass(seconds(1));
  EXPECT_EQ(second->members.size(), 1u);
}

TEST_F(GroupRebalanceTest, TheFirstToJoinLeadsWhenTheLeaderDoesNotCome) {
  const auto ids = stable_group(3, {.session = minutes(5), .rebalance = seconds(20)});
  const Joined later =
      join({.member = ids[2], .protocols = {{"range", "new"}}, .session = minutes(5), .rebalance = seconds(20)});
  const Joined last = join({.member = ids[1], .session = minutes(5), .rebalance = seconds(20)});
  pass(seconds(20));
  EXPECT_EQ(later->leader, ids[2]);
  EXPECT_EQ(later->members.size(), 2u);
  EXPECT_TRUE(last->members.empty());
}

TEST_F(GroupRebalanceTest, WhoDoesNotSyncInTimeIsRemoved) {
  const Join patient{.session = minutes(5), .rebalance = seconds(20)};
  Join wanted = patient;
  const std::string a = join(patient)->member_id;
  const std::string b = join(patient)->member_id;
  wanted.member = a;
  const Joined leader = join(wanted);
  wanted.member = b;
  join(wanted);
  const Synced synced = sync({a, 1, {{a, "A"}, {b, "B"}}});
  EXPECT_EQ(synced->assignment, "A");
  EXPECT_EQ(state(), "Stable");
  pass(seconds(19));
  EXPECT_EQ(state(), "Stable");
  pass(seconds(1));
  EXPECT_EQ(heartbeat(b, 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(a, 1), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupRebalanceTest, ALeaderThatDoesNotSyncIsRemoved) {
  const Join patient{.session = minutes(5), .rebalance = seconds(20)};
  Join wanted = patient;
  const std::string a = join(patient)->member_id;
  const std::string b = join(patient)->member_id;
  wanted.member = a;
  join(wanted);
  wanted.member = b;
  join(wanted);
  const Synced follower = sync({.member = b, .generation = 1});
  pass(seconds(20));
  EXPECT_EQ(follower->error_code, ErrorCode::rebalance_in_progress);
  EXPECT_EQ(heartbeat(a, 1), ErrorCode::unknown_member_id);
  const Joined again = join(wanted);
  EXPECT_EQ(again->generation_id, 2);
  EXPECT_EQ(again->leader, b);
}

TEST_F(GroupRebalanceTest, AHeartbeatDoesNotCountAsASync) {
  const Join patient{.session = minutes(5), .rebalance = seconds(20)};
  Join wanted = patient;
  wanted.member = join(patient)->member_id;
  join(wanted);
  EXPECT_EQ(heartbeat(wanted.member, 1), ErrorCode::none);
  pass(seconds(20));
  EXPECT_EQ(heartbeat(wanted.member, 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(GroupRebalanceTest, TheInitialDelayGathersMembers) {
  options.initial_rebalance_delay = seconds(3);
  open();
  const Parked first = enter();
  pass(seconds(2));
  const Parked second = enter();
  pass(seconds(1));
  EXPECT_FALSE(first.joined.here());  // extended, as somebody came
  pass(seconds(2) + milliseconds(999));
  EXPECT_FALSE(first.joined.here());
  pass(milliseconds(1));
  ASSERT_TRUE(first.joined.here() && second.joined.here());
  EXPECT_EQ(first.joined->generation_id, 1);
  EXPECT_EQ(first.joined->members.size(), 2u);
  sync_all(first.joined);
  // Not for groups that have members.
  const Parked third = enter();
  join({.member = first.id});
  join({.member = second.id});
  EXPECT_TRUE(third.joined.here());
}

TEST_F(GroupRebalanceTest, TheInitialDelayEndsWithTheRebalanceTimeout) {
  options.initial_rebalance_delay = seconds(3);
  open();
  const Join hasty{.version = 3, .session = minutes(1), .rebalance = seconds(7)};
  const Joined first = join(hasty);
  for (int i = 0; i < 6; ++i) {
    pass(seconds(1));
    join(hasty);
  }
  EXPECT_FALSE(first.here());
  pass(seconds(1));
  EXPECT_TRUE(first.here());
}

TEST_F(GroupRebalanceTest, WithoutADelayAGroupStartsAtOnce) {
  const TimePoint start = clock.now();
  stable_group(1);
  EXPECT_EQ(clock.now(), start);
}

TEST_F(GroupRebalanceTest, AZeroRebalanceTimeoutDoesNotSpin) {
  const Join odd{.instance = "i", .session = seconds(10), .rebalance = milliseconds(0)};
  const Joined joined = join(odd);
  sync_all(joined);
  enter({.rebalance = milliseconds(1)});
  pass(minutes(10));  // a timer that is set again and again at the same time would never let this return
  EXPECT_EQ(state(), "Empty") << "neither of the two has been heard of again";
}

}  // namespace
}  // namespace weir::embedded::broker::groups
