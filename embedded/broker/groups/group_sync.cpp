// SyncGroup, Heartbeat, LeaveGroup and the check of commits: what members do in a generation.
#include "embedded/broker/groups/group.hpp"
#include "pipeline/base/log.hpp"

#include <utility>

namespace weir::embedded::broker::groups {

void Group::sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply) {
  ErrorCode error = check_member(request.member_id, request.group_instance_id);
  const bool other_protocol = (request.protocol_type && *request.protocol_type != protocol_type_) ||
                              (request.protocol_name && *request.protocol_name != protocol_name_);
  if (error != ErrorCode::none) {
  } else if (request.generation_id != generation_) {
    error = ErrorCode::illegal_generation;
  } else if (state_ == GroupState::preparing_rebalance) {
    error = ErrorCode::rebalance_in_progress;
  } else if (other_protocol) {
    error = ErrorCode::inconsistent_group_protocol;
  }
  if (error != ErrorCode::none) {
    wire::SyncGroupResponse response;
    response.error_code = error;
    return host_.post([reply = std::move(reply), response] { reply(response); });
  }
  Member& member = *find(request.member_id);
  if (member.sync) answer_sync(member, ErrorCode::rebalance_in_progress);  // the one of a lost connection
  member.sync = std::move(reply);
  member.owes_sync = false;
  if (state_ == GroupState::stable) return answer_sync(member, ErrorCode::none);
  if (leader_ == member.id && !storing_) take_assignments(request);
}

// The leader has decided: the generation is stable as soon as that is on disk.
void Group::take_assignments(const wire::SyncGroupRequest& request) {
  std::size_t before = 0;  // they make room for the new ones
  for (const auto& [id, member] : members_) before += member->assignment.size();
  std::size_t total = 0;
  for (const auto& given : request.assignments) total += given.assignment.size();
  const std::size_t more = total > before ? total - before : 0;
  const bool too_large = more > 0 && bytes_ + more > kMaxGroupBytes;
  if (too_large || (more > 0 && !memory_.has_room(more))) {
    log::warn("The assignments of a group take too much memory: the generation is given up.",
              {{"group", id_},
               {"bytes", total},
               {"limit", too_large ? kMaxGroupBytes : memory_.limit},
               {"limit_of", too_large ? "the group" : "all groups"}});
    fail_syncs(too_large ? ErrorCode::message_too_large : ErrorCode::coordinator_not_available);
    return prepare_rebalance();
  }
  for (const auto& [id, member] : members_) {
    bytes_ += footprint_changed(member->assignment.size(), 0);
    member->assignment.clear();
  }
  for (const auto& given : request.assignments) {
    Member* member = find(given.member_id);
    if (member == nullptr) continue;
    bytes_ += footprint_changed(member->assignment.size(), given.assignment.size());
    member->assignment = given.assignment;
  }
  storing_ = true;
  changed_ = timers_.wall_now();
  host_.persist(*this, [this, self = weak_from_this(), attempt = ++store_attempt_](bool stored) {
    const std::shared_ptr<Group> alive = self.lock();
    if (alive) on_stored(attempt, stored);
  });
}

void Group::on_stored(std::uint64_t attempt, bool stored) {
  if (!storing_ || attempt != store_attempt_) return;  // a rebalance has overtaken it
  storing_ = false;
  if (!stored) {
    fail_syncs(ErrorCode::coordinator_not_available);
    return prepare_rebalance();
  }
  state_ = GroupState::stable;
  for (const auto& [id, member] : members_) {
    if (member->sync) answer_sync(*member, ErrorCode::none);
  }
}

void Group::answer_sync(Member& member, ErrorCode error) {
  wire::SyncGroupResponse response;
  response.error_code = error;
  if (error == ErrorCode::none) {
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_name_;
    response.assignment = member.assignment;
  }
  host_.post([reply = std::exchange(member.sync, nullptr), response = std::move(response)] { reply(response); });
  if (members_.contains(member.id)) touch(member);
}

void Group::fail_syncs(ErrorCode error) {
  for (const auto& [id, member] : members_) {
    if (member->sync) answer_sync(*member, error);
  }
}

// Who was told of the generation long ago and never asked for its assignment is gone.
void Group::on_sync_deadline() {
  std::vector<Member*> late;
  for (const auto& [id, member] : members_) {
    if (member->owes_sync) late.push_back(member.get());
  }
  if (late.empty()) return;
  log::info("Members did not ask for their assignment in time.", {{"group", id_}, {"members", late.size()}});
  for (Member* member : late) remove(*member);
  after_departure();
}

ErrorCode Group::heartbeat(const wire::HeartbeatRequest& request) {
  const ErrorCode error = check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::none) return error;
  if (request.generation_id != generation_) return ErrorCode::illegal_generation;
  touch(*find(request.member_id));
  return state_ == GroupState::preparing_rebalance ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

ErrorCode Group::leave(std::string_view member_id, const std::optional<std::string_view>& instance_id) {
  if (member_id.empty()) {
    // An administrator removes a static member, of which only the instance is known.
    const auto holder = instance_id ? static_ids_.find(*instance_id) : static_ids_.end();
    if (holder == static_ids_.end()) return ErrorCode::unknown_member_id;
    remove(*find(holder->second));
  } else if (pending_.contains(member_id) && !instance_id) {
    forget_pending(member_id);
    if (state_ == GroupState::preparing_rebalance) try_complete_join();
    return ErrorCode::none;
  } else {
    const ErrorCode error = check_member(member_id, instance_id);
    if (error != ErrorCode::none) return error;
    remove(*find(member_id));
  }
  after_departure();
  return ErrorCode::none;
}

ErrorCode Group::check_commit(const wire::OffsetCommitRequest& request) {
  const bool as_member = request.generation_id >= 0 || !request.member_id.empty() || request.group_instance_id;
  // A consumer outside of group management, or a tool that resets offsets.
  if (request.generation_id < 0 && state_ == GroupState::empty) return ErrorCode::none;
  if (!as_member) return ErrorCode::unknown_member_id;
  const ErrorCode error = check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::none) return error;
  if (request.generation_id != generation_) return ErrorCode::illegal_generation;
  if (state_ == GroupState::completing_rebalance) return ErrorCode::rebalance_in_progress;
  touch(*find(request.member_id));
  return ErrorCode::none;
}

}  // namespace weir::embedded::broker::groups
