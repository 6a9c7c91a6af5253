#include "connectors/kafka/fake.hpp"

#include "connectors/kafka/fake_state.hpp"
#include "connectors/kafka/topic_expression.hpp"
#include "connectors/kafka/topic_name.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cassert>

namespace weir::connectors::kafka {

namespace asio = boost::asio;

FakeKafka::State::PartitionLog* FakeKafka::State::log(std::string_view topic, Partition partition) {
  const auto found = topics.find(topic);
  if (found == topics.end() || partition < 0 || static_cast<std::size_t>(partition) >= found->second.size())
    return nullptr;
  return &found->second[static_cast<std::size_t>(partition)];
}

Offset FakeKafka::State::append(const std::string& topic, Partition partition, FakeRecord record) {
  PartitionLog* const place = log(topic, partition);
  assert(place != nullptr && "no such topic or partition; create_topic() first");
  record.offset = place->end++;
  const Offset offset = record.offset;
  place->records.push_back(std::make_shared<const FakeRecord>(std::move(record)));
  wake_consumers();
  return offset;
}

std::vector<TopicPartition> FakeKafka::State::partitions_of(const std::vector<std::string>& names) const {
  std::vector<TopicPartition> all;
  for (const auto& [name, logs] : topics) {
    const auto means = [&name](const std::string& entry) {
      return means_topic(entry, name);
    };
    if (std::ranges::none_of(names, means)) continue;
    for (std::size_t i = 0; i < logs.size(); ++i) all.push_back(TopicPartition{name, static_cast<Partition>(i)});
  }
  return all;
}

void FakeKafka::State::wake_consumers() {
  for (auto& [name, group] : groups) {
    if (group.member != nullptr) group.member->wake_all();
  }
}

void FakeKafka::State::tell(Report report) {
  if (deliveries_corked) {
    held_reports.push_back(std::move(report));
    return;
  }
  const Executor where = report.executor;
  asio::post(where, [report = std::move(report)]() mutable { report.done(std::move(report.result)); });
}

FakeKafka::FakeKafka(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}
FakeKafka::~FakeKafka() = default;

void FakeKafka::create_topic(const std::string& name, Partition partitions) {
  state_->topics[name] = std::vector<State::PartitionLog>(static_cast<std::size_t>(partitions));
}

Offset FakeKafka::produce(const std::string& topic, Partition partition, FakeRecord record) {
  return state_->append(topic, partition, std::move(record));
}

Offset FakeKafka::produce(const std::string& topic, Partition partition, std::string payload) {
  FakeRecord record;
  record.payload = std::move(payload);
  return state_->append(topic, partition, std::move(record));
}

void FakeKafka::skip_offsets(const std::string& topic, Partition partition, Offset count) {
  state_->log(topic, partition)->end += count;
  state_->wake_consumers();
}

void FakeKafka::produce_damaged(const std::string& topic, Partition partition, Offset claimed, std::string payload) {
  State::PartitionLog& log = *state_->log(topic, partition);
  FakeRecord record;
  record.payload = std::move(payload);
  record.offset = claimed;
  log.records.push_back(std::make_shared<const FakeRecord>(std::move(record)));
  ++log.end;
  state_->wake_consumers();
}

void FakeKafka::remove_before(const std::string& topic, Partition partition, Offset oldest) {
  State::PartitionLog& log = *state_->log(topic, partition);
  while (!log.records.empty() && log.records.front()->offset < oldest) log.records.pop_front();
  log.start = oldest;
}

void FakeKafka::corrupt(const std::string& topic, Partition partition, Offset offset) {
  state_->log(topic, partition)->corrupt.insert(offset);
}

void FakeKafka::heal(const std::string& topic, Partition partition, Offset offset) {
  state_->log(topic, partition)->corrupt.erase(offset);
}

void FakeKafka::hold_open(const std::string& topic, Partition partition, Offset first) {
  state_->log(topic, partition)->open_since = first;
  state_->wake_consumers();
}

void FakeKafka::during_next_ranges(std::function<void()> what) {
  state_->during_next_ranges = std::move(what);
}

void FakeKafka::add_partitions(const std::string& topic, Partition count) {
  std::vector<State::PartitionLog>& logs = state_->topics[topic];
  logs.resize(logs.size() + static_cast<std::size_t>(count));
}

void FakeKafka::recreate_topic(const std::string& topic) {
  for (State::PartitionLog& log : state_->topics[topic]) log = State::PartitionLog();
}

void FakeKafka::delete_topic(const std::string& topic) {
  state_->topics.erase(topic);
  for (auto& [name, group] : state_->groups) {
    std::erase_if(group.committed, [&topic](const auto& commit) { return commit.first.topic == topic; });
  }
  state_->wake_consumers();
}

std::vector<FakeRecord> FakeKafka::records(const std::string& topic, Partition partition) const {
  std::vector<FakeRecord> copies;
  const State::PartitionLog* const log = state_->log(topic, partition);
  if (log == nullptr) return copies;
  for (const std::shared_ptr<const FakeRecord>& record : log->records) copies.push_back(*record);
  return copies;
}

Offset FakeKafka::end_offset(const std::string& topic, Partition partition) const {
  const State::PartitionLog* const log = state_->log(topic, partition);
  return log == nullptr ? kUnknownOffset : log->end;
}

MakeConsumer FakeKafka::consumers() {
  return [state = state_](ConsumerSettings settings) {
    return std::make_unique<FakeConsumer>(state, std::move(settings));
  };
}

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
    const auto found = groups.find(name);
    GroupInfo group;
    group.name = name;
    group.state = found == groups.end() ? "Dead" : found->second.member == nullptr ? "Empty" : "Stable";
    if (group.state == "Stable") group.members.emplace_back();
    answer.groups.emplace(name, std::move(group));
  }
  return answer;
}

