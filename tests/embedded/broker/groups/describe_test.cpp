#include "tests/embedded/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

class GroupDescribeTest : public GroupsTest {
 protected:
  std::vector<std::string> list(const std::vector<std::string_view>& states,
                                const std::vector<std::string_view>& types = {}) {
    wire::ListGroupsRequest request;
    request.states_filter = states;
    request.types_filter = types;
    RequestContext context;
    context.version = 5;
    std::vector<std::string> out;
    for (const auto& group : coordinator->list_groups(context, request).groups) {
      EXPECT_EQ(group.group_type, "classic");
      out.push_back(group.group_id + ":" + group.group_state + ":" + group.protocol_type);
    }
    return out;
  }
};

TEST_F(GroupDescribeTest, AnUnknownGroupIsDead) {
  const auto group = describe("nobody");
  EXPECT_EQ(group.error_code, ErrorCode::none);
  EXPECT_EQ(group.group_id, "nobody");
  EXPECT_EQ(group.group_state, "Dead");
  EXPECT_TRUE(group.members.empty());
}

TEST_F(GroupDescribeTest, AStableGroupShowsItsMembers) {
  const auto ids = stable_group(2);
  const auto group = describe();
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.protocol_type, "consumer");
  EXPECT_EQ(group.protocol_data, "range");
  ASSERT_EQ(group.members.size(), 2u);
  for (const auto& member : group.members) {
    EXPECT_EQ(member.client_id, "app");
    EXPECT_EQ(member.client_host, "/127.0.0.1");
    EXPECT_EQ(member.member_metadata, "m");
    EXPECT_EQ(member.member_assignment, "for " + member.member_id);
    EXPECT_FALSE(member.group_instance_id);
  }
}

TEST_F(GroupDescribeTest, ARebalanceShowsNoAssignments) {
  const auto ids = stable_group(2);
  join({.member = ids[0]});
  const auto group = describe();
  EXPECT_EQ(group.group_state, "PreparingRebalance");
  EXPECT_EQ(group.protocol_data, "");
  ASSERT_EQ(group.members.size(), 2u);
  EXPECT_EQ(group.members[0].member_metadata, "");
  EXPECT_EQ(group.members[0].member_assignment, "");
}

TEST_F(GroupDescribeTest, StaticMembersShowTheirInstance) {
  sync_all(join({.instance = "one"}));
  EXPECT_EQ(describe().members.at(0).group_instance_id, "one");
}

TEST_F(GroupDescribeTest, AuthorizedOperationsOnlyWhenAsked) {
  EXPECT_EQ(describe().authorized_operations, std::numeric_limits<std::int32_t>::min());
  wire::DescribeGroupsRequest request;
  request.groups = {"a", "b"};
  request.include_authorized_operations = true;
  const auto response = coordinator->describe_groups({}, request);
  ASSERT_EQ(response.groups.size(), 2u);
  EXPECT_EQ(response.groups[1].authorized_operations, 328);
}

TEST_F(GroupDescribeTest, ListsWithFilters) {
  EXPECT_TRUE(list({}).empty());
  commit({.group = "plain"});
  stable_group(1, {.group = "live"});
  stable_group(2, {.group = "moving"});
  join({.group = "moving"});
  enter({.group = "moving"});
  using Names = std::vector<std::string>;
  EXPECT_EQ(list({}), (Names{"live:Stable:consumer", "moving:PreparingRebalance:consumer", "plain:Empty:"}));
  EXPECT_EQ(list({"Stable"}), (Names{"live:Stable:consumer"}));
  EXPECT_EQ(list({"stable", "EMPTY"}), (Names{"live:Stable:consumer", "plain:Empty:"}));
  EXPECT_EQ(list({"Dead"}), Names());
  EXPECT_EQ(list({}, {"consumer"}), Names());
  EXPECT_EQ(list({"Stable"}, {"Classic"}), (Names{"live:Stable:consumer"}));
}

// Compared group by group this would take minutes.
TEST_F(GroupDescribeTest, AFilterWithManyNamesIsReadOnce) {
  corked = true;
  for (int i = 0; i < 10'000; ++i) commit({.group = "g" + std::to_string(i)});
  flusher.run_until_idle();
  std::vector<std::string_view> states(900'000, "Emptx");
  EXPECT_TRUE(list(states).empty());
  states.push_back("Empty");
  EXPECT_EQ(list(states).size(), 10'000u);
}

}  // namespace
}  // namespace weir::embedded::broker::groups
