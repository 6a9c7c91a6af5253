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
  for (FakeConsumer* const consumer : consumers) consumer->wake_all();
}

void FakeKafka::State::tell(Report report) {
  if (deliveries_corked) {
    held_reports.push_back(std::move(report));
    return;
  }
  const Executor where = report.executor;
  asio::post(where, [report = std::move(report)]() mutable { report.done(std::move(report.result)); });
}

FakeKafka::FakeKafka(Executor executor) : state_(std::make_shared<State>(std::move(executor), nullptr)) {}
FakeKafka::FakeKafka(Executor executor, testing::ManualClock& clock)
    : state_(std::make_shared<State>(std::move(executor), &clock)) {}
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
  for (const auto& [name, group] : state_->groups.all()) {
    std::erase_if(state_->groups.of(name).committed,
                  [&topic](const auto& commit) { return commit.first.topic == topic; });
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

std::vector<std::string> FakeKafka::topics() const {
  std::vector<std::string> names;
  for (const auto& [name, logs] : state_->topics) names.push_back(name);
  return names;
}

Partition FakeKafka::partitions(const std::string& topic) const {
  const auto found = state_->topics.find(topic);
  return found == state_->topics.end() ? 0 : static_cast<Partition>(found->second.size());
}

// Kafka's murmur2, with the sign bit cut off.
Partition FakeKafka::partition_for(std::string_view key, Partition partitions) {
  constexpr std::uint32_t kMix = 0x5bd1e995;
  const auto byte = [&key](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(key[at]));
  };
  std::uint32_t hash = 0x9747b28cU ^ static_cast<std::uint32_t>(key.size());
  std::size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    std::uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= kMix;
    word ^= word >> 24;
    hash = hash * kMix ^ word * kMix;
  }
  for (std::size_t rest = key.size() - at; rest > 0; --rest) {
    hash ^= byte(at + rest - 1) << 8 * (rest - 1);
    if (rest == 1) hash *= kMix;
  }
  hash ^= hash >> 13;
  hash *= kMix;
  hash ^= hash >> 15;
  return static_cast<Partition>(hash & 0x7fffffffU) % partitions;
}

// Of whom something is left to read, a line each.
std::vector<std::string> FakeKafka::State::unread() {
  std::vector<std::string> lines;
  for (const auto& [name, group] : groups.all()) {
    if (!FakeGroups::has_living_members(group)) continue;
    std::set<TopicPartition> subscribed;
    for (const auto& member : group.members) {
      for (TopicPartition& id : partitions_of(member->topics)) subscribed.insert(std::move(id));
    }
    for (const TopicPartition& id : subscribed) {
      const PartitionLog& its = *log(id.topic, id.partition);
      const auto committed = group.committed.find(id);
      const Offset at = committed == group.committed.end() ? its.start : committed->second;
      if (at >= its.stable_end()) continue;
      lines.push_back("group " + name + ": " + id.topic + "/" + std::to_string(id.partition) + " is committed up to " +
                      std::to_string(at) + " of " + std::to_string(its.stable_end()));
    }
  }
  return lines;
}

}  // namespace weir::connectors::kafka
