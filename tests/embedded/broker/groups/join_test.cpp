#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <set>

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class GroupJoinTest : public GroupsTest {};

TEST_F(GroupJoinTest, GroupIdMustNotBeEmptyOrHuge) {
  EXPECT_EQ(join({.group = ""})->error_code, ErrorCode::invalid_group_id);
  EXPECT_EQ(join({.group = std::string(kMaxGroupIdBytes + 1, 'g')})->error_code, ErrorCode::invalid_group_id);
  EXPECT_EQ(join({.group = std::string(kMaxGroupIdBytes, 'g')})->error_code, ErrorCode::member_id_required);
}

TEST_F(GroupJoinTest, SessionTimeoutHasBounds) {
  EXPECT_EQ(join({.session = milliseconds(5999)})->error_code, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.session = minutes(30) + milliseconds(1)})->error_code, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.session = milliseconds(-1)})->error_code, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.session = seconds(6)})->error_code, ErrorCode::member_id_required);
  EXPECT_EQ(join({.session = minutes(30)})->error_code, ErrorCode::member_id_required);
}

TEST_F(GroupJoinTest, DynamicMembersLearnTheirIdFirst) {
  const Joined refused = join({.version = 4});
  EXPECT_EQ(refused->error_code, ErrorCode::member_id_required);
  EXPECT_TRUE(refused->member_id.starts_with("app-")) << refused->member_id;
  EXPECT_EQ(refused->generation_id, -1);
  const Joined joined = join({.member = refused->member_id, .version = 4});
  ASSERT_TRUE(joined.here());
  EXPECT_EQ(joined->error_code, ErrorCode::none);
  EXPECT_EQ(joined->member_id, refused->member_id);
  EXPECT_EQ(joined->leader, refused->member_id);
  EXPECT_EQ(joined->generation_id, 1);
  EXPECT_EQ(joined->protocol_name, "range");
  EXPECT_EQ(joined->protocol_type, "consumer");
  ASSERT_EQ(joined->members.size(), 1u);
  EXPECT_EQ(joined->members[0].metadata, "m");
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(GroupJoinTest, OldVersionsJoinAtOnce) {
  for (const std::int16_t version : {0, 1, 3}) {
    const Joined joined = join({.version = version, .group = "g" + std::to_string(version)});
    ASSERT_TRUE(joined.here()) << version;
    EXPECT_EQ(joined->error_code, ErrorCode::none);
    EXPECT_EQ(joined->leader, joined->member_id);
  }
}

TEST_F(GroupJoinTest, UnknownIdsAreRefused) {
  EXPECT_EQ(join({.member = "nobody"})->error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(state(), "Dead");
  stable_group(1);
  EXPECT_EQ(join({.member = "nobody"})->error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupJoinTest, AnIdThatIsNotUsedExpires) {
  const std::string id = join({.session = seconds(10)})->member_id;
  pass(seconds(9));
  EXPECT_EQ(state(), "Empty");
  pass(seconds(1));
  EXPECT_EQ(state(), "Dead");  // nobody was ever in it
  EXPECT_EQ(join({.member = id})->error_code, ErrorCode::unknown_member_id);
}

TEST_F(GroupJoinTest, ARebalanceWaitsForIdsThatWereGivenOut) {
  const std::string first = join({})->member_id;
  const std::string second = join({})->member_id;
  const Joined a = join({.member = first});
  EXPECT_FALSE(a.here());
  const Joined b = join({.member = second});
  ASSERT_TRUE(a.here() && b.here());
  EXPECT_EQ(a->generation_id, 1);
  EXPECT_EQ(b->generation_id, 1);
  EXPECT_EQ(a->leader, first);
  EXPECT_EQ(b->leader, first);
  EXPECT_EQ(a->members.size(), 2u);
  EXPECT_TRUE(b->members.empty());  // only the leader learns who is there
}

TEST_F(GroupJoinTest, ARebalanceGoesOnWhenAnUnusedIdExpires) {
  const std::string first = join({.session = seconds(30)})->member_id;
  join({.session = seconds(10)});
  const Joined a = join({.member = first, .session = seconds(30)});
  pass(seconds(9));
  EXPECT_FALSE(a.here());
  pass(seconds(1));
  EXPECT_TRUE(a.here());
}

TEST_F(GroupJoinTest, ProtocolsMustHaveSomethingInCommon) {
  EXPECT_EQ(join({.protocols = {}})->error_code, ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.type = ""})->error_code, ErrorCode::inconsistent_group_protocol);
  stable_group(1, {.protocols = {{"range", "r"}, {"sticky", "s"}}});
  EXPECT_EQ(join({.type = "connect"})->error_code, ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.protocols = {{"roundrobin", ""}}})->error_code, ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.protocols = {{"roundrobin", ""}, {"sticky", ""}}})->error_code, ErrorCode::member_id_required);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupJoinTest, AnEmptiedGroupTakesAnyProtocolType) {
  const auto ids = stable_group(1);
  leave({{ids[0], std::nullopt}});
  EXPECT_EQ(state(), "Empty");
  const Parked worker = enter({.protocols = {{"sessioned", "c"}}, .type = "connect"});
  EXPECT_EQ(worker.joined->error_code, ErrorCode::none);
  EXPECT_EQ(worker.joined->protocol_type, "connect");
}

