#include "embedded/broker/groups/entries.hpp"
#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <cerrno>

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class GroupRestartTest : public GroupsTest {
 protected:
  std::uint64_t journal_size() { return files.contents("/data/meta/groups.log").size(); }
};

TEST_F(GroupRestartTest, AStableGroupGoesOn) {
  const auto ids = stable_group(3);
  commit({.member = ids[1], .generation = 1, .offset = 8});
  lose_power(7);
  EXPECT_EQ(state(), "Stable");
  for (const std::string& id : ids) EXPECT_EQ(heartbeat(id, 1), ErrorCode::none);
  EXPECT_EQ(commit_error({.member = ids[1], .generation = 1, .offset = 9}), ErrorCode::none);
  EXPECT_EQ(sync({ids[2], 1})->assignment, "for " + ids[2]);
  EXPECT_EQ(join({.member = ids[1]})->leader, ids[0]);
  EXPECT_EQ(fetch(), 9);
  const auto group = describe();
  EXPECT_EQ(group.protocol_data, "range");
  EXPECT_EQ(group.members.at(0).client_id, "app");
  EXPECT_EQ(group.members.at(0).client_host, "/127.0.0.1");
}

TEST_F(GroupRestartTest, MembersHaveAWholeSessionToComeBack) {
  const auto ids = stable_group(2, {.session = seconds(10)});
  pass(seconds(9));
  restart();
  pass(milliseconds(9999));
  EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
  pass(milliseconds(1));
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::unknown_member_id);
}

TEST_F(GroupRestartTest, ARebalanceThatWasCutOffStartsFromTheStableGeneration) {
  const auto ids = stable_group(2);
  const Parked third = enter();
  join({.member = ids[0]});
  restart();
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::none);
  EXPECT_EQ(join({.member = third.id})->error_code, ErrorCode::unknown_member_id);
  const Joined leader = join({.member = ids[0]});
  join({.member = ids[1]});
  EXPECT_EQ(leader->generation_id, 2);
}

TEST_F(GroupRestartTest, AnEmptyGroupKeepsItsGeneration) {
  const auto ids = stable_group(1);
  commit({.member = ids[0], .generation = 1, .offset = 8});
  leave({{ids[0], std::nullopt}});
  restart();
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(fetch(), 8);
  EXPECT_EQ(enter().joined->generation_id, 3);
}

TEST_F(GroupRestartTest, StaticMembersKeepTheirPlace) {
  const Joined joined = join({.instance = "one", .protocols = {{"range", subscription({"t"})}}});
  sync_all(joined);
  restart();
  const Joined back = join({.instance = "one", .protocols = {{"range", subscription({"t"})}}});
  EXPECT_TRUE(back->skip_assignment);
  EXPECT_EQ(back->generation_id, 1);
  EXPECT_EQ(heartbeat(joined->member_id, 1, "one"), ErrorCode::fenced_instance_id);
}

TEST_F(GroupRestartTest, AcknowledgedCommitsSurviveAPowerFailure) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Offset offset = static_cast<Offset>(seed);
    EXPECT_EQ(commit_error({.offset = offset}), ErrorCode::none);
    corked = true;
    commit({.offset = offset + 1000, .partition = 1});  // not answered
    corked = false;
    lose_power(seed);
    EXPECT_EQ(fetch(), offset);
  }
}

TEST_F(GroupRestartTest, WhatACommitSaysSurvives) {
  commit({.offset = 8, .metadata = "note"});
  restart();
  wire::OffsetFetchRequest request;
  request.group_id = "g";
  RequestContext context;
  context.version = 7;
  const auto partition = coordinator->offset_fetch(context, request).topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.committed_leader_epoch, 3);
  EXPECT_EQ(partition.metadata, "note");
}

TEST_F(GroupRestartTest, EntriesOfALaterVersionAreNotGuessedAt) {
  coordinator.reset();
  {
    const auto ignore = [](std::string_view) -> Result<void> {
      return {};
    };
    auto journal = storage::Journal::open(files, flusher, "/data/meta/groups.log", ignore);
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->append(std::string("\x7f\x01", 2)));
    ASSERT_TRUE((*journal)->sync_now());
  }
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("kind 32513"), std::string::npos) << opened.error().message();
}

