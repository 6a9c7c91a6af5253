// Clients, groups and troubles of FakeKafka: what a test orders. Its topics are in fake.cpp.
#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/fake_state.hpp"

#include <cassert>
#include <utility>

namespace weir::connectors::kafka {

namespace {

TopicInfo info_of(const std::string& name, std::size_t partitions) {
  TopicInfo info;
  info.name = name;
  for (std::size_t i = 0; i < partitions; ++i) info.partitions.push_back({static_cast<Partition>(i), 1, {1}, {1}});
  return info;
}

}  // namespace

Result<ClusterAnswer> FakeKafka::State::answer(const ClusterQuestion& question) const {
  if (away) return Error(Errc::unavailable, "no broker can be reached");
  ClusterAnswer answer;
  for (const auto& [name, logs] : topics) answer.all_topics.push_back(info_of(name, logs.size()));
  for (const std::string& name : question.topics) {
    const auto found = topics.find(name);
    Result<TopicInfo> topic = Error(Errc::not_found, "there is no topic '" + name + "'");
    if (found != topics.end()) topic = info_of(name, found->second.size());
    answer.topics.emplace(name, std::move(topic));
  }
  for (const std::string& name : question.groups) {
    const FakeGroup* const found = groups.find(name);
    GroupInfo group;
    group.name = name;
    group.state = found == nullptr ? "Dead" : found->latest == nullptr ? "Empty" : "Stable";
    if (group.state == "Stable") group.members.emplace_back();
    answer.groups.emplace(name, std::move(group));
  }
  return answer;
}

MakeConsumer FakeKafka::consumers(std::string host) {
  return [state = state_, host = std::move(host)](ConsumerSettings settings) {
    return std::make_unique<FakeConsumer>(state, std::move(settings), host);
  };
}

MakeKafkaClients FakeKafka::clients(std::string host) {
  return [this, host = std::move(host)](Clock&) {
    KafkaClients clients;
    clients.make_consumer = consumers(host);
    clients.make_producer = [this](const ProducerSettings&) {
      return producer();
    };
    clients.create_topics = [this](const ClusterSettings&, const std::vector<std::string>& topics) {
      for (const std::string& topic : topics) {
        if (!state_->topics.contains(topic)) create_topic(topic, 1);
      }
      return Result<void>();
    };
    clients.ask_topic = [this](const ClusterSettings&, const std::string& topic) -> Result<TopicFacts> {
      if (state_->away) return Error(Errc::unavailable, "no broker can be reached");
      if (!state_->topics.contains(topic)) return Error(Errc::not_found, "topic '" + topic + "' does not exist");
      return TopicFacts{};
    };
    clients.ask_cluster = [this](const ClusterSettings&, const ClusterQuestion& question) {
      return state_->answer(question);
    };
    return clients;
  };
}

std::shared_ptr<ProducerClient> FakeKafka::producer() {
  return std::make_shared<FakeProducer>(state_);
}

void FakeKafka::auto_assign(bool on) {
  state_->assigning = on;
}

void FakeKafka::assign(const std::string& group, std::vector<TopicPartition> partitions) {
  FakeConsumer* const member = state_->groups.of(group).latest;
  assert(member != nullptr && "the group has no consumer yet");
  member->send(Assigned{std::move(partitions)});
}

void FakeKafka::assign_all(const std::string& group) {
  FakeConsumer* const member = state_->groups.of(group).latest;
  assert(member != nullptr && "the group has no consumer yet");
  member->send(Assigned{state_->partitions_of(member->settings().topics)});
}

void FakeKafka::revoke(const std::string& group) {
  FakeConsumer* const member = state_->groups.of(group).latest;
  member->send(Revoked{member->fetching(), false});
}

void FakeKafka::lose(const std::string& group) {
  FakeConsumer* const member = state_->groups.of(group).latest;
  member->send(Revoked{member->fetching(), true});
}

void FakeKafka::raise(const std::string& group, ClientTrouble trouble) {
  state_->groups.of(group).latest->send(std::move(trouble));
}

void FakeKafka::deliver_stale(const std::string& group, const TopicPartition& id, Offset offset) {
  for (const std::shared_ptr<const FakeRecord>& record : state_->log(id.topic, id.partition)->records) {
    if (record->offset == offset) state_->groups.of(group).latest->add_stale(id, record);
  }
}

Offset FakeKafka::committed(const std::string& group, const TopicPartition& id) const {
  const FakeGroup* const found = state_->groups.find(group);
  if (found == nullptr) return kUnknownOffset;
  const auto place = found->committed.find(id);
  return place == found->committed.end() ? kUnknownOffset : place->second;
}

void FakeKafka::set_committed(const std::string& group, const TopicPartition& id, Offset offset) {
  state_->groups.of(group).committed[id] = offset;
}

const std::vector<FakeKafka::LoggedCommit>& FakeKafka::commit_log() const {
  return state_->commit_log;
}

std::vector<TopicPartition> FakeKafka::fetching(const std::string& group) const {
  const FakeConsumer* const member = state_->groups.of(group).latest;
  return member == nullptr ? std::vector<TopicPartition>() : member->fetching();
}

std::uint64_t FakeKafka::opened(const std::string& group) const {
  return state_->groups.of(group).opened;
}

std::optional<Leaving> FakeKafka::left(const std::string& group) const {
  return state_->groups.of(group).left;
}

const ConsumerSettings* FakeKafka::settings(const std::string& group) const {
  const FakeConsumer* const member = state_->groups.of(group).latest;
  return member == nullptr ? nullptr : &member->settings();
}

void FakeKafka::cork_commits(bool on) {
  state_->commits_corked = on;
  state_->commits_uncorked.notify_all();
}

void FakeKafka::fail_commits(std::uint64_t after, std::uint64_t count, Error error) {
  state_->commit_failure = PlannedFailure{after, count, std::move(error)};
}

void FakeKafka::cork_deliveries(bool on) {
  state_->deliveries_corked = on;
  if (on) return;
  for (State::Report& report : std::exchange(state_->held_reports, {})) state_->tell(std::move(report));
}

void FakeKafka::fail_deliveries(std::uint64_t after, std::uint64_t count, Error error, bool stored) {
  state_->delivery_failure = PlannedFailure{after, count, std::move(error), stored};
}

void FakeKafka::set_away(bool away) {
  if (std::exchange(state_->away, away) == away) return;
  const std::vector<FakeConsumer*> consumers = state_->consumers;
  for (FakeConsumer* const consumer : consumers) {
    if (away) {
      consumer->send(ClientTrouble{Error(Errc::unavailable, "no broker can be reached"), false});
    } else if (consumer->fetching().empty() && state_->assigning) {
      consumer->join();
    }
  }
  state_->wake_consumers();
}

void FakeKafka::kill(const std::string& host) {
  const std::vector<FakeConsumer*> consumers = state_->consumers;
  for (FakeConsumer* const consumer : consumers) {
    if (consumer->host() == host) consumer->kill();
  }
}

void FakeKafka::lose_heartbeats(const std::string& host, bool lost) {
  const std::vector<FakeConsumer*> consumers = state_->consumers;
  for (FakeConsumer* const consumer : consumers) {
    if (consumer->host() == host) state_->groups.set_silent(*consumer, lost);
  }
}

void FakeKafka::rebalance(const std::string& group) {
  state_->groups.rebalance(group);
}

std::uint64_t FakeKafka::rebalances(const std::string& group) const {
  const FakeGroup* const found = state_->groups.find(group);
  return found == nullptr ? 0 : found->rounds;
}

std::vector<std::string> FakeKafka::groups() const {
  std::vector<std::string> names;
  for (const auto& [name, group] : state_->groups.all()) names.push_back(name);
  return names;
}

bool FakeKafka::caught_up() const {
  return state_->groups.who_waits().empty() && state_->unread().empty();
}

std::vector<std::string> FakeKafka::who_waits() const {
  std::vector<std::string> lines = state_->groups.who_waits();
  for (std::string& line : state_->unread()) lines.push_back(std::move(line));
  if (state_->away) lines.push_back("the broker is away");
  if (state_->commits_corked) lines.push_back("commits are corked");
  if (state_->deliveries_corked) lines.push_back("delivery reports are corked");
  return lines;
}

}  // namespace weir::connectors::kafka
