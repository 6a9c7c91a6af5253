// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: finding the group, and what can be said without one.
#include "embedded/broker/groups/coordinator.hpp"

#include <utility>

namespace weir::embedded::broker::groups {

namespace {

bool is_bad_instance(const std::optional<std::string_view>& instance_id) {
  return instance_id && (instance_id->empty() || instance_id->size() > kMaxNameBytes);
}

wire::JoinGroupResponse refused_join(ErrorCode error, std::string_view member_id) {
  wire::JoinGroupResponse response;
  response.error_code = error;
  response.member_id = member_id;
  return response;
}

}  // namespace

void Coordinator::join_group(const RequestContext& context, const wire::JoinGroupRequest& request,
                             Reply<wire::JoinGroupResponse> reply) {
  const std::chrono::milliseconds session(request.session_timeout_ms);
  ErrorCode error = ErrorCode::none;
  if (request.group_id.empty() || request.group_id.size() > kMaxGroupIdBytes) {
    error = ErrorCode::invalid_group_id;
  } else if (session < options_.min_session_timeout || session > options_.max_session_timeout) {
    error = ErrorCode::invalid_session_timeout;
  } else if (is_bad_instance(request.group_instance_id)) {
    error = ErrorCode::invalid_request;
  }
  if (error != ErrorCode::none) return reply(refused_join(error, request.member_id));

  // Only who has no id yet can be the first.
  Slot* slot = request.member_id.empty() ? find_or_make(request.group_id) : find(request.group_id);
  if (slot == nullptr) {
    error = request.member_id.empty() ? ErrorCode::coordinator_not_available : ErrorCode::unknown_member_id;
    return reply(refused_join(error, request.member_id));
  }
  const std::shared_ptr<Group> group = slot->group;
  group->join(context, request, std::move(reply));
  settle(*group);
}

void Coordinator::sync_group(const RequestContext&, const wire::SyncGroupRequest& request,
                             Reply<wire::SyncGroupResponse> reply) {
  Slot* slot = find(request.group_id);
  if (slot == nullptr || request.group_id.empty()) {
    wire::SyncGroupResponse response;
    response.error_code = request.group_id.empty() ? ErrorCode::invalid_group_id : ErrorCode::unknown_member_id;
    return reply(response);
  }
  const std::shared_ptr<Group> group = slot->group;
  group->sync(request, std::move(reply));
  settle(*group);
}

wire::HeartbeatResponse Coordinator::heartbeat(const RequestContext&, const wire::HeartbeatRequest& request) {
  wire::HeartbeatResponse response;
  if (request.group_id.empty()) {
    response.error_code = ErrorCode::invalid_group_id;
  } else if (Slot* slot = find(request.group_id)) {
    response.error_code = slot->group->heartbeat(request);
  } else {
    response.error_code = ErrorCode::unknown_member_id;
  }
  return response;
}

wire::LeaveGroupResponse Coordinator::leave_group(const RequestContext& context,
                                                  const wire::LeaveGroupRequest& request) {
  wire::LeaveGroupResponse response;
  if (request.group_id.empty()) {
    response.error_code = ErrorCode::invalid_group_id;
    return response;
  }
  Slot* slot = find(request.group_id);
  const std::shared_ptr<Group> group = slot == nullptr ? nullptr : slot->group;
  const auto leave = [&](std::string_view member_id, const std::optional<std::string_view>& instance_id) {
    return group ? group->leave(member_id, instance_id) : ErrorCode::unknown_member_id;
  };
  if (context.version < 3) {
    response.error_code = leave(request.member_id, std::nullopt);
  } else {
    for (const auto& member : request.members) {
      auto& answer = response.members.emplace_back();
      answer.member_id = member.member_id;
      if (member.group_instance_id) answer.group_instance_id = std::string(*member.group_instance_id);
      answer.error_code = leave(member.member_id, member.group_instance_id);
    }
  }
  if (group) settle(*group);
  return response;
}

}  // namespace weir::embedded::broker::groups