TEST_F(GroupRestartTest, MalformedEntriesAreRefused) {
  OffsetsRecord record;
  record.group_id = "g";
  record.topics.push_back({"t", {{0, 5, 1, 77, "note"}}});
  const std::string entry = entry_of(record);
  for (std::size_t size = 0; size < entry.size(); ++size) {
    MemoryUse memory;
    Replay replay(memory);
    EXPECT_FALSE(replay.take(std::string_view(entry).substr(0, size))) << size;
  }
  MemoryUse memory;
  {
    Replay replay(memory);
    EXPECT_TRUE(replay.take(entry));
    EXPECT_GT(memory.used, 0u);
    EXPECT_EQ(replay.groups().at("g").offsets->find("t", 0)->offset, 5);
  }
  EXPECT_EQ(memory.used, 0u);
}

TEST_F(GroupRestartTest, TheJournalIsCompacted) {
  const std::string metadata(4000, 'm');
  const auto ids = stable_group(2, {.session = minutes(30), .group = "live"});
  for (int i = 0; i < 1030; ++i) {
    commit({.offset = i, .metadata = metadata});
    commit({.member = ids[0], .generation = 1, .offset = 2 * i, .partition = 1, .group = "live"});
  }
  ASSERT_GT(journal_size(), std::uint64_t{4} << 20);
  corked = true;
  const Committed pending = commit({.offset = 4711, .partition = 3});
  coordinator->tend();
  EXPECT_LT(journal_size(), 20'000u);
  flusher.run_until_idle();
  EXPECT_TRUE(pending.here());
  corked = false;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fetch("t", 0), 1029);
    EXPECT_EQ(fetch("t", 3), 4711);
    EXPECT_EQ(fetch("t", 1, "live"), 2058);
    EXPECT_EQ(heartbeat(ids[1], 1, std::nullopt, "live"), ErrorCode::none);
    lose_power(9);
  }
}

TEST_F(GroupRestartTest, ACompactionDuringARebalanceLosesNothing) {
  const auto ids = stable_group(2, {.session = minutes(30)});
  join({.member = ids[0], .session = minutes(30)});
  const std::string metadata(4000, 'm');
  for (int i = 0; i < 1200; ++i) commit({.offset = i, .metadata = metadata, .group = "other"});
  coordinator->tend();
  ASSERT_LT(journal_size(), 20'000u);
  lose_power(11);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(ids[1], 1), ErrorCode::rebalance_in_progress);
  const Joined leader = join({.member = ids[0], .session = minutes(30)});
  join({.member = ids[1], .session = minutes(30)});
  EXPECT_EQ(leader->generation_id, 2);
  EXPECT_EQ(leader->members.size(), 2u);
}

TEST_F(GroupRestartTest, OffsetsExpireAfterTheGroupIsGone) {
  options.offsets_retention = hours(2);
  open();
  const auto ids = stable_group(1, {.session = minutes(30)});
  commit({.member = ids[0], .generation = 1, .offset = 8});
  for (int i = 0; i < 20; ++i) {
    pass(minutes(25));
    coordinator->tend();
    EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
  }
  EXPECT_EQ(fetch(), 8);  // as old as it is, it is in use
  leave({{ids[0], std::nullopt}});
  pass(hours(1));
  restart();
  coordinator->tend();
  EXPECT_EQ(fetch(), 8);
  pass(hours(1) - minutes(1));
  coordinator->tend();
  EXPECT_EQ(fetch(), 8);
  pass(minutes(2));
  coordinator->tend();
  EXPECT_EQ(fetch(), -1);
  EXPECT_EQ(state(), "Dead");
  restart();
  EXPECT_EQ(state(), "Dead");
}

TEST_F(GroupRestartTest, PlainOffsetsExpireByTheirOwnAge) {
  options.offsets_retention = hours(2);
  open();
  commit({.offset = 1, .partition = 0});
  pass(hours(1));
  commit({.offset = 2, .partition = 1});
  pass(hours(1) + minutes(1));
  coordinator->tend();
  EXPECT_EQ(fetch("t", 0), -1);
  EXPECT_EQ(fetch("t", 1), 2);
}

