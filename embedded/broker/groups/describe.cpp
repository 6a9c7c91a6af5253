// DescribeGroups and ListGroups.
#include "embedded/broker/groups/coordinator.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace weir::embedded::broker::groups {

namespace {

// READ, DELETE and DESCRIBE: all that Kafka knows for groups.
constexpr std::int32_t kEverythingAllowed = (1 << 3) | (1 << 6) | (1 << 8);

wire::DescribeGroupsResponse::Group described(const Group& group) {
  wire::DescribeGroupsResponse::Group out;
  out.group_state = to_string(group.state());
  out.protocol_type = group.protocol_type();
  const bool stable = group.state() == GroupState::stable;
  if (stable) out.protocol_data = group.protocol_name().value_or(std::string());
  for (const auto& [id, member] : group.members()) {
    auto& each = out.members.emplace_back();
    each.member_id = id;
    each.group_instance_id = member->instance_id;
    each.client_id = member->client_id;
    each.client_host = member->client_host;
    if (!stable) continue;  // nothing is decided
    each.member_metadata = member->metadata(out.protocol_data);
    each.member_assignment = member->assignment;
  }
  return out;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return std::tolower(static_cast<unsigned char>(c));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// An empty filter lets everything through.
bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(),
                                       [&](std::string_view wanted) { return same_ignoring_case(wanted, value); });
}

}  // namespace

wire::DescribeGroupsResponse Coordinator::describe_groups(const RequestContext&,
                                                          const wire::DescribeGroupsRequest& request) {
  wire::DescribeGroupsResponse response;
  std::set<std::string_view> told;  // each once: a group is a thousand times longer than its name
  for (const std::string_view id : request.groups) {
    if (!told.insert(id).second) continue;
    const Slot* slot = find(id);
    auto& answer = response.groups.emplace_back();
    if (slot != nullptr) {
      answer = described(*slot->group);
    } else {
      answer.group_state = "Dead";
    }
    answer.group_id = id;
    if (request.include_authorized_operations) answer.authorized_operations = kEverythingAllowed;
  }
  return response;
}

wire::ListGroupsResponse Coordinator::list_groups(const RequestContext&, const wire::ListGroupsRequest& request) {
  wire::ListGroupsResponse response;
  if (!passes(request.types_filter, "classic")) return response;
  // There are few states, but as many groups as there are and as many names as the client likes.
  std::set<GroupState> wanted;
  for (const GroupState state : kGroupStates) {
    if (passes(request.states_filter, to_string(state))) wanted.insert(state);
  }
  for (const auto& [id, slot] : slots_) {
    const GroupState state = slot.group->state();
    if (!wanted.contains(state)) continue;
    auto& answer = response.groups.emplace_back();
    answer.group_id = id;
    answer.protocol_type = slot.group->protocol_type();
    answer.group_state = to_string(state);
    answer.group_type = "classic";
  }
  return response;
}

}  // namespace weir::embedded::broker::groups
