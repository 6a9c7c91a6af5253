#include "tests/embedded/broker/groups/groups_fixture.hpp"

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

TEST_F(OffsetFetchTest, WhatIsAskedForTwiceIsAnsweredOnce) {
  commit({.offset = 5, .metadata = "note"});
  for (std::int16_t version = 1; version <= 9; ++version) {
    wire::OffsetFetchRequest request;
    request.group_id = "g";
    request.topics = {{{"t", {0, 1, 0}}, {"u", {3}}, {"t", {2, 1}}, {"u", {3}}}};
    request.groups.resize(2);
    for (auto& group : request.groups) {
      group.group_id = "g";
      group.topics = {{{"t", {0, 1, 0}}, {"u", {3}}, {"t", {2, 1}}, {"u", {3}}}};
    }
    const auto response = ask(request, version);
    std::string told;
    const auto note = [&told](const auto& topics) {
      for (const auto& topic : topics) {
        told += topic.name;
        for (const auto& each : topic.partitions) {
          told += " " + std::to_string(each.index) + ":" + std::to_string(each.committed_offset);
        }
        told += "\n";
      }
    };
    note(response.topics);
    for (const auto& group : response.groups) note(group.topics);
    EXPECT_EQ(told, "t 0:5 1:-1 2:-1\nu 3:-1\n") << "version " << version;
  }
}

TEST_F(OffsetFetchTest, AnAnswerIsBounded) {
  options.max_fetch = 10'000;
  open();
  const std::string metadata(kMaxOffsetMetadataBytes, 'm');
  for (Partition partition = 0; partition < 3; ++partition) {
    commit({.offset = 1, .partition = partition, .metadata = metadata});
  }
  for (std::int16_t version = 1; version <= 7; ++version) {
    wire::OffsetFetchRequest request;
    request.group_id = "g";
    request.topics = {{{"t", {0, 1}}}};
    EXPECT_EQ(ask(request, version).topics.at(0).partitions.at(1).metadata, metadata);
    request.topics = {{{"t", {0, 1, 2}}}};
    const auto refused = ask(request, version);
    EXPECT_EQ(refused.error_code, ErrorCode::message_too_large);
    if (version > 1) {
      EXPECT_TRUE(refused.topics.empty());
      request.topics.reset();
      EXPECT_EQ(ask(request, version).error_code, ErrorCode::message_too_large);
    } else {
      EXPECT_EQ(refused.topics.at(0).partitions.at(2).error_code, ErrorCode::message_too_large);
      EXPECT_EQ(refused.topics.at(0).partitions.at(2).metadata, "");
    }
  }
}

// What does not fit beside others is told to who asks again.
TEST_F(OffsetFetchTest, AnAnswerForSeveralGroupsIsBounded) {
  options.max_fetch = 10'000;
  open();
  const std::string metadata(kMaxOffsetMetadataBytes, 'm');
  for (const std::string group : {"a", "b", "c", "d"}) {
    const Partition last = group == "c" ? 2 : 0;
    for (Partition partition = 0; partition <= last; ++partition) {
      commit({.offset = 1, .partition = partition, .metadata = metadata, .group = group});
    }
  }
  for (const std::int16_t version : {8, 9}) {
    wire::OffsetFetchRequest request;
    for (const std::string_view group : {"a", "c", "b", "d", "nobody"}) request.groups.emplace_back().group_id = group;
    const auto first = ask(request, version);
    ASSERT_EQ(first.groups.size(), 5u);
    EXPECT_EQ(first.groups[0].error_code, ErrorCode::none);
    EXPECT_EQ(first.groups[1].error_code, ErrorCode::message_too_large);  // never, whoever is asked for with it
    EXPECT_TRUE(first.groups[1].topics.empty());
    EXPECT_EQ(first.groups[2].error_code, ErrorCode::none);
    EXPECT_EQ(first.groups[3].error_code, ErrorCode::coordinator_load_in_progress);
    EXPECT_TRUE(first.groups[3].topics.empty());
    EXPECT_EQ(first.groups[4].error_code, ErrorCode::none);
    request.groups = {request.groups[3]};
    const auto second = ask(request, version);
    EXPECT_EQ(second.groups.at(0).topics.at(0).partitions.at(0).metadata, metadata);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::groups