TEST_F(GroupJoinTest, AMemberOfItsOwnMayChangeAllItsProtocols) {
  const auto ids = stable_group(1);
  const Joined again = join({.member = ids[0], .protocols = {{"sticky", "s"}}});
  EXPECT_EQ(again->error_code, ErrorCode::none);
  EXPECT_EQ(again->protocol_name, "sticky");
}

TEST_F(GroupJoinTest, TheProtocolIsChosenByVotesForTheFirstOneThatAllKnow) {
  const std::string a = join({})->member_id;
  const std::string b = join({})->member_id;
  const std::string c = join({})->member_id;
  const Joined joined = join({.member = a, .protocols = {{"only-a", "0"}, {"range", "1"}, {"sticky", "2"}}});
  join({.member = b, .protocols = {{"sticky", "3"}, {"range", "4"}}});
  join({.member = c, .protocols = {{"sticky", "5"}, {"only-c", "6"}, {"range", "7"}}});
  EXPECT_EQ(joined->protocol_name, "sticky");
  std::multiset<std::string> metadata;
  for (const auto& member : joined->members) metadata.insert(member.metadata);
  EXPECT_EQ(metadata, (std::multiset<std::string>{"2", "3", "5"}));
}

TEST_F(GroupJoinTest, OneProtocolNamedTwiceCountsOnce) {
  const auto ids = stable_group(1, {.protocols = {{"range", "1"}, {"range", "2"}}});
  EXPECT_EQ(describe().members.at(0).member_metadata, "1");
  EXPECT_EQ(join({.protocols = {{"range", "3"}}})->error_code, ErrorCode::member_id_required);
  leave({{ids[0], std::nullopt}});
}

TEST_F(GroupJoinTest, AFollowerWithTheSameMetadataIsToldHowThingsStand) {
  const auto ids = stable_group(2);
  const Joined again = join({.member = ids[1]});
  ASSERT_TRUE(again.here());
  EXPECT_EQ(again->error_code, ErrorCode::none);
  EXPECT_EQ(again->generation_id, 1);
  EXPECT_EQ(again->leader, ids[0]);
  EXPECT_TRUE(again->members.empty());
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(sync({ids[1], 1})->assignment, "for " + ids[1]);
}

TEST_F(GroupJoinTest, AFollowerWithOtherMetadataRebalances) {
  const auto ids = stable_group(2);
  const Joined again = join({.member = ids[1], .protocols = {{"range", "changed"}}});
  EXPECT_FALSE(again.here());
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
  const Joined leader = join({.member = ids[0]});
  ASSERT_TRUE(leader.here() && again.here());
  EXPECT_EQ(leader->generation_id, 2);
}

