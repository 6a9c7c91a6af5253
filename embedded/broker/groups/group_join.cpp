// JoinGroup: how members come into a group and come back.
#include "embedded/broker/groups/group.hpp"
#include "embedded/broker/groups/subscription.hpp"
#include "pipeline/base/uuid.hpp"

#include <algorithm>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

// How long a member that does not know its id may be parked. Clients that gave up by then come as others.
constexpr Duration kAnonymousWait = std::chrono::minutes(5);

// In the order of the request; of two with one name the first counts.
std::vector<Protocol> protocols_of(const wire::JoinGroupRequest& request) {
  std::vector<Protocol> protocols;
  for (const auto& wanted : request.protocols) {
    const auto same = [&](const Protocol& known) {
      return known.name == wanted.name;
    };
    if (std::any_of(protocols.begin(), protocols.end(), same)) continue;
    protocols.push_back({std::string(wanted.name), std::string(wanted.metadata)});
  }
  return protocols;
}

std::string new_member_id(std::string_view prefix) {
  return std::string(prefix.substr(0, kMaxNameBytes)) + "-" + Uuid::random().str();
}

// Whether two members' metadata ask for the same topics. Consumers put more into it (what they own now), which differs
// after every restart; the metadata of other types cannot be read and counts as the same, as with Kafka.
bool same_topics(std::string_view protocol_type, std::string_view a, std::string_view b) {
  if (protocol_type != "consumer") return true;
  const auto topics_of_a = subscribed_topics(a);
  const auto topics_of_b = subscribed_topics(b);
  return !topics_of_a || !topics_of_b || *topics_of_a == *topics_of_b;
}

}  // namespace

void Group::join(const RequestContext& context, const wire::JoinGroupRequest& request,
                 Reply<wire::JoinGroupResponse> reply) {
  const ErrorCode error = check_join(request);
  if (error != ErrorCode::none) return refuse_join(reply, error, request.member_id);
  if (request.member_id.empty()) {
    join_new(context, request, std::move(reply));
  } else {
    join_known(context, request, std::move(reply));
  }
}

ErrorCode Group::check_join(const wire::JoinGroupRequest& request) const {
  const ErrorCode room = check_room(request);
  if (room != ErrorCode::none) return room;
  if (request.protocol_type.empty() || request.protocol_type.size() > kMaxNameBytes || request.protocols.empty() ||
      request.protocols.size() > kMaxProtocols) {
    return ErrorCode::inconsistent_group_protocol;
  }
  for (const auto& protocol : request.protocols) {
    if (protocol.name.size() > kMaxNameBytes) return ErrorCode::inconsistent_group_protocol;
  }
  const Member* own = find_own(request);
  const bool alone = members_.empty() || (own != nullptr && members_.size() == 1);
  if (alone) return ErrorCode::none;
  if (request.protocol_type != protocol_type_ || !knows_common_protocol(request, own)) {
    return ErrorCode::inconsistent_group_protocol;
  }
  return ErrorCode::none;
}

// Whose place the request takes, if anybody's.
const Member* Group::find_own(const wire::JoinGroupRequest& request) const {
  const Member* own = find(request.member_id);
  if (own != nullptr || !request.group_instance_id) return own;
  const auto holder = static_ids_.find(*request.group_instance_id);
  return holder == static_ids_.end() ? nullptr : find(holder->second);
}

// What is there already counts once: a member that does not grow may always come back. The limit of a group is the end
// for a client; where all groups together have no room, another may make some, so that it asks again.
ErrorCode Group::check_room(const wire::JoinGroupRequest& request) const {
  const auto bytes_of = [](const auto& protocols) {
    std::size_t bytes = sizeof(Member);
    for (const auto& protocol : protocols) bytes += sizeof(Protocol) + protocol.name.size() + protocol.metadata.size();
    return bytes;
  };
  const std::size_t bytes = bytes_of(request.protocols);
  if (bytes > kMaxMemberBytes) return ErrorCode::message_too_large;
  const Member* own = find_own(request);
  const bool pending = pending_.contains(request.member_id);
  const std::size_t before = own != nullptr ? bytes_of(own->protocols) : (pending ? kPendingBytes : 0);
  const bool full = members_.size() + pending_.size() >= settings_.max_group_size;
  if (full && own == nullptr && !pending) return ErrorCode::group_max_size_reached;
  if (bytes <= before) return ErrorCode::none;
  if (bytes_ + (bytes - before) > kMaxGroupBytes) return ErrorCode::group_max_size_reached;
  return memory_.has_room(bytes - before) ? ErrorCode::none : ErrorCode::coordinator_not_available;
}

