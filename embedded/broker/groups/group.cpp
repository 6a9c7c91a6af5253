#include "embedded/broker/groups/group.hpp"

#include "embedded/broker/groups/subscription.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

constexpr Duration kNoLeaderWait = std::chrono::seconds(5);

}  // namespace

std::string_view to_string(GroupState state) {
  switch (state) {
    case GroupState::empty:
      return "Empty";
    case GroupState::preparing_rebalance:
      return "PreparingRebalance";
    case GroupState::completing_rebalance:
      return "CompletingRebalance";
    case GroupState::stable:
      return "Stable";
  }
  return "Dead";
}

Group::Group(std::string id, Timers& timers, GroupHost& host, const GroupSettings& settings, MemoryUse& memory)
    : id_(std::move(id)),
      timers_(timers),
      host_(host),
      settings_(settings),
      memory_(memory),
      changed_(timers.wall_now()) {}

Group::~Group() {
  timers_.cancel(phase_timer_);
  for (const auto& [id, member] : members_) timers_.cancel(member->timer);
  for (const auto& [id, timer] : pending_) timers_.cancel(timer);
  memory_.used -= bytes_;
}

void Group::restore(GroupRecord record) {
  generation_ = record.generation;
  changed_ = WallTime(std::chrono::milliseconds(record.changed_ms));
  for (GroupRecord::Member& recorded : record.members) {
    Member& member = add(std::make_unique<Member>(Member::from_record(std::move(recorded))));
    touch(member);
  }
  protocol_type_ = std::move(record.protocol_type);
  protocol_name_ = std::move(record.protocol_name);
  if (find(record.leader) != nullptr) leader_ = std::move(record.leader);
  if (members_.empty()) return;
  state_ = record.rebalancing ? GroupState::preparing_rebalance : GroupState::stable;
  if (record.rebalancing) wait_for_joins();
}

GroupRecord Group::record() const {
  GroupRecord out;
  out.group_id = id_;
  out.generation = generation_;
  out.rebalancing =
      state_ == GroupState::preparing_rebalance || (state_ == GroupState::completing_rebalance && !storing_);
  out.protocol_type = protocol_type_;
  out.protocol_name = protocol_name_;
  out.leader = leader_;
  out.changed_ms = changed_.time_since_epoch().count();
  for (const auto& [id, member] : members_) out.members.push_back(member->record());
  return out;
}

std::optional<std::set<std::string, std::less<>>> Group::subscriptions() const {
  std::set<std::string, std::less<>> all;
  for (const auto& [id, member] : members_) {
    for (const Protocol& protocol : member->protocols) {
      if (protocol_name_ && protocol.name != *protocol_name_) continue;
      auto topics = subscribed_topics(protocol.metadata);
      if (!topics) return std::nullopt;
      all.merge(*topics);
    }
  }
  return all;
}

// Members

ErrorCode Group::check_member(std::string_view member_id, const std::optional<std::string_view>& instance_id) const {
  if (instance_id) {
    const auto holder = static_ids_.find(*instance_id);
    if (holder == static_ids_.end()) return ErrorCode::unknown_member_id;
    return holder->second == member_id ? ErrorCode::none : ErrorCode::fenced_instance_id;
  }
  return members_.contains(member_id) ? ErrorCode::none : ErrorCode::unknown_member_id;
}

Member* Group::find(std::string_view member_id) const {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : found->second.get();
}

Member& Group::add(std::unique_ptr<Member> member) {
  Member& added = *member;
  bytes_ += footprint_changed(0, added.footprint());
  count_protocols(added, +1);
  if (added.is_static()) static_ids_[*added.instance_id] = added.id;
  if (leader_.empty()) leader_ = added.id;
  members_.emplace(added.id, std::move(member));
  return added;
}

// Takes the member out of all books; what it means for the group is the caller's.
std::unique_ptr<Member> Group::take(Member& member) {
  timers_.cancel(std::exchange(member.timer, 0));
  bytes_ += footprint_changed(member.footprint(), 0);
  count_protocols(member, -1);
  if (member.join) --parked_joins_;
  if (member.is_static()) {
    const auto holder = static_ids_.find(*member.instance_id);
    if (holder != static_ids_.end() && holder->second == member.id) static_ids_.erase(holder);
  }
  if (leader_ == member.id) leader_.clear();
  const auto found = members_.find(member.id);
  std::unique_ptr<Member> taken = std::move(found->second);
  members_.erase(found);
  return taken;
}

void Group::remove(Member& member) {
  const std::unique_ptr<Member> gone = take(member);
  if (gone->join) refuse_join(gone->join, ErrorCode::unknown_member_id, {});
  if (gone->sync) answer_sync(*gone, ErrorCode::unknown_member_id);
}

void Group::after_departure() {
  if (state_ == GroupState::preparing_rebalance) {
    try_complete_join();
  } else if (state_ != GroupState::empty) {
    prepare_rebalance();
  }
}

void Group::forget_pending(std::string_view member_id) {
  const auto found = pending_.find(member_id);
  if (found == pending_.end()) return;
  timers_.cancel(found->second);
  pending_.erase(found);
  bytes_ += footprint_changed(kPendingBytes, 0);
}

void Group::count_protocols(const Member& member, int by) {
  for (const Protocol& protocol : member.protocols) {
    const auto counter = supporters_.try_emplace(protocol.name, 0).first;
    counter->second += static_cast<std::size_t>(by);
    if (counter->second == 0) supporters_.erase(counter);
  }
}

