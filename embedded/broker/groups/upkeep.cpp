// Upkeep: offsets that expire, groups that nobody uses any more, and the size of the journal.
#include "embedded/broker/groups/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

constexpr Duration kExpiryInterval = std::chrono::minutes(1);
// How long an empty group without offsets can still be seen by tools.
constexpr Duration kVoidGrace = std::chrono::minutes(10);
constexpr std::uint64_t kCompactionStep = std::uint64_t{4} << 20;
constexpr std::uint64_t kMostGarbage = 4;  // times what is live

WallTime before(WallTime now, Duration by) {
  return now - std::chrono::duration_cast<std::chrono::milliseconds>(by);
}

}  // namespace

void Coordinator::tend() {
  if (timers_.now() >= next_expiry_) {
    next_expiry_ = timers_.now() + kExpiryInterval;
    expire_offsets();
    remove_void_groups();
  }
  compact();
}

// Offsets live as long as their group has members, and then for the time of retention. Without group management their
// own age counts. Who has a commit in work waits for another round: its entry stands in the journal already, and one
// behind it that removes the offset would take it back at the next start.
void Coordinator::expire_offsets() {
  const WallTime limit = before(timers_.wall_now(), options_.offsets_retention);
  for (auto& [id, slot] : slots_) {
    const Group& group = *slot.group;
    if (group.state() != GroupState::empty || slot.offsets->empty() || slot.commits_in_work > 0) continue;
    if (group.generation() > 0 && group.changed() >= limit) continue;
    const OffsetsRemovedRecord expired = slot.offsets->committed_before(id, limit);
    if (expired.topics.empty() || !write_entry(entry_of(expired))) continue;
    slot.offsets->apply(expired);
    log::info("Offsets of a group have expired.", {{"group", id}, {"topics", expired.topics.size()}});
  }
}

void Coordinator::remove_void_groups() {
  const bool crowded = slots_.size() > kMaxGroups / 2;
  const WallTime limit = before(timers_.wall_now(), crowded ? Duration::zero() : kVoidGrace);
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    const auto next = std::next(slot);
    if (is_void(slot->second) && slot->second.group->changed() <= limit) {
      const bool gone = !slot->second.recorded || write_entry(entry_of(GroupRemovedRecord{slot->first}));
      if (gone) remove(slot);
    }
    slot = next;
  }
}

void Coordinator::compact() {
  const std::uint64_t size = journal_->size();
  if (size < next_compaction_) return;
  const std::vector<std::string> entries = live_entries();
  std::uint64_t live = 0;
  for (const std::string& entry : entries) live += entry.size();
  next_compaction_ = size + std::max(kCompactionStep, live / kMostGarbage);
  if (size <= kMostGarbage * live) return;
  if (const Result<void> rewritten = journal_->rewrite(entries); !rewritten) {
    return log_failure("The journal of the groups cannot be compacted.", rewritten.error());
  }
  next_compaction_ = std::max(kCompactionStep, kMostGarbage * journal_->size());
  log::debug("The journal of the groups was compacted.", {{"before", size}, {"after", journal_->size()}});
}

std::vector<std::string> Coordinator::live_entries() {
  std::vector<std::string> entries;
  for (const auto& [id, slot] : slots_) {
    if (slot.group->generation() > 0) entries.push_back(entry_of(slot.group->record()));
    for (const OffsetsRecord& record : slot.offsets->records(id)) entries.push_back(entry_of(record));
  }
  // Commits in work stand in the journal, too, and are about to be answered.
  for (const std::shared_ptr<Commit>& commit : commits_) {
    if (find(*commit) != nullptr && !commit->record.topics.empty()) entries.push_back(entry_of(commit->record));
  }
  return entries;
}

}  // namespace weir::embedded::broker::groups
