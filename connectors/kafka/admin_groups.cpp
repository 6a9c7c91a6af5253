// Admin's questions and orders about groups.
#include "connectors/kafka/admin_impl.hpp"

#include <algorithm>
#include <map>

namespace weir::connectors::kafka {

namespace {

using GroupList = std::unique_ptr<const rd_kafka_group_list, rdkafka::Freed<&rd_kafka_group_list_destroy>>;
using OffsetsQuestion =
    std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, rdkafka::Freed<&rd_kafka_ListConsumerGroupOffsets_destroy>>;
using OffsetsOrder =
    std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, rdkafka::Freed<&rd_kafka_AlterConsumerGroupOffsets_destroy>>;

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

GroupMember to_member(const rd_kafka_MemberDescription_t* member) {
  GroupMember out;
  out.id = text_or_empty(rd_kafka_MemberDescription_consumer_id(member));
  out.instance_id = text_or_empty(rd_kafka_MemberDescription_group_instance_id(member));
  out.client_id = text_or_empty(rd_kafka_MemberDescription_client_id(member));
  out.host = text_or_empty(rd_kafka_MemberDescription_host(member));
  if (out.host.starts_with('/')) out.host.erase(0, 1);  // as Java writes an address without a name
  const rd_kafka_MemberAssignment_t* const assignment = rd_kafka_MemberDescription_assignment(member);
  if (assignment != nullptr) out.assignment = rdkafka::partitions_of(rd_kafka_MemberAssignment_partitions(assignment));
  return out;
}

std::string describe_node(const rd_kafka_Node_t* node) {
  if (node == nullptr) return {};
  return text_or_empty(rd_kafka_Node_host(node)) + ":" + std::to_string(rd_kafka_Node_port(node)) + " (id " +
         std::to_string(rd_kafka_Node_id(node)) + ")";
}

// Group → its state as the broker lists it, which it does for groups of newer protocols, too; empty where that cannot
// be had. Groups of other kinds than "consumer" are not in it.
std::map<std::string, std::string> listed_states(const Admin::Impl& impl) {
  std::map<std::string, std::string> states;
  Result<rdkafka::Event> answer = admin::ask(impl, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
                                             [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                               rd_kafka_ListConsumerGroups(impl.client.get(), options, queue);
                                             });
  if (answer.has_error()) return states;
  std::size_t count = 0;
  const rd_kafka_ConsumerGroupListing_t** const groups =
      rd_kafka_ListConsumerGroups_result_valid(rd_kafka_event_ListConsumerGroups_result(answer->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_consumer_group_state_t state = rd_kafka_ConsumerGroupListing_state(groups[i]);
    states[rd_kafka_ConsumerGroupListing_group_id(groups[i])] =
        state == RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN ? "" : rd_kafka_consumer_group_state_name(state);
  }
  return states;
}

constexpr const char* kDead = "Dead";

// A group of a newer protocol is "Dead" to clients that ask as librdkafka 2.0.2 does. One that is listed is not dead,
// unless the list says so itself.
void correct_the_dead(const Admin::Impl& impl, std::vector<GroupListing>& groups) {
  const auto seems_dead = [](const GroupListing& group) {
    return group.state == kDead && group.members == 0;
  };
  if (std::ranges::none_of(groups, seems_dead)) return;
  const std::map<std::string, std::string> states = listed_states(impl);
  for (GroupListing& group : groups) {
    const auto listed = states.find(group.name);
    const std::string state = listed == states.end() ? std::string() : listed->second;
    if (!seems_dead(group) || state == kDead) continue;
    group.described = false;
    group.state = state;
  }
}

std::optional<Error> group_failure(const Admin::Impl& impl, const rd_kafka_error_t* error) {
  if (error == nullptr) return std::nullopt;
  return impl.error(rd_kafka_error_code(error), rd_kafka_error_string(error));
}

}  // namespace

// The older of librdkafka's two ways to list: the newer one shows neither protocol types nor groups of other protocols
// than "consumer" (as Kafka Connect's workers have).
Result<std::vector<GroupListing>> Admin::groups() {
  const rd_kafka_group_list* answer = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_list_groups(impl_->client.get(), nullptr, &answer, impl_->patience_ms());
  const GroupList list(answer);
  // A part of the answer would pass for all of it.
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl_->error(code);
  std::vector<GroupListing> groups;
  for (int i = 0; i < list->group_cnt; ++i) {
    const rd_kafka_group_info& group = list->groups[i];
    groups.push_back({text_or_empty(group.group), text_or_empty(group.state), text_or_empty(group.protocol_type),
                      static_cast<std::size_t>(group.member_cnt), true});
  }
  correct_the_dead(*impl_, groups);
  std::ranges::sort(groups, {}, &GroupListing::name);
  return groups;
}

Result<GroupInfo> Admin::group(const std::string& name) {
  const char* asked = name.c_str();
  Result<rdkafka::Event> answer = admin::ask(
      *impl_, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DescribeConsumerGroups(impl_->client.get(), &asked, 1, options, queue);
      });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** const described = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(answer->get()), &count);
  if (count != 1) return Error(Errc::internal, "Kafka at " + brokers() + " described no group when asked for one");
  if (std::optional<Error> failure = group_failure(*impl_, rd_kafka_ConsumerGroupDescription_error(described[0])))
    return failure->with_context("group '" + name + "'");
  GroupInfo info;
  info.name = name;
  info.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(described[0]));
  info.assignor = text_or_empty(rd_kafka_ConsumerGroupDescription_partition_assignor(described[0]));
  info.coordinator = describe_node(rd_kafka_ConsumerGroupDescription_coordinator(described[0]));
  const std::size_t members = rd_kafka_ConsumerGroupDescription_member_count(described[0]);
  for (std::size_t i = 0; i < members; ++i)
    info.members.push_back(to_member(rd_kafka_ConsumerGroupDescription_member(described[0], i)));
  std::ranges::sort(info.members, {}, &GroupMember::id);
  if (info.state != kDead || !info.members.empty()) return info;
  if (const Result<std::vector<GroupListing>> all = groups()) {
    const auto listed = std::ranges::find(*all, name, &GroupListing::name);
    if (listed == all->end()) return info;
    info.state = listed->state;
    info.described = listed->described;
  }
  return info;
}

