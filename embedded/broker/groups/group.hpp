// Group: one consumer group as a state machine (Kafka's classic protocol). It does no I/O: answers, durability and time
// are its host's.
//
//   Empty ───── a member joins ─────▶ PreparingRebalance ◀──────────────────────────────┐
//     ▲                                 │     │                                         │
//     └───────── nobody is left ────────┘     │ all have joined, or time is up          │
//                                             ▼                                         │
//                                       CompletingRebalance ── a member joins anew, ────┤
//                                             │                leaves or expires        │
//                                             │ the leader's assignments are stored     │
//                                             ▼                                         │
//                                           Stable ─────────── a member joins anew, ────┘
//                                                              leaves or expires
//
// A group that does not exist is what Kafka calls Dead.
#pragma once

#include "embedded/broker/groups/limits.hpp"
#include "embedded/broker/groups/member.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace weir::embedded::broker::groups {

class Group;

enum class GroupState { empty, preparing_rebalance, completing_rebalance, stable };
inline constexpr GroupState kGroupStates[] = {GroupState::empty, GroupState::preparing_rebalance,
                                              GroupState::completing_rebalance, GroupState::stable};

// "PreparingRebalance", as the wire has it.
std::string_view to_string(GroupState state);

// What a group needs from outside.
class GroupHost {
 public:
  virtual ~GroupHost() = default;
  // Runs `answer` when the group's own work is done: a client that gets its answer may send the next request at once.
  virtual void post(std::function<void()> answer) = 0;
  // Writes the group as it stands. `done` (may be null) is told whether it is on disk, now or later; the host then
  // settles the group itself. The last thing that the group does in a call.
  virtual void persist(Group& group, std::function<void(bool stored)> done) = 0;
  // A timer has changed the group: send what was posted. The group may be gone afterwards.
  virtual void settle(Group& group) = 0;
};

struct GroupSettings {
  Duration initial_rebalance_delay{};
  std::size_t max_group_size = 0;
};

// Lifetime: shared by its host and by writes in work; timers and host outlive it. Replies that are parked when it goes
// are dropped. Executor: the broker's thread. Cancellation: none. Errors: in the answers, per Kafka's tables.
class Group : public std::enable_shared_from_this<Group> {
 public:
  using Members = std::map<std::string, std::unique_ptr<Member>, std::less<>>;

  Group(std::string id, Timers& timers, GroupHost& host, const GroupSettings& settings, MemoryUse& memory);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  // As it was recorded, before anything else is asked of it. Every member gets a whole session to come back.
  void restore(GroupRecord record);
  GroupRecord record() const;