MakeKafkaClients FakeKafka::clients() {
  return [this](Clock&) {
    KafkaClients clients;
    clients.make_consumer = consumers();
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
  FakeConsumer* const member = state_->groups[group].member;
  assert(member != nullptr && "the group has no consumer yet");
  member->send(Assigned{std::move(partitions)});
}

void FakeKafka::assign_all(const std::string& group) {
  FakeConsumer* const member = state_->groups[group].member;
  assert(member != nullptr && "the group has no consumer yet");
  member->send(Assigned{state_->partitions_of(member->settings().topics)});
}

void FakeKafka::revoke(const std::string& group) {
  FakeConsumer* const member = state_->groups[group].member;
  member->send(Revoked{member->fetching(), false});
}

void FakeKafka::lose(const std::string& group) {
  FakeConsumer* const member = state_->groups[group].member;
  member->send(Revoked{member->fetching(), true});
}

void FakeKafka::raise(const std::string& group, ClientTrouble trouble) {
  state_->groups[group].member->send(std::move(trouble));
}

void FakeKafka::deliver_stale(const std::string& group, const TopicPartition& id, Offset offset) {
  for (const std::shared_ptr<const FakeRecord>& record : state_->log(id.topic, id.partition)->records) {
    if (record->offset == offset) state_->groups[group].member->add_stale(id, record);
  }
}

Offset FakeKafka::committed(const std::string& group, const TopicPartition& id) const {
  const auto found = state_->groups.find(group);
  if (found == state_->groups.end()) return kUnknownOffset;
  const auto place = found->second.committed.find(id);
  return place == found->second.committed.end() ? kUnknownOffset : place->second;
}

void FakeKafka::set_committed(const std::string& group, const TopicPartition& id, Offset offset) {
  state_->groups[group].committed[id] = offset;
}

const std::vector<FakeKafka::LoggedCommit>& FakeKafka::commit_log() const {
  return state_->commit_log;
}

std::vector<TopicPartition> FakeKafka::fetching(const std::string& group) const {
  const FakeConsumer* const member = state_->groups[group].member;
  return member == nullptr ? std::vector<TopicPartition>() : member->fetching();
}

std::uint64_t FakeKafka::opened(const std::string& group) const {
  return state_->groups[group].opened;
}

const ConsumerSettings* FakeKafka::settings(const std::string& group) const {
  const FakeConsumer* const member = state_->groups[group].member;
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
  for (auto& [name, group] : state_->groups) {
    if (group.member == nullptr) continue;
    if (away) {
      group.member->send(ClientTrouble{Error(Errc::unavailable, "no broker can be reached"), false});
    } else if (group.member->fetching().empty() && state_->assigning) {
      group.member->join();
    }
  }
  state_->wake_consumers();
}

}  // namespace weir::connectors::kafka