Result<std::vector<Commit>> Admin::group_offsets(const std::string& name) {
  const OffsetsQuestion question(rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), nullptr));
  rd_kafka_ListConsumerGroupOffsets_t* asked = question.get();
  Result<rdkafka::Event> answer =
      admin::ask(*impl_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
                 [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                   rd_kafka_ListConsumerGroupOffsets(impl_->client.get(), &asked, 1, options, queue);
                 });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_group_result_t** const groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(answer->get()), &count);
  std::vector<Commit> offsets;
  if (count == 0) return offsets;
  if (std::optional<Error> failure = group_failure(*impl_, rd_kafka_group_result_error(groups[0])))
    return failure->with_context("group '" + name + "'");
  const rd_kafka_topic_partition_list_t* const list = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& place = list->elems[i];
    if (place.err == RD_KAFKA_RESP_ERR_NO_ERROR && place.offset >= 0)
      offsets.push_back(Commit{TopicPartition{place.topic, place.partition}, place.offset});
  }
  std::ranges::sort(offsets, {}, &Commit::id);
  return offsets;
}

Result<void> Admin::set_group_offsets(const std::string& name, const std::vector<Commit>& offsets) {
  const rdkafka::PartitionList list = rdkafka::make_list(offsets.size());
  for (const Commit& commit : offsets)
    rd_kafka_topic_partition_list_add(list.get(), commit.id.topic.c_str(), commit.id.partition)->offset = commit.offset;
  const OffsetsOrder order(rd_kafka_AlterConsumerGroupOffsets_new(name.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* given = order.get();
  Result<rdkafka::Event> answer =
      admin::ask(*impl_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
                 [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                   rd_kafka_AlterConsumerGroupOffsets(impl_->client.get(), &given, 1, options, queue);
                 });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_group_result_t** const groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(answer->get()), &count);
  if (count == 0) return Result<void>();
  if (std::optional<Error> failure = group_failure(*impl_, rd_kafka_group_result_error(groups[0])))
    return failure->with_context("group '" + name + "'");
  const rd_kafka_topic_partition_list_t* const places = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; places != nullptr && i < places->cnt; ++i) {
    const rd_kafka_topic_partition_t& place = places->elems[i];
    if (place.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (place.err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || place.err == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
      return Error(Errc::already_exists, "group '" + name + "' has members again; stop them, then repeat");
    return impl_->error(place.err).with_context("group '" + name + "', " + place.topic + "/" +
                                                std::to_string(place.partition));
  }
  return Result<void>();
}

}  // namespace weir::connectors::kafka
