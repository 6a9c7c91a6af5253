#include "embedded/broker/groups/offsets.hpp"

#include <utility>

namespace weir::embedded::broker::groups {

namespace {

constexpr std::size_t kRecordBytes = std::size_t{1} << 20;

OffsetsRecord::Topic::Partition record_of(Partition partition, const CommittedOffset& committed) {
  OffsetsRecord::Topic::Partition out;
  out.index = partition;
  out.offset = committed.offset;
  out.leader_epoch = committed.leader_epoch;
  out.committed_ms = committed.committed.time_since_epoch().count();
  out.metadata = committed.metadata;
  return out;
}

}  // namespace

const CommittedOffset* Offsets::find(std::string_view topic, Partition partition) const {
  const auto partitions = topics_.find(topic);
  if (partitions == topics_.end()) return nullptr;
  const auto committed = partitions->second.find(partition);
  return committed == partitions->second.end() ? nullptr : &committed->second;
}

void Offsets::apply(const OffsetsRecord& record) {
  for (const OffsetsRecord::Topic& topic : record.topics) {
    Partitions& partitions = topics_[topic.name];
    for (const OffsetsRecord::Topic::Partition& partition : topic.partitions) {
      const auto [place, added] = partitions.try_emplace(partition.index);
      const std::size_t before = added ? 0 : footprint(topic.name, place->second.metadata);
      place->second.offset = partition.offset;
      place->second.leader_epoch = partition.leader_epoch;
      place->second.committed = WallTime(std::chrono::milliseconds(partition.committed_ms));
      place->second.metadata = partition.metadata;
      const std::size_t more = footprint(topic.name, partition.metadata) - before;
      bytes_ += more;
      memory_.used += more;
    }
    if (partitions.empty()) topics_.erase(topic.name);
  }
}

std::size_t Offsets::growth(const OffsetsRecord& record) const {
  std::size_t before = 0;
  std::size_t after = 0;
  for (const OffsetsRecord::Topic& topic : record.topics) {
    for (const OffsetsRecord::Topic::Partition& partition : topic.partitions) {
      if (const CommittedOffset* committed = find(topic.name, partition.index)) {
        before += footprint(topic.name, committed->metadata);
      }
      after += footprint(topic.name, partition.metadata);
    }
  }
  return after > before ? after - before : 0;
}

void Offsets::apply(const OffsetsRemovedRecord& record) {
  for (const OffsetsRemovedRecord::Topic& removed : record.topics) {
    const auto topic = topics_.find(removed.name);
    if (topic == topics_.end()) continue;
    for (const Partition partition : removed.partitions) remove(topic, partition);
    if (topic->second.empty()) topics_.erase(topic);
  }
}

bool Offsets::forget_topic(std::string_view name) {
  const auto topic = topics_.find(name);
  if (topic == topics_.end()) return false;
  while (!topic->second.empty()) remove(topic, topic->second.begin()->first);
  topics_.erase(topic);
  return true;
}

void Offsets::remove(Topics::iterator topic, Partition partition) {
  const auto found = topic->second.find(partition);
  if (found == topic->second.end()) return;
  const std::size_t bytes = footprint(topic->first, found->second.metadata);
  bytes_ -= bytes;
  memory_.used -= bytes;
  topic->second.erase(found);
}

std::vector<OffsetsRecord> Offsets::records(const std::string& group) const {
  std::vector<OffsetsRecord> out;
  std::size_t bytes = kRecordBytes;
  for (const auto& [name, partitions] : topics_) {
    for (const auto& [partition, committed] : partitions) {
      if (bytes >= kRecordBytes) {
        out.emplace_back().group_id = group;
        bytes = 0;
      }
      bytes += footprint(name, committed.metadata);
      std::vector<OffsetsRecord::Topic>& topics = out.back().topics;
      if (topics.empty() || topics.back().name != name) topics.emplace_back().name = name;
      topics.back().partitions.push_back(record_of(partition, committed));
    }
  }
  return out;
}

OffsetsRemovedRecord Offsets::committed_before(const std::string& group, WallTime limit) const {
  OffsetsRemovedRecord out;
  out.group_id = group;
  for (const auto& [name, partitions] : topics_) {
    OffsetsRemovedRecord::Topic old;
    for (const auto& [partition, committed] : partitions) {
      if (committed.committed < limit) old.partitions.push_back(partition);
    }
    if (old.partitions.empty()) continue;
    old.name = name;
    out.topics.push_back(std::move(old));
  }
  return out;
}

}  // namespace weir::embedded::broker::groups
