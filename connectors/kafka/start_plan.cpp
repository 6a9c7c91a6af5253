#include "connectors/kafka/start_plan.hpp"

#include <utility>

namespace weir::connectors::kafka {

namespace {

// The commit, if there is one, counts for nothing: it is replaced by the first offset that the log has.
PlannedStart from_oldest(const TopicPartition& id, const OffsetRange& range) {
  PlannedStart plan;
  plan.start = PartitionStart{id, range.known() ? range.start : kFromBeginning};
  plan.passed = range.known() ? range.start : kUnknownOffset;
  return plan;
}

PlannedStart without_commit(const TopicPartition& id, const OffsetRange& range, bool commit_first) {
  PlannedStart plan = from_oldest(id, range);
  if (!commit_first) plan.committed = std::exchange(plan.passed, kUnknownOffset);
  return plan;
}

PlannedStart overtaken(const TopicPartition& id, Offset committed, const OffsetRange& range) {
  PlannedStart plan = from_oldest(id, range);
  plan.committed = committed;
  plan.gone = static_cast<std::uint64_t>(range.start - committed);
  plan.note = name_of(id) + ": " + std::to_string(plan.gone) + " offsets are gone unread: the group had read up to " +
              std::to_string(committed) + ", and the oldest record that the broker still has is " +
              std::to_string(range.start) +
              ". Reading goes on there; give the topic a longer retention, or run weir more often";
  return plan;
}

PlannedStart plan_one(const StartFacts& facts, std::size_t i) {
  const TopicPartition& id = facts.partitions[i];
  const OffsetRange& range = facts.ranges[i];
  const Offset committed = facts.committed[i];
  if (facts.distrusted.contains(id)) return from_oldest(id, range);
  if (committed < 0) return without_commit(id, range, facts.commit_first);
  if (range.known() && committed < range.start) return overtaken(id, committed, range);
  // Nor is a commit above the end a fault: the end is the last stable one, and below an open transaction. The broker
  // refuses what is beyond the whole log.
  PlannedStart plan;
  plan.start = PartitionStart{id, committed};
  plan.committed = committed;
  return plan;
}

}  // namespace

std::vector<PlannedStart> plan_starts(const StartFacts& facts) {
  std::vector<PlannedStart> plans;
  for (std::size_t i = 0; i < facts.partitions.size(); ++i) {
    PlannedStart& plan = plans.emplace_back(plan_one(facts, i));
    const OffsetRange& range = facts.ranges[i];
    if (!range.known() && !range.trouble.empty())
      plan.note = name_of(facts.partitions[i]) + " cannot be read now, the others can: " + range.trouble;
  }
  return plans;
}

std::string name_of(const TopicPartition& id) {
  return "topic '" + id.topic + "', partition " + std::to_string(id.partition);
}

}  // namespace weir::connectors::kafka