  void join(const RequestContext& context, const wire::JoinGroupRequest& request, Reply<wire::JoinGroupResponse> reply);
  void sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply);
  ErrorCode heartbeat(const wire::HeartbeatRequest& request);
  ErrorCode leave(std::string_view member_id, const std::optional<std::string_view>& instance_id);
  // Whether a commit of this sender may be taken; refreshes its session.
  ErrorCode check_commit(const wire::OffsetCommitRequest& request);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::optional<std::string>& protocol_name() const { return protocol_name_; }
  const std::string& leader() const { return leader_; }
  const Members& members() const { return members_; }
  std::size_t pending() const { return pending_.size(); }
  // Since when it is Stable or Empty.
  WallTime changed() const { return changed_; }
  // The topics that live consumers subscribe to; none: a subscription cannot be read, so that it may be to anything.
  std::optional<std::set<std::string, std::less<>>> subscriptions() const;

 private:
  // group_join.cpp
  ErrorCode check_join(const wire::JoinGroupRequest& request) const;
  const Member* find_own(const wire::JoinGroupRequest& request) const;
  ErrorCode check_room(const wire::JoinGroupRequest& request) const;
  bool knows_common_protocol(const wire::JoinGroupRequest& request, const Member* own) const;
  void join_new(const RequestContext& context, const wire::JoinGroupRequest& request,
                Reply<wire::JoinGroupResponse> reply);
  void join_with_new_id(const RequestContext& context, const wire::JoinGroupRequest& request, std::string id,
                        Reply<wire::JoinGroupResponse> reply);
  void join_static(const RequestContext& context, const wire::JoinGroupRequest& request,
                   Reply<wire::JoinGroupResponse> reply);
  void answer_static(Member& member, wire::JoinGroupResponse as_before, Reply<wire::JoinGroupResponse> reply);
  Member& admit(std::unique_ptr<Member> member, const RequestContext& context, const wire::JoinGroupRequest& request);
  void count_in();
  void join_known(const RequestContext& context, const wire::JoinGroupRequest& request,
                  Reply<wire::JoinGroupResponse> reply);
  void rejoin(Member& member, const RequestContext& context, const wire::JoinGroupRequest& request,
              Reply<wire::JoinGroupResponse> reply);
  void replace_static(Member& old, const RequestContext& context, const wire::JoinGroupRequest& request,
                      Reply<wire::JoinGroupResponse> reply);
  void require_member_id(const RequestContext& context, const wire::JoinGroupRequest& request,
                         const Reply<wire::JoinGroupResponse>& reply);
  void update(Member& member, const RequestContext& context, const wire::JoinGroupRequest& request);
  void park(Member& member, Reply<wire::JoinGroupResponse> reply);
  wire::JoinGroupResponse join_answer(const Member& member) const;
  void answer_join(Member& member, wire::JoinGroupResponse response);
  void refuse_join(const Reply<wire::JoinGroupResponse>& reply, ErrorCode error, std::string_view member_id);

  // group_sync.cpp
  void take_assignments(const wire::SyncGroupRequest& request);
  void on_stored(std::uint64_t attempt, bool stored);
  void answer_sync(Member& member, ErrorCode error);
  void fail_syncs(ErrorCode error);
  void on_sync_deadline();

  // group.cpp
  ErrorCode check_member(std::string_view member_id, const std::optional<std::string_view>& instance_id) const;
  Member* find(std::string_view member_id) const;
  Member& add(std::unique_ptr<Member> member);
  std::unique_ptr<Member> take(Member& member);
  void remove(Member& member);
  // What the departure of members, known or pending, means for the others.
  void after_departure();
  void forget_pending(std::string_view member_id);
  void count_protocols(const Member& member, int by);
  std::size_t footprint_changed(std::size_t before, std::size_t after);

  void prepare_rebalance();
  void on_initial_delay();
  void wait_for_joins();
  bool everyone_joined() const { return parked_joins_ == members_.size() && pending_.empty(); }
  void try_complete_join();
  void complete_join();
  void become_empty();
  void start_generation();
  std::string choose_protocol() const;
  Duration longest_rebalance_timeout() const;

  void touch(Member& member) { set_deadline(member, timers_.now() + member.session_timeout); }
  void set_deadline(Member& member, TimePoint when);
  void on_session_timer(Member& member);
  void set_phase_timer(Duration delay, void (Group::*then)());

  const std::string id_;
  Timers& timers_;
  GroupHost& host_;
  const GroupSettings& settings_;
  MemoryUse& memory_;

  GroupState state_ = GroupState::empty;
  WallTime changed_;
  std::int32_t generation_ = 0;
  std::string protocol_type_;
  std::optional<std::string> protocol_name_;
  std::string leader_;
  Members members_;
  std::map<std::string, std::string, std::less<>> static_ids_;  // instance id -> member id
  std::map<std::string, Timers::Id, std::less<>> pending_;      // ids given out with MEMBER_ID_REQUIRED, not used yet
  std::map<std::string, std::size_t, std::less<>> supporters_;  // protocol -> how many members know it
  std::size_t bytes_ = 0;                                       // of members and pending ids
  std::size_t parked_joins_ = 0;
  std::uint64_t joins_ = 0;

  Timers::Id phase_timer_ = 0;  // the end of the initial delay, of the wait for joins, or of that for syncs
  bool initial_delay_ = false;
  bool joined_meanwhile_ = false;  // a new member came during the initial delay
  Duration delay_left_{};
  std::uint64_t store_attempt_ = 0;
  bool storing_ = false;
};

}  // namespace weir::embedded::broker::groups
