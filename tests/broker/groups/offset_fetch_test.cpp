#include "tests/broker/groups/groups_fixture.hpp"

namespace weir::embedded::broker::groups {
namespace {

class OffsetFetchTest : public GroupsTest {
 protected:
  wire::OffsetFetchResponse ask(const wire::OffsetFetchRequest& request, std::int16_t version) {
    RequestContext context;
    context.version = version;
    return coordinator->offset_fetch(context, request);
  }
};

TEST_F(OffsetFetchTest, AnUnknownGroupHasCommittedNothing) {
  for (const std::int16_t version : {1, 5, 7}) {
    wire::OffsetFetchRequest request;
    request.group_id = "nobody";
    request.topics = {{{"t", {0, 1}}, {"none", {9}}}};
    const auto response = ask(request, version);
    EXPECT_EQ(response.error_code, ErrorCode::none);
    ASSERT_EQ(response.topics.size(), 2u);
    ASSERT_EQ(response.topics[0].partitions.size(), 2u);
    const auto& partition = response.topics[0].partitions[1];
    EXPECT_EQ(partition.index, 1);
    EXPECT_EQ(partition.committed_offset, -1);
    EXPECT_EQ(partition.committed_leader_epoch, -1);
    EXPECT_EQ(partition.metadata, "");
    EXPECT_EQ(partition.error_code, ErrorCode::none);
  }
  EXPECT_EQ(state("nobody"), "Dead");
}

TEST_F(OffsetFetchTest, TellsWhatWasCommitted) {
  commit({.offset = 42, .metadata = "note"});
  wire::OffsetFetchRequest request;
  request.group_id = "g";
  request.topics = {{{"t", {0, 1}}}};
  request.require_stable = true;
  const auto response = ask(request, 7);
  const auto& partition = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.committed_offset, 42);
  EXPECT_EQ(partition.committed_leader_epoch, 3);
  EXPECT_EQ(partition.metadata, "note");
  EXPECT_EQ(response.topics.at(0).partitions.at(1).committed_offset, -1);
}

TEST_F(OffsetFetchTest, NoTopicsMeansAll) {
  commit({.offset = 1, .topic = "t", .partition = 2});
  commit({.offset = 2, .topic = "t", .partition = 0});
  commit({.offset = 3, .topic = "u"});
  wire::OffsetFetchRequest request;
  request.group_id = "g";
  const auto response = ask(request, 2);
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].name, "t");
  EXPECT_EQ(response.topics[0].partitions.size(), 2u);
  EXPECT_EQ(response.topics[1].partitions.at(0).committed_offset, 3);
  request.topics.emplace();
  EXPECT_TRUE(ask(request, 2).topics.empty());  // an empty list asks for nothing
  request.topics.reset();
  request.group_id = "nobody";
  EXPECT_TRUE(ask(request, 2).topics.empty());
}

TEST_F(OffsetFetchTest, SeveralGroupsAtOnce) {
  commit({.offset = 1, .group = "a"});
  commit({.offset = 2, .group = "b"});
  wire::OffsetFetchRequest request;
  request.groups.resize(3);
  request.groups[0].group_id = "a";
  request.groups[0].topics = {{{"t", {0}}}};
  request.groups[1].group_id = "b";
  request.groups[1].member_id = "somebody";
  request.groups[1].member_epoch = 4;
  request.groups[2].group_id = "nobody";
  request.groups[2].topics = {{{"t", {0}}}};
  for (const std::int16_t version : {8, 9}) {
    const auto response = ask(request, version);
    EXPECT_TRUE(response.topics.empty());
    ASSERT_EQ(response.groups.size(), 3u);
    EXPECT_EQ(response.groups[0].group_id, "a");
    EXPECT_EQ(response.groups[0].topics.at(0).partitions.at(0).committed_offset, 1);
    EXPECT_EQ(response.groups[1].topics.at(0).partitions.at(0).committed_offset, 2);
    EXPECT_EQ(response.groups[2].topics.at(0).partitions.at(0).committed_offset, -1);
    for (const auto& group : response.groups) EXPECT_EQ(group.error_code, ErrorCode::none);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::groups