// A protocol of the request that every member but `own` knows.
bool Group::knows_common_protocol(const wire::JoinGroupRequest& request, const Member* own) const {
  for (const auto& protocol : request.protocols) {
    const auto found = supporters_.find(protocol.name);
    std::size_t others = found == supporters_.end() ? 0 : found->second;
    if (own != nullptr) {
      const auto same = [&](const Protocol& known) {
        return known.name == protocol.name;
      };
      if (std::any_of(own->protocols.begin(), own->protocols.end(), same)) --others;
    }
    if (others == members_.size() - (own != nullptr ? 1 : 0)) return true;
  }
  return false;
}

void Group::join_new(const RequestContext& context, const wire::JoinGroupRequest& request,
                     Reply<wire::JoinGroupResponse> reply) {
  if (request.group_instance_id) {
    const auto holder = static_ids_.find(*request.group_instance_id);
    if (holder != static_ids_.end()) {
      return replace_static(*find(holder->second), context, request, std::move(reply));
    }
    return join_static(context, request, std::move(reply));
  }
  // Since version 4 a member is told its id first: a client that gives up and asks again stays one member (KIP-394).
  if (context.version >= 4) return require_member_id(context, request, reply);
  join_with_new_id(context, request, new_member_id(context.client_id), std::move(reply));
}

void Group::require_member_id(const RequestContext& context, const wire::JoinGroupRequest& request,
                              const Reply<wire::JoinGroupResponse>& reply) {
  std::string id = new_member_id(context.client_id);
  const auto expire = [this, id] {
    forget_pending(id);
    // It was no member yet: only a rebalance that waits for it has anything to do.
    if (state_ == GroupState::preparing_rebalance) try_complete_join();
    host_.settle(*this);
  };
  pending_.emplace(id, timers_.after(std::chrono::milliseconds(request.session_timeout_ms), expire));
  bytes_ += footprint_changed(0, kPendingBytes);
  refuse_join(reply, ErrorCode::member_id_required, id);
}

void Group::join_with_new_id(const RequestContext& context, const wire::JoinGroupRequest& request, std::string id,
                             Reply<wire::JoinGroupResponse> reply) {
  auto fresh = std::make_unique<Member>();
  fresh->id = std::move(id);
  Member& member = admit(std::move(fresh), context, request);
  park(member, std::move(reply));
  member.anonymous = request.member_id.empty();
  if (member.anonymous) set_deadline(member, timers_.now() + kAnonymousWait);
  count_in();
}

// The member is parked: the generation that it waits for begins to come, or comes.
void Group::count_in() {
  if (state_ == GroupState::preparing_rebalance) {
    try_complete_join();
  } else {
    prepare_rebalance();
  }
}

Member& Group::admit(std::unique_ptr<Member> member, const RequestContext& context,
                     const wire::JoinGroupRequest& request) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  joined_meanwhile_ = joined_meanwhile_ || generation_ == 0;
  Member& added = add(std::move(member));
  update(added, context, request);
  return added;
}

void Group::join_known(const RequestContext& context, const wire::JoinGroupRequest& request,
                       Reply<wire::JoinGroupResponse> reply) {
  if (pending_.contains(request.member_id) && !request.group_instance_id) {
    forget_pending(request.member_id);
    return join_with_new_id(context, request, std::string(request.member_id), std::move(reply));
  }
  const ErrorCode error = check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::none) return refuse_join(reply, error, request.member_id);
  Member& member = *find(request.member_id);
  const bool same = member.protocols == protocols_of(request);
  // It has missed its answer, or only wants to know how things stand.
  const bool repeat = (state_ == GroupState::completing_rebalance && same) ||
                      (state_ == GroupState::stable && same && leader_ != member.id);
  if (!repeat) return rejoin(member, context, request, std::move(reply));
  park(member, std::move(reply));
  answer_join(member, join_answer(member));
}

void Group::rejoin(Member& member, const RequestContext& context, const wire::JoinGroupRequest& request,
                   Reply<wire::JoinGroupResponse> reply) {
  if (members_.size() == 1) protocol_type_ = request.protocol_type;
  update(member, context, request);
  park(member, std::move(reply));
  count_in();
}

void Group::join_static(const RequestContext& context, const wire::JoinGroupRequest& request,
                        Reply<wire::JoinGroupResponse> reply) {
  auto fresh = std::make_unique<Member>();
  fresh->id = new_member_id(*request.group_instance_id);
  fresh->instance_id = std::string(*request.group_instance_id);
  Member& member = admit(std::move(fresh), context, request);
  if (state_ != GroupState::preparing_rebalance) prepare_rebalance();
  answer_static(member, join_answer(member), std::move(reply));
}

