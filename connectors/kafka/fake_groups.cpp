#include "connectors/kafka/fake_groups.hpp"

#include "connectors/kafka/fake_state.hpp"

#include <algorithm>

namespace weir::connectors::kafka {

using namespace std::chrono_literals;

namespace {

// max.poll.interval.ms, which librdkafka gives as the time that a member has to come back in a round.
constexpr Duration kRoundLimit = 5min;

// The range assignor, per topic: the first members get one more when it does not divide.
void give_ranges(const std::vector<FakeMember*>& members, const std::vector<TopicPartition>& partitions) {
  const std::size_t each = partitions.size() / members.size();
  const std::size_t more = partitions.size() % members.size();
  std::size_t next = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::size_t count = each + (i < more ? 1 : 0);
    for (std::size_t n = 0; n < count; ++n) members[i]->share.push_back(partitions[next++]);
  }
}

std::string called(const FakeMember& member) {
  return member.instance_id.empty() ? member.id : member.id + " (" + member.instance_id + ")";
}

}  // namespace

FakeGroups::FakeGroups(FindPartitions find_partitions, testing::ManualClock* clock)
    : find_partitions_(std::move(find_partitions)), clock_(clock) {}
FakeGroups::~FakeGroups() = default;

const FakeGroup* FakeGroups::find(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

FakeGroups::Seat FakeGroups::seat_of(const std::string& group, const std::string& member) {
  FakeGroup& its = groups_[group];
  const auto found = std::ranges::find_if(its.members, [&member](const auto& one) { return one->id == member; });
  return {&its, found == its.members.end() ? nullptr : found->get()};
}

FakeGroups::Seat FakeGroups::seat_of(const FakeConsumer& consumer) {
  return seat_of(consumer.settings().group, consumer.member_id());
}

void FakeGroups::at(TimePoint when, std::function<void()> what) {
  clock_->call_at(when, [alive = std::weak_ptr<char>(alive_), what = std::move(what)] {
    if (!alive.expired()) what();
  });
}

void FakeGroups::join(FakeConsumer& consumer) {
  const ConsumerSettings& settings = consumer.settings();
  FakeGroup& group = groups_[settings.group];
  if (!settings.instance_id.empty() && take_old_place(group, consumer)) return;
  auto member = std::make_unique<FakeMember>();
  member->id = (consumer.host().empty() ? "member" : consumer.host()) + "#" + std::to_string(++members_named_);
  member->instance_id = settings.instance_id;
  member->consumer = &consumer;
  member->topics = settings.topics;
  member->session_timeout = settings.session_timeout;
  member->heartbeat_interval = settings.heartbeat_interval;
  if (clock_ != nullptr) member->beats_from = clock_->now();
  consumer.set_membership(member->id, 0);
  FakeMember& joining = *member;
  group.members.push_back(std::move(member));
  if (!group.rebalancing) begin_round(settings.group);
  rejoin(group, joining);
}

// KIP-345: the coordinator answers a known instance id with what it had, under a new member id; whoever used the id
// before is fenced.
bool FakeGroups::take_old_place(FakeGroup& group, FakeConsumer& consumer) {
  const std::string& instance = consumer.settings().instance_id;
  const auto found =
      std::ranges::find_if(group.members, [&instance](const auto& one) { return one->instance_id == instance; });
  if (found == group.members.end()) return false;
  FakeMember& member = **found;
  if (member.consumer != nullptr) {
    member.consumer->set_membership({}, 0);
    member.consumer->send(
        ClientTrouble{Error(Errc::already_exists, "another process uses the instance id '" + instance + "'"), true});
  }
  member.id = (consumer.host().empty() ? "member" : consumer.host()) + "#" + std::to_string(++members_named_);
  member.consumer = &consumer;
  member.silent_since.reset();
  const bool same_topics = member.topics == consumer.settings().topics;
  member.topics = consumer.settings().topics;
  if (clock_ != nullptr) member.beats_from = clock_->now();
  consumer.set_membership(member.id, group.generation);
  if (!same_topics && !group.rebalancing) begin_round(consumer.settings().group);
  if (group.rebalancing) {
    rejoin(group, member);
  } else {
    consumer.send(Assigned{member.share});
  }
  return true;
}

void FakeGroups::leave(FakeConsumer& consumer, Leaving leaving) {
  const Seat seat = seat_of(consumer);
  if (seat.group->latest == &consumer) seat.group->latest = nullptr;
  if (seat.member == nullptr) return;
  const bool keeps_its_place = !seat.member->instance_id.empty() && leaving != Leaving::for_good;
  if (keeps_its_place && clock_ != nullptr) return vanish(consumer);
  throw_out(consumer.settings().group, seat.member->id);
}

void FakeGroups::vanish(FakeConsumer& consumer) {
  const Seat seat = seat_of(consumer);
  if (seat.group->latest == &consumer) seat.group->latest = nullptr;
  if (seat.member == nullptr) return;
  set_silent(consumer, true);
  seat.member->consumer = nullptr;
}

void FakeGroups::set_silent(FakeConsumer& consumer, bool silent) {
  const Seat seat = seat_of(consumer);
  if (seat.member == nullptr) {
    if (!silent) lose_assignment(consumer);
    return;
  }
  FakeMember& member = *seat.member;
  if (silent == member.silent_since.has_value()) return;
  if (silent) {
    member.silent_since = clock_ == nullptr ? TimePoint{} : clock_->now();
    if (clock_ != nullptr) watch_session(consumer.settings().group, member);
  } else {
    member.silent_since.reset();
    if (seat.group->rebalancing && !member.joined) hear(consumer.settings().group, member.id);
  }
}

void FakeGroups::watch_session(const std::string& group, FakeMember& member) {
  const TimePoint silent_since = *member.silent_since;
  const TimePoint ends = last_heartbeat(member, silent_since) + member.session_timeout;
  at(ends, [this, group, id = member.id, silent_since] {
    const Seat seat = seat_of(group, id);
    if (seat.member != nullptr && seat.member->silent_since == silent_since) throw_out(group, id);
  });
}

TimePoint FakeGroups::last_heartbeat(const FakeMember& member, TimePoint now) const {
  if (member.heartbeat_interval <= Duration::zero()) return now;
  return now - (now - member.beats_from) % member.heartbeat_interval;
}

void FakeGroups::throw_out(const std::string& name, std::string id) {  // NOLINT(performance-unnecessary-value-param)
  const Seat seat = seat_of(name, id);
  const bool silent = seat.member->silent_since.has_value();
  FakeConsumer* const consumer = seat.member->consumer;
  std::erase_if(seat.group->members, [&id](const auto& one) { return one->id == id; });
  if (!seat.group->members.empty()) {
    if (seat.group->rebalancing) {
      complete_if_all_joined(*seat.group);
    } else {
      begin_round(name);
    }
  } else {
    seat.group->rebalancing = false;
  }
  if (consumer != nullptr && !silent && !consumer->is_leaving()) lose_assignment(*consumer);
}

void FakeGroups::rebalance(const std::string& group) {
  FakeGroup& its = groups_[group];
  if (!its.rebalancing && !its.members.empty()) begin_round(group);
}

void FakeGroups::begin_round(const std::string& name) {
  FakeGroup& group = groups_[name];
  group.rebalancing = true;
  const std::uint64_t round = ++group.rounds;
  for (const auto& member : group.members) member->joined = false;
  std::vector<std::string> ids;
  for (const auto& member : group.members) {
    if (member->consumer != nullptr && !member->consumer->member_id().empty()) ids.push_back(member->id);
  }
  for (const std::string& id : ids) {
    if (clock_ == nullptr) {
      hear(name, id);
      continue;
    }
    const FakeMember& member = *seat_of(name, id).member;
    const TimePoint beat = last_heartbeat(member, clock_->now()) + member.heartbeat_interval;
    at(beat, [this, name, id, round] {
      if (groups_[name].rounds == round) hear(name, id);
    });
  }
  if (clock_ != nullptr) at(clock_->now() + kRoundLimit, [this, name, round] { end_round_late(name, round); });
}

// Whoever has not come back by then is no member any more.
void FakeGroups::end_round_late(const std::string& name, std::uint64_t round) {
  FakeGroup& group = groups_[name];
  if (!group.rebalancing || group.rounds != round) return;
  std::vector<std::string> late;
  for (const auto& member : group.members) {
    if (!member->joined) late.push_back(member->id);
  }
  for (const std::string& id : late) throw_out(name, id);
}

// With nothing to give back there is nothing to say: librdkafka then joins by itself.
void FakeGroups::hear(const std::string& name, const std::string& id) {
  const Seat seat = seat_of(name, id);
  if (seat.member == nullptr || !seat.group->rebalancing || seat.member->joined) return;
  if (seat.member->consumer == nullptr || seat.member->silent_since) return;
  if (seat.member->consumer->has_assignment()) {
    seat.member->consumer->send_revoked(seat.member->share, false);
  } else if (!seat.member->consumer->is_giving_back()) {
    rejoin(*seat.group, *seat.member);
  }
}

void FakeGroups::given_back(FakeConsumer& consumer) {
  if (consumer.is_thrown_out()) return join(consumer);
  const Seat seat = seat_of(consumer);
  if (seat.member != nullptr && seat.group->rebalancing && !seat.member->joined) rejoin(*seat.group, *seat.member);
}

void FakeGroups::rejoin(FakeGroup& group, FakeMember& member) {
  member.joined = true;
  complete_if_all_joined(group);
}

void FakeGroups::complete_if_all_joined(FakeGroup& group) {
  if (!group.rebalancing) return;
  if (!std::ranges::all_of(group.members, [](const auto& member) { return member->joined; })) return;
  group.rebalancing = false;
  ++group.generation;
  share_out(group);
}

void FakeGroups::share_out(FakeGroup& group) {
  std::map<std::string, std::vector<TopicPartition>> by_topic;
  std::map<std::string, std::vector<FakeMember*>> readers;
  for (const auto& member : group.members) {
    member->share.clear();
    std::map<std::string, std::vector<TopicPartition>> its_topics;
    for (TopicPartition& id : find_partitions_(member->topics)) its_topics[id.topic].push_back(std::move(id));
    for (auto& [topic, partitions] : its_topics) {
      readers[topic].push_back(member.get());
      by_topic[topic] = std::move(partitions);
    }
  }
  for (const auto& [topic, partitions] : by_topic) give_ranges(readers[topic], partitions);
  for (const auto& member : group.members) {
    if (member->consumer == nullptr) continue;
    member->consumer->set_membership(member->id, group.generation);
    if (find_partitions_(member->topics).empty()) {
      member->consumer->send(
          ClientTrouble{Error(Errc::not_found, "the topic does not exist (subscribed topic not available)"), false});
    } else {
      member->consumer->send(Assigned{member->share});
    }
  }
}

// It hears now, from an answer or a heartbeat, that it is no member: what it had is somebody else's.
void FakeGroups::lose_assignment(FakeConsumer& consumer) {
  if (consumer.is_thrown_out()) return;
  consumer.set_thrown_out();
  if (consumer.has_assignment()) {
    consumer.send_revoked(consumer.fetching(), true);
  } else if (!consumer.is_giving_back()) {
    join(consumer);
  }
}

Result<void> FakeGroups::may_commit(FakeConsumer& consumer, int generation) {
  const Seat seat = seat_of(consumer);
  if (seat.group->generation == 0) return {};  // nobody but the test has given partitions to anybody
  if (seat.member == nullptr) {
    if (!consumer.is_leaving()) lose_assignment(consumer);
    return Error(Errc::unavailable, "Broker: Unknown member");
  }
  if (generation != seat.group->generation)
    return Error(Errc::unavailable, "Broker: Specified group generation id is not valid");
  return {};
}

bool FakeGroups::has_settled(const FakeGroup& group) {
  if (!has_living_members(group)) return true;
  return !group.rebalancing &&
         std::ranges::none_of(group.members, [](const auto& member) { return member->silent_since.has_value(); });
}

bool FakeGroups::has_living_members(const FakeGroup& group) {
  return std::ranges::any_of(group.members, [](const auto& member) { return member->consumer != nullptr; });
}

std::vector<std::string> FakeGroups::who_waits() const {
  std::vector<std::string> lines;
  for (const auto& [name, group] : groups_) {
    for (const auto& member : group.members) {
      const std::string who = "group " + name + ": member " + called(*member);
      if (member->silent_since) {
        lines.push_back(who + " is silent; its session has not timed out yet");
      } else if (group.rebalancing && !member->joined) {
        lines.push_back(who + " has not given back its partitions; the others wait for it");
      }
    }
  }
  return lines;
}

}  // namespace weir::connectors::kafka
