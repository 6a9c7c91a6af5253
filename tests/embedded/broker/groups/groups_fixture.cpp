#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include "embedded/broker/wire/writer.hpp"

namespace weir::embedded::broker::groups {

std::string subscription(const std::vector<std::string>& topics, std::string_view user_data) {
  wire::Writer out;
  out.i16(1);
  out.array(false, static_cast<std::int64_t>(topics.size()));
  for (const std::string& topic : topics) out.string(false, topic);
  out.bytes(false, user_data);
  out.array(false, 0);
  return std::move(out).take();
}

GroupsTest::GroupsTest() {
  options.data_dir = "/data";
  options.partition_exists = [](std::string_view topic, Partition partition) {
    return (topic == "t" || topic == "u") && partition >= 0 && partition < 4;
  };
  open();
}

GroupsTest::~GroupsTest() {
  coordinator.reset();
  EXPECT_FALSE(timers.next()) << "a timer outlives the coordinator";
}

Result<std::unique_ptr<GroupCoordinator>> GroupsTest::try_open() {
  coordinator.reset();
  return GroupCoordinator::open(files, flusher, timers, options);
}

void GroupsTest::open() {
  Result<std::unique_ptr<GroupCoordinator>> opened = try_open();
  ASSERT_TRUE(opened) << opened.error().message();
  coordinator = std::move(*opened);
}

void GroupsTest::restart() {
  files.kill();
  coordinator.reset();
  flusher.forget();
  files.restart();
  open();
}

void GroupsTest::lose_power(std::uint64_t seed) {
  files.lose_power(seed);
  coordinator.reset();
  flusher.forget();
  files.restart();
  open();
}

void GroupsTest::pass(Duration duration) {
  const TimePoint end = clock.now() + duration;
  flush();
  while (timers.next() && *timers.next() <= end) {
    clock.advance(std::max(*timers.next() - clock.now(), Duration::zero()));
    timers.run_due();
    flush();
  }
  clock.advance(end - clock.now());
  timers.run_due();
  flush();
}

Joined GroupsTest::join(const Join& wanted) {
  wire::JoinGroupRequest request;
  request.group_id = wanted.group;
  request.session_timeout_ms = static_cast<std::int32_t>(wanted.session.count());
  request.rebalance_timeout_ms = wanted.version == 0 ? -1 : static_cast<std::int32_t>(wanted.rebalance.count());
  request.member_id = wanted.member;
  if (wanted.instance) request.group_instance_id = *wanted.instance;
  request.protocol_type = wanted.type;
  for (const auto& [name, metadata] : wanted.protocols) request.protocols.push_back({name, metadata});
  RequestContext context;
  context.version = wanted.version;
  context.client_id = wanted.client;
  context.client_host = "/127.0.0.1";
  Joined answer;
  coordinator->join_group(context, request, answer.reply());
  flush();
  return answer;
}

Synced GroupsTest::sync(const Sync& wanted) {
  wire::SyncGroupRequest request;
  request.group_id = wanted.group;
  request.generation_id = wanted.generation;
  request.member_id = wanted.member;
  if (wanted.instance) request.group_instance_id = *wanted.instance;
  if (wanted.type) request.protocol_type = *wanted.type;
  if (wanted.protocol) request.protocol_name = *wanted.protocol;
  for (const auto& [member, assignment] : wanted.assignments) request.assignments.push_back({member, assignment});
  RequestContext context;
  context.version = 5;
  Synced answer;
  coordinator->sync_group(context, request, answer.reply());
  flush();
  return answer;
}

ErrorCode GroupsTest::heartbeat(const std::string& member, std::int32_t generation,
                                const std::optional<std::string>& instance, const std::string& group) {
  wire::HeartbeatRequest request;
  request.group_id = group;
  request.generation_id = generation;
  request.member_id = member;
  if (instance) request.group_instance_id = *instance;
  RequestContext context;
  context.version = 4;
  return coordinator->heartbeat(context, request).error_code;
}

wire::LeaveGroupResponse GroupsTest::leave(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& members, const std::string& group) {
  wire::LeaveGroupRequest request;
  request.group_id = group;
  for (const auto& [member, instance] : members) {
    auto& leaving = request.members.emplace_back();
    leaving.member_id = member;
    if (instance) leaving.group_instance_id = *instance;
  }
  RequestContext context;
  context.version = 5;
  wire::LeaveGroupResponse response = coordinator->leave_group(context, request);
  flush();
  return response;
}

ErrorCode GroupsTest::leave_v1(const std::string& member) {
  wire::LeaveGroupRequest request;
  request.group_id = "g";
  request.member_id = member;
  RequestContext context;
  context.version = 1;
  const ErrorCode error = coordinator->leave_group(context, request).error_code;
  flush();
  return error;
}

Committed GroupsTest::commit(const Commit& wanted) {
  wire::OffsetCommitRequest request;
  request.group_id = wanted.group;
  request.generation_id = wanted.generation;
  request.member_id = wanted.member;
  if (wanted.instance) request.group_instance_id = *wanted.instance;
  auto& topic = request.topics.emplace_back();
  topic.name = wanted.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.index = wanted.partition;
  partition.committed_offset = wanted.offset;
  partition.committed_leader_epoch = 3;
  if (wanted.metadata) partition.committed_metadata = *wanted.metadata;
  RequestContext context;
  context.version = 9;
  Committed answer;
  coordinator->offset_commit(context, request, answer.reply());
  flush();
  return answer;
}

ErrorCode GroupsTest::commit_error(const Commit& wanted) {
  const Committed answer = commit(wanted);
  if (!answer.here()) {
    ADD_FAILURE() << "the commit waits";
    return ErrorCode::unknown_server_error;
  }
  return answer->topics.at(0).partitions.at(0).error_code;
}

Offset GroupsTest::fetch(const std::string& topic, Partition partition, const std::string& group) {
  wire::OffsetFetchRequest request;
  request.group_id = group;
  auto& wanted = request.topics.emplace().emplace_back();
  wanted.name = topic;
  wanted.partitions = {partition};
  RequestContext context;
  context.version = 7;
  const wire::OffsetFetchResponse response = coordinator->offset_fetch(context, request);
  EXPECT_EQ(response.error_code, ErrorCode::none);
  return response.topics.at(0).partitions.at(0).committed_offset;
}

wire::DescribeGroupsResponse::Group GroupsTest::describe(const std::string& group) {
  wire::DescribeGroupsRequest request;
  request.groups = {group};
  RequestContext context;
  context.version = 5;
  return coordinator->describe_groups(context, request).groups.at(0);
}

GroupsTest::Parked GroupsTest::enter(Join wanted) {
  wanted.member.clear();
  const Joined refused = join(wanted);
  EXPECT_EQ(refused->error_code, ErrorCode::member_id_required);
  wanted.member = refused->member_id;
  return {wanted.member, join(wanted)};
}

void GroupsTest::sync_all(const Joined& leader_joined, const std::string& group) {
  ASSERT_EQ(leader_joined->leader, leader_joined->member_id);
  std::vector<std::pair<std::string, std::string>> assignments;
  for (const auto& member : leader_joined->members) {
    assignments.emplace_back(member.member_id, "for " + member.member_id);
  }
  std::vector<Synced> answers;
  for (const auto& member : leader_joined->members) {
    if (member.member_id != leader_joined->leader) {
      answers.push_back(sync({.member = member.member_id, .generation = leader_joined->generation_id, .group = group}));
    }
  }
  answers.push_back(sync({.member = leader_joined->leader,
                          .generation = leader_joined->generation_id,
                          .assignments = assignments,
                          .group = group}));
  for (const Synced& answer : answers) EXPECT_EQ(answer->error_code, ErrorCode::none);
}

std::vector<std::string> GroupsTest::stable_group(int count, Join wanted) {
  std::vector<std::string> ids;
  // All ask for their ids before the first joins: then one generation holds them all.
  for (int i = 0; i < count; ++i) {
    wanted.member.clear();
    ids.push_back(join(wanted)->member_id);
  }
  std::vector<Joined> joins;
  for (const std::string& id : ids) {
    wanted.member = id;
    joins.push_back(join(wanted));
  }
  EXPECT_EQ(joins.front()->leader, ids.front());
  sync_all(joins.front(), wanted.group);
  EXPECT_EQ(state(wanted.group), "Stable");
  return ids;
}

}  // namespace weir::embedded::broker::groups