// A static member has come back, having lost its id with its process: it takes the old one's place.
void Group::replace_static(Member& old, const RequestContext& context, const wire::JoinGroupRequest& request,
                           Reply<wire::JoinGroupResponse> reply) {
  const std::string old_leader = leader_;
  const bool was_leader = old_leader == old.id;
  const std::string old_metadata(protocol_name_ ? old.metadata(*protocol_name_) : std::string_view());

  std::unique_ptr<Member> taken = take(old);
  if (taken->join) refuse_join(taken->join, ErrorCode::fenced_instance_id, taken->id);
  if (taken->sync) answer_sync(*taken, ErrorCode::fenced_instance_id);
  taken->join = nullptr;
  taken->sync = nullptr;
  taken->owes_sync = false;
  taken->id = new_member_id(*taken->instance_id);
  Member& member = admit(std::move(taken), context, request);
  if (was_leader) leader_ = member.id;

  const bool as_before = state_ == GroupState::stable && choose_protocol() == protocol_name_ &&
                         same_topics(protocol_type_, old_metadata, member.metadata(*protocol_name_));
  if (!as_before && state_ != GroupState::preparing_rebalance) prepare_rebalance();

  // Without a rebalance it gets the assignment of before. A leader must not assign anew, as nobody would take it: it is
  // told so (version 9), or is given the old leader's id, which is not its own.
  wire::JoinGroupResponse response = join_answer(member);
  response.skip_assignment = was_leader && context.version >= 9;
  if (!response.skip_assignment) response.members.clear();
  if (was_leader && !response.skip_assignment) response.leader = old_leader;
  answer_static(member, std::move(response), std::move(reply));
}

// The new id of a static member must be on disk before anybody hears of it: after a crash the broker would take the
// member for one that its successor, which is the old one, has fenced; and that is the end of a client.
void Group::answer_static(Member& member, wire::JoinGroupResponse as_before, Reply<wire::JoinGroupResponse> reply) {
  touch(member);
  host_.persist(*this, [this, self = weak_from_this(), id = member.id, as_before = std::move(as_before),
                        reply = std::move(reply)](bool stored) {
    const std::shared_ptr<Group> alive = self.lock();
    if (!alive) return;
    Member* known = find(id);
    if (known == nullptr) return refuse_join(reply, ErrorCode::fenced_instance_id, id);
    if (!stored) return refuse_join(reply, ErrorCode::coordinator_not_available, id);
    park(*known, reply);
    if (state_ != GroupState::stable) return count_in();
    // If there has been a generation meanwhile, the member is in it, and does not lead it.
    answer_join(*known, generation_ == as_before.generation_id ? as_before : join_answer(*known));
  });
}

void Group::update(Member& member, const RequestContext& context, const wire::JoinGroupRequest& request) {
  const std::size_t before = member.footprint();
  count_protocols(member, -1);
  member.protocols = protocols_of(request);
  count_protocols(member, +1);
  member.client_id = context.client_id.substr(0, kMaxNameBytes);
  member.client_host = context.client_host.substr(0, kMaxNameBytes);
  member.session_timeout = std::chrono::milliseconds(request.session_timeout_ms);
  member.rebalance_timeout = std::chrono::milliseconds(request.rebalance_timeout_ms > 0 ? request.rebalance_timeout_ms
                                                                                        : request.session_timeout_ms);
  bytes_ += footprint_changed(before, member.footprint());
}

// The member waits for the generation. Whoever asked before on its behalf is sent to ask again.
void Group::park(Member& member, Reply<wire::JoinGroupResponse> reply) {
  if (member.sync) answer_sync(member, ErrorCode::rebalance_in_progress);
  if (member.join) {
    refuse_join(member.join, ErrorCode::rebalance_in_progress, member.id);
  } else {
    ++parked_joins_;
  }
  member.join = std::move(reply);
  member.join_order = ++joins_;
}

// The generation as this member is told of it: only the leader learns who the members are.
wire::JoinGroupResponse Group::join_answer(const Member& member) const {
  wire::JoinGroupResponse response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_name_;
  response.leader = leader_;
  response.member_id = member.id;
  if (leader_ != member.id) return response;
  response.members.reserve(members_.size());
  for (const auto& [id, each] : members_) {
    response.members.push_back(
        {id, each->instance_id, std::string(each->metadata(protocol_name_.value_or(std::string())))});
  }
  return response;
}

void Group::answer_join(Member& member, wire::JoinGroupResponse response) {
  --parked_joins_;
  member.anonymous = false;
  host_.post([reply = std::exchange(member.join, nullptr), response = std::move(response)] { reply(response); });
  touch(member);
}

void Group::refuse_join(const Reply<wire::JoinGroupResponse>& reply, ErrorCode error, std::string_view member_id) {
  wire::JoinGroupResponse response;
  response.error_code = error;
  response.member_id = member_id;
  host_.post([reply, response = std::move(response)] { reply(response); });
}

}  // namespace weir::embedded::broker::groups