// Accounts for the change in the total of all groups; gives it back for the group's own (modulo 2^64, like the sums).
std::size_t Group::footprint_changed(std::size_t before, std::size_t after) {
  memory_.used += after - before;
  return after - before;
}

// Rebalance

void Group::prepare_rebalance() {
  if (state_ == GroupState::completing_rebalance) fail_syncs(ErrorCode::rebalance_in_progress);
  storing_ = false;
  const bool was_empty = state_ == GroupState::empty;
  state_ = GroupState::preparing_rebalance;
  initial_delay_ = was_empty && settings_.initial_rebalance_delay > Duration::zero();
  if (initial_delay_) {
    joined_meanwhile_ = false;
    const Duration first = settings_.initial_rebalance_delay;
    delay_left_ = std::max(longest_rebalance_timeout() - first, Duration::zero());
    set_phase_timer(first, &Group::on_initial_delay);
    return;
  }
  wait_for_joins();
  try_complete_join();
}

// While members keep coming, the delay is taken again, up to the rebalance timeout.
void Group::on_initial_delay() {
  if (joined_meanwhile_ && delay_left_ > Duration::zero()) {
    joined_meanwhile_ = false;
    const Duration next = std::min(settings_.initial_rebalance_delay, delay_left_);
    delay_left_ -= next;
    set_phase_timer(next, &Group::on_initial_delay);
    return;
  }
  initial_delay_ = false;
  complete_join();
}

void Group::wait_for_joins() {
  set_phase_timer(longest_rebalance_timeout(), &Group::complete_join);
}

void Group::try_complete_join() {
  if (state_ == GroupState::preparing_rebalance && !initial_delay_ && everyone_joined()) complete_join();
}

// All have joined or the time is up: who did not come is dropped, unless it is static.
void Group::complete_join() {
  std::vector<Member*> absent;
  for (const auto& [id, member] : members_) {
    if (!member->join && !member->is_static()) absent.push_back(member.get());
  }
  for (Member* member : absent) remove(*member);
  if (members_.empty()) return become_empty();
  // Only absent static members are left: nobody could lead. Their sessions decide, or one of them comes back.
  if (parked_joins_ == 0) return set_phase_timer(kNoLeaderWait, &Group::complete_join);
  start_generation();
}

void Group::become_empty() {
  timers_.cancel(std::exchange(phase_timer_, 0));
  initial_delay_ = false;
  state_ = GroupState::empty;
  changed_ = timers_.wall_now();
  generation_ = generation_ == std::numeric_limits<std::int32_t>::max() ? 1 : generation_ + 1;
  protocol_name_.reset();
  leader_.clear();
  host_.persist(*this, nullptr);
}

void Group::start_generation() {
  initial_delay_ = false;
  generation_ = generation_ == std::numeric_limits<std::int32_t>::max() ? 1 : generation_ + 1;
  const Member* leader = find(leader_);
  if (leader == nullptr || !leader->join) {
    const Member* first = nullptr;
    for (const auto& [id, member] : members_) {
      if (member->join && (first == nullptr || member->join_order < first->join_order)) first = member.get();
    }
    leader_ = first->id;
  }
  protocol_name_ = choose_protocol();
  state_ = GroupState::completing_rebalance;
  for (const auto& [id, member] : members_) {
    member->owes_sync = member->join != nullptr;
    if (member->join) answer_join(*member, join_answer(*member));
  }
  set_phase_timer(longest_rebalance_timeout(), &Group::on_sync_deadline);
  log::debug("A group starts a generation.",
             {{"group", id_}, {"generation", generation_}, {"members", members_.size()}, {"leader", leader_}});
}

// Each member votes for the first of its protocols that all know; among equals the leader's order decides.
std::string Group::choose_protocol() const {
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    for (const Protocol& protocol : member->protocols) {
      if (supporters_.find(protocol.name)->second != members_.size()) continue;
      ++votes[protocol.name];
      break;
    }
  }
  std::string_view best;
  std::size_t most = 0;
  for (const Protocol& protocol : find(leader_)->protocols) {
    const auto count = votes.find(protocol.name);
    if (count == votes.end() || count->second <= most) continue;
    best = protocol.name;
    most = count->second;
  }
  return std::string(best);
}

Duration Group::longest_rebalance_timeout() const {
  Duration longest{};
  for (const auto& [id, member] : members_) longest = std::max(longest, member->rebalance_timeout);
  return longest;
}

// Time

void Group::set_deadline(Member& member, TimePoint when) {
  member.deadline = when;
  if (member.timer != 0 && member.timer_at <= when) return;  // it looks again when it fires
  timers_.cancel(member.timer);
  member.timer_at = when;
  member.timer = timers_.at(when, [this, &member] { on_session_timer(member); });
}

void Group::on_session_timer(Member& member) {
  member.timer = 0;
  if (timers_.now() < member.deadline) {
    set_deadline(member, member.deadline);
  } else if (!member.is_parked() || member.anonymous) {
    log::info("A member's session has expired.", {{"group", id_}, {"member", member.id}, {"client", member.client_id}});
    remove(member);
    after_departure();
  }
  // A parked member's session starts again with its answer.
  host_.settle(*this);
}

void Group::set_phase_timer(Duration delay, void (Group::*then)()) {
  timers_.cancel(phase_timer_);
  phase_timer_ = timers_.after(delay, [this, then] {
    phase_timer_ = 0;
    (this->*then)();
    host_.settle(*this);
  });
}

}  // namespace weir::embedded::broker::groups