TEST_F(GroupJoinTest, TheLeaderMayAskForARebalance) {
  const auto ids = stable_group(2);
  const Joined leader = join({.member = ids[0]});
  EXPECT_FALSE(leader.here());
  EXPECT_EQ(state(), "PreparingRebalance");
  const Joined follower = join({.member = ids[1]});
  ASSERT_TRUE(leader.here());
  EXPECT_EQ(leader->leader, ids[0]);  // kept
  EXPECT_EQ(leader->members.size(), 2u);
}

TEST_F(GroupJoinTest, ALostAnswerIsRepeated) {
  const std::string a = join({})->member_id;
  const std::string b = join({})->member_id;
  join({.member = a});
  join({.member = b});
  ASSERT_EQ(state(), "CompletingRebalance");
  const Joined leader = join({.member = a});
  ASSERT_TRUE(leader.here());
  EXPECT_EQ(leader->generation_id, 1);
  EXPECT_EQ(leader->members.size(), 2u);
  const Joined follower = join({.member = b});
  ASSERT_TRUE(follower.here());
  EXPECT_TRUE(follower->members.empty());
  EXPECT_EQ(state(), "CompletingRebalance");
  sync_all(leader);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupJoinTest, OtherMetadataBeforeTheAssignmentsRebalances) {
  const std::string a = join({})->member_id;
  const std::string b = join({})->member_id;
  join({.member = a});
  join({.member = b});
  const Synced waiting = sync({.member = b, .generation = 1});
  EXPECT_FALSE(waiting.here());
  join({.member = a, .protocols = {{"range", "changed"}}});
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(waiting->error_code, ErrorCode::rebalance_in_progress);
}

TEST_F(GroupJoinTest, ASecondJoinTakesThePlaceOfAParkedOne) {
  const auto ids = stable_group(2);
  const Joined lost = join({.member = ids[0]});
  const Joined second = join({.member = ids[0]});
  EXPECT_EQ(lost->error_code, ErrorCode::rebalance_in_progress);
  EXPECT_FALSE(second.here());
  join({.member = ids[1]});
  EXPECT_EQ(second->generation_id, 2);
}

TEST_F(GroupJoinTest, AGroupHasAGreatestSize) {
  options.max_group_size = 2;
  open();
  const auto ids = stable_group(2);
  EXPECT_EQ(join({})->error_code, ErrorCode::group_max_size_reached);
  EXPECT_EQ(join({.version = 3})->error_code, ErrorCode::group_max_size_reached);
  EXPECT_EQ(join({.instance = "i"})->error_code, ErrorCode::group_max_size_reached);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(join({.member = ids[1]})->error_code, ErrorCode::none);
  leave({{ids[1], std::nullopt}});
  EXPECT_EQ(join({})->error_code, ErrorCode::member_id_required);
  EXPECT_EQ(join({})->error_code, ErrorCode::group_max_size_reached);  // ids that were given out count
}

TEST_F(GroupJoinTest, ClientIdsOfAnyLengthMakeUsableMemberIds) {
  const Joined refused = join({.client = std::string(32'000, 'c')});
  EXPECT_LE(refused->member_id.size(), kMaxNameBytes + 37);
}

TEST_F(GroupJoinTest, OversizedRequestsAreRefused) {
  EXPECT_EQ(join({.protocols = {{"range", std::string(kMaxMemberBytes, 'm')}}})->error_code,
            ErrorCode::message_too_large);
  std::vector<std::pair<std::string, std::string>> many;
  for (std::size_t i = 0; i <= kMaxProtocols; ++i) many.emplace_back("p" + std::to_string(i), "");
  EXPECT_EQ(join({.protocols = many})->error_code, ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.protocols = {{std::string(kMaxNameBytes + 1, 'p'), ""}}})->error_code,
            ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.type = std::string(kMaxNameBytes + 1, 't')})->error_code, ErrorCode::inconsistent_group_protocol);
  EXPECT_EQ(join({.instance = std::string(kMaxNameBytes + 1, 'i')})->error_code, ErrorCode::invalid_request);
  EXPECT_EQ(join({.instance = ""})->error_code, ErrorCode::invalid_request);
  EXPECT_EQ(state(), "Dead");
}