TEST_F(GroupRestartTest, EmptyGroupsWithoutOffsetsVanish) {
  const auto ids = stable_group(1);
  leave({{ids[0], std::nullopt}});
  pass(minutes(9));
  coordinator->tend();
  EXPECT_EQ(state(), "Empty");  // tools may still look at it
  pass(minutes(2));
  coordinator->tend();
  EXPECT_EQ(state(), "Dead");
  restart();
  EXPECT_EQ(state(), "Dead");
}

TEST_F(GroupRestartTest, RepliesInWorkAreDroppedWithTheCoordinator) {
  corked = true;
  const Committed pending = commit({.offset = 5});
  const auto ids = join({.version = 3});
  EXPECT_TRUE(coordinator->close());
  coordinator.reset();
  flusher.run_until_idle();
  EXPECT_FALSE(pending.here());
  open();
  EXPECT_EQ(fetch(), 5);
}

// The entry of the commit stands before that of the expiry: whoever reads the journal would take it back.
TEST_F(GroupRestartTest, ExpiryLeavesACommitOnItsWayToTheDiskAlone) {
  options.offsets_retention = hours(2);
  open();
  commit({.offset = 1});
  pass(hours(3));
  corked = true;
  const Committed pending = commit({.offset = 2});
  coordinator->tend();
  flusher.run_until_idle();
  EXPECT_EQ(pending->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  corked = false;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(fetch(), 2);
    restart();
  }
}

TEST_F(GroupRestartTest, ACloseGuardsAllThatWasWrittenAndNothingComesBehindIt) {
  commit({.offset = 5});
  const std::uint64_t last = journal_size() - 1;
  ASSERT_TRUE(coordinator->close());
  const std::string bytes = files.contents("/data/meta/groups.log");
  coordinator.reset();
  EXPECT_EQ(files.contents("/data/meta/groups.log"), bytes);
  files.corrupt("/data/meta/groups.log", last);
  EXPECT_FALSE(try_open()) << "an acknowledged commit is damaged";
  files.corrupt("/data/meta/groups.log", last);
  open();
  EXPECT_EQ(fetch(), 5);
}

TEST_F(GroupRestartTest, TopicsThatCannotBeForgottenAtTheStartAreTold) {
  commit({.offset = 1});
  commit({.offset = 2, .topic = "u"});
  options.partition_exists = [](std::string_view topic, Partition) {
    return topic == "t";
  };
  files.fail(storage::FaultFileSystem::Operation::write, 2, ENOSPC);  // the first confirms what is there
  open();
  EXPECT_EQ(coordinator->topics_to_forget(), std::vector<std::string>{"u"});
  EXPECT_TRUE(coordinator->forget_topics({"u"}));
  EXPECT_TRUE(coordinator->topics_to_forget().empty());
}

TEST_F(GroupRestartTest, ARepairKeepsTheOffsetsOfMissingTopics) {
  commit({.offset = 2, .topic = "u"});
  const auto all = options.partition_exists;
  options.partition_exists = [](std::string_view, Partition) {
    return false;
  };
  options.repair = true;
  open();
  EXPECT_EQ(fetch("u"), 2);
  EXPECT_EQ(coordinator->topics_to_forget(), std::vector<std::string>{"u"}) << "before one of that name is made";
  options.partition_exists = all;  // its journal was found again
  options.repair = false;
  open();
  EXPECT_EQ(fetch("u"), 2);
  options.partition_exists = [](std::string_view, Partition) {
    return false;
  };
  open();
  EXPECT_EQ(fetch("u"), -1);
}

TEST_F(GroupRestartTest, AMissingJournalIsNoticedWhereThereAreTopics) {
  coordinator.reset();
  ASSERT_TRUE(files.remove("/data/meta/groups.log"));
  options.journal_expected = true;
  const auto refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::corrupt);
  EXPECT_NE(refused.error().message().find("groups.log' is missing"), std::string::npos) << refused.error().message();
  options.repair = true;
  open();
  options.repair = false;
  open();
}

}  // namespace
}  // namespace weir::embedded::broker::groups
