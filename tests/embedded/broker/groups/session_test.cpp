#include "tests/embedded/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class GroupSessionTest : public GroupsTest {};

TEST_F(GroupSessionTest, SilenceEndsTheMembership) {
  const auto ids = stable_group(2, {.session = seconds(10)});
  pass(seconds(6));
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
  pass(milliseconds(3999));
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
  pass(milliseconds(1));
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupSessionTest, EveryRequestOfAMemberKeepsItAlive) {
  const auto ids = stable_group(2, {.session = seconds(10)});
  for (int i = 0; i < 5; ++i) {
    pass(seconds(9));
    EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none) << i;
    if (i % 3 == 0) {
      EXPECT_EQ(sync({ids[1], 1})->error_code, ErrorCode::none) << i;
    }
    if (i % 3 == 1) {
      EXPECT_EQ(commit_error({.member = ids[1], .generation = 1}), ErrorCode::none) << i;
    }
    if (i % 3 == 2) {
      EXPECT_EQ(join({.member = ids[1], .session = seconds(10)})->error_code, ErrorCode::none) << i;
    }
  }
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupSessionTest, RefusedRequestsDoNot) {
  const auto ids = stable_group(1, {.session = seconds(10)});
  pass(seconds(9));
  EXPECT_EQ(heartbeat(ids[0], 7), ErrorCode::illegal_generation);
  pass(seconds(1));
  EXPECT_EQ(state(), "Empty");
}

TEST_F(GroupSessionTest, AHeartbeatDuringARebalanceKeepsAlive) {
  const auto ids = stable_group(2, {.session = seconds(10)});
  join({.member = ids[0], .session = seconds(10)});
  for (int i = 0; i < 5; ++i) {
    pass(seconds(9));
    EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::rebalance_in_progress) << i;
  }
}

TEST_F(GroupSessionTest, AParkedJoinDoesNotExpire) {
  const auto ids = stable_group(2, {.session = seconds(10), .rebalance = minutes(10)});
  const Joined parked = join({.member = ids[0], .session = seconds(10), .rebalance = minutes(10)});
  for (int i = 0; i < 20; ++i) {
    pass(seconds(9));
    EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::rebalance_in_progress);
  }
  EXPECT_FALSE(parked.here());
  join({.member = ids[1], .session = seconds(10), .rebalance = minutes(10)});
  EXPECT_EQ(parked->error_code, ErrorCode::none);
  // Its session starts again with the answer.
  pass(milliseconds(9999));
  EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::none);
  pass(seconds(10));
  EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::unknown_member_id);
}

TEST_F(GroupSessionTest, AParkedSyncDoesNotExpire) {
  const Join patient{.session = seconds(10), .rebalance = minutes(10)};
  Join wanted = patient;
  const std::string a = join(patient)->member_id;
  const std::string b = join(patient)->member_id;
  wanted.member = a;
  join(wanted);
  wanted.member = b;
  join(wanted);
  const Synced parked = sync({.member = b, .generation = 1});
  for (int i = 0; i < 20; ++i) {
    pass(seconds(9));
    EXPECT_EQ(heartbeat(a, 1), ErrorCode::none);
  }
  EXPECT_FALSE(parked.here());
  sync({a, 1, {{b, "B"}}});
  EXPECT_EQ(parked->assignment, "B");
  pass(milliseconds(9999));
  EXPECT_EQ(heartbeat(b, 1), ErrorCode::none);
}

TEST_F(GroupSessionTest, WhoNeverLearnedItsIdIsForgottenAfterAWhile) {
  const auto ids = stable_group(1, {.session = seconds(10), .rebalance = minutes(20)});
  const Joined lost = join({.version = 3, .session = seconds(10), .rebalance = minutes(20)});
  for (int i = 0; i < 40; ++i) {
    pass(seconds(8));
    heartbeat(ids[0], 1);
  }
  EXPECT_EQ(lost->error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(describe().members.size(), 1u);
}

TEST_F(GroupSessionTest, AShorterSessionCountsFromTheNextJoin) {
  const auto ids = stable_group(1, {.session = minutes(5)});
  sync_all(join({.member = ids[0], .session = seconds(10)}));
  pass(seconds(10));
  EXPECT_EQ(state(), "Empty");
}

TEST_F(GroupSessionTest, AllSilentLeavesAnEmptyGroup) {
  stable_group(3, {.session = seconds(10)});
  pass(seconds(10));
  EXPECT_EQ(state(), "Empty");
  pass(minutes(1));
  EXPECT_FALSE(timers.next());
}

}  // namespace
}  // namespace weir::embedded::broker::groups