TEST_F(GroupJoinTest, AGroupsMetadataIsBounded) {
  const std::string metadata(std::size_t{3} << 20, 'm');
  std::size_t taken = 0;
  for (; taken < 100; ++taken) {
    const Joined joined = join({.protocols = {{"range", metadata}}, .version = 3});
    if (joined.here() && joined->error_code == ErrorCode::group_max_size_reached) break;
  }
  EXPECT_EQ(taken, (kMaxGroupBytes - 1) / metadata.size());
}

TEST_F(GroupJoinTest, AMemberThatDoesNotGrowIsNeverRefused) {
  const std::string large((std::size_t{3} << 20) + (std::size_t{600} << 10), 'm');
  const Join wanted{.protocols = {{"range", large}}, .version = 3};
  std::vector<Joined> joins;
  joins.push_back(join(wanted));
  for (int i = 0; i < 3; ++i) joins.push_back(join(wanted));
  join({.member = joins[0]->member_id, .protocols = wanted.protocols, .version = 3});
  ASSERT_EQ(joins[3]->generation_id, 2);
  // The group is full to the brim.
  EXPECT_EQ(join(wanted)->error_code, ErrorCode::group_max_size_reached);
  for (const Joined& joined : joins) {
    const Joined again = join({.member = joined->member_id, .protocols = {{"range", large}}, .version = 3});
    EXPECT_TRUE(!again.here() || again->error_code == ErrorCode::none) << to_string(again->error_code);
  }
}

TEST_F(GroupJoinTest, WhenAllMemoryIsTakenOnlyStrangersWait) {
  options.memory = 100'000;
  open();
  const std::string large(60'000, 'm');
  const Joined member = join({.protocols = {{"range", large}}, .version = 3});
  EXPECT_EQ(join({.member = member->member_id, .protocols = {{"range", large}}, .version = 3})->error_code,
            ErrorCode::none);
  EXPECT_EQ(join({.member = member->member_id, .protocols = {{"range", large + large}}, .version = 3})->error_code,
            ErrorCode::coordinator_not_available);
  EXPECT_EQ(join({.protocols = {{"range", large}}, .version = 3, .group = "other"})->error_code,
            ErrorCode::coordinator_not_available);
  EXPECT_EQ(join({.protocols = {{"range", large}}, .group = "other"})->error_code,
            ErrorCode::coordinator_not_available);
  leave_v1(member->member_id);
  EXPECT_EQ(join({.protocols = {{"range", large}}, .version = 3, .group = "other"})->error_code, ErrorCode::none);
}

TEST_F(GroupJoinTest, AStaticMemberComesBackWhenAllMemoryIsTaken) {
  options.memory = 100'000;
  open();
  const Join wanted{.instance = "one", .protocols = {{"range", std::string(60'000, 'm')}}};
  sync_all(join(wanted));
  EXPECT_EQ(join(wanted)->error_code, ErrorCode::none);
}

TEST_F(GroupJoinTest, WhenThereAreTooManyGroupsANewOneWaits) {
  corked = true;
  for (std::size_t i = 0; i < kMaxGroups; ++i) commit({.group = "g" + std::to_string(i)});
  flusher.run_until_idle();
  corked = false;
  EXPECT_EQ(join({.group = "another"})->error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(join({.version = 3, .group = "g7"})->error_code, ErrorCode::none);
}

}  // namespace
}  // namespace weir::embedded::broker::groups
