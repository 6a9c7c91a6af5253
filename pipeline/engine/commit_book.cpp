#include "pipeline/engine/commit_book.hpp"

#include <algorithm>

namespace weir {

std::optional<std::uint64_t> PartitionStatus::lag() const {
  if (!assigned || end < 0 || watermark < 0) return std::nullopt;
  return static_cast<std::uint64_t>(std::max<Offset>(end - watermark, 0));
}

std::vector<AssignedPartition> CommitBook::assigned(const std::vector<AssignedPartition>& partitions) {
  std::vector<AssignedPartition> old;
  for (const AssignedPartition& partition : partitions) {
    const TopicPartition& id = partition.ledger->id();
    // A partition that comes back brings a ledger of a newer epoch; whatever is left of the old one is void.
    const auto known = ours_.find(id);
    if (known != ours_.end() && known->second.partition.ledger != partition.ledger) {
      for (AssignedPartition& taken : take_away({id})) old.push_back(std::move(taken));
    }
    ours_[id] = Entry{partition, partition.ledger->start()};
  }
  return old;
}

void CommitBook::add_if_due(const Entry& entry, Due& due) {
  const PartitionLedger& ledger = *entry.partition.ledger;
  if (ledger.is_void()) return;
  const Offset watermark = ledger.watermark();
  // Where reading began need not be committed; what was settled since has to be.
  const Offset committed = entry.committed >= 0 ? entry.committed : ledger.start();
  if (watermark < 0 || watermark <= committed) return;
  due.commits.push_back(Commit{ledger.id(), watermark});
  due.ledgers.push_back(entry.partition.ledger);
}

CommitBook::Due CommitBook::due() const {
  Due due;
  for (const auto& [id, entry] : ours_) add_if_due(entry, due);
  return due;
}

CommitBook::Due CommitBook::due(const std::vector<TopicPartition>& only) const {
  Due due;
  for (const TopicPartition& id : only) {
    const auto found = ours_.find(id);
    if (found != ours_.end()) add_if_due(found->second, due);
  }
  return due;
}

void CommitBook::confirmed(const Due& due) {
  for (std::size_t i = 0; i < due.commits.size(); ++i) {
    const Commit& commit = due.commits[i];
    const auto found = ours_.find(commit.id);
    if (found != ours_.end() && found->second.partition.ledger == due.ledgers[i])
      found->second.committed = commit.offset;
    last_committed_[commit.id] = commit.offset;
  }
}

std::vector<AssignedPartition> CommitBook::take_away(const std::vector<TopicPartition>& partitions) {
  std::vector<AssignedPartition> taken;
  for (const TopicPartition& id : partitions) {
    const auto found = ours_.find(id);
    if (found == ours_.end()) continue;
    Entry& entry = found->second;
    leaked_before_ += entry.partition.ledger->leaked();
    if (entry.committed >= 0) last_committed_[id] = entry.committed;
    taken.push_back(std::move(entry.partition));
    ours_.erase(found);
  }
  return taken;
}

std::uint64_t CommitBook::unsettled() const {
  std::uint64_t total = 0;
  for (const auto& [id, entry] : ours_) total += entry.partition.ledger->unsettled();
  return total;
}

std::uint64_t CommitBook::unsettled(const std::vector<TopicPartition>& only) const {
  std::uint64_t total = 0;
  for (const TopicPartition& id : only) {
    const auto found = ours_.find(id);
    if (found != ours_.end()) total += found->second.partition.ledger->unsettled();
  }
  return total;
}

std::uint64_t CommitBook::leaked() const {
  std::uint64_t total = leaked_before_;
  for (const auto& [id, entry] : ours_) total += entry.partition.ledger->leaked();
  return total;
}

std::vector<PartitionStatus> CommitBook::status() const {
  std::map<TopicPartition, PartitionStatus> all;
  for (const auto& [id, offset] : last_committed_)
    all[id] = PartitionStatus{.id = id, .committed = offset, .watermark = offset};
  for (const auto& [id, entry] : ours_) {
    const PartitionLedger& ledger = *entry.partition.ledger;
    const Offset committed = entry.committed >= 0 ? entry.committed : ledger.start();
    all[id] = PartitionStatus{.id = id,
                              .lane = entry.partition.lane,
                              .assigned = true,
                              .committed = committed,
                              .watermark = ledger.watermark(),
                              .position = ledger.position(),
                              .unsettled = ledger.unsettled(),
                              .oldest_unsettled_ms = ledger.oldest_unsettled_ms()};
  }
  std::vector<PartitionStatus> result;
  result.reserve(all.size());
  for (auto& [id, status] : all) result.push_back(std::move(status));
  return result;
}

}  // namespace weir
