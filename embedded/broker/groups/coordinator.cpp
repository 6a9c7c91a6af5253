#include "embedded/broker/groups/coordinator.hpp"

#include <set>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

constexpr std::uint64_t kCompactFrom = std::uint64_t{4} << 20;

}  // namespace

Coordinator::Coordinator(Timers& timers, Options options)
    : timers_(timers),
      options_(std::move(options)),
      settings_{options_.initial_rebalance_delay, options_.max_group_size},
      member_memory_{0, options_.memory},
      offset_memory_{0, options_.memory},
      next_compaction_(kCompactFrom) {}

Coordinator::~Coordinator() = default;

Result<void> Coordinator::start(storage::FileSystem& files, storage::Flusher& flusher) {
  const std::filesystem::path path = options_.data_dir / "meta" / "groups.log";
  if (options_.journal_expected && !options_.repair) {
    const Result<bool> there = files.exists(path);
    if (!there) return there.error();
    if (!*there) return storage::missing_journal(path, "there are topics");
  }
  Replay replay(offset_memory_);
  const auto take = [&replay](std::string_view entry) {
    return replay.take(entry);
  };
  Result<std::unique_ptr<storage::Journal>> journal =
      storage::Journal::open(files, flusher, path, take, options_.repair);
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  for (auto& [id, found] : replay.groups()) {
    if (!found.group && found.offsets->empty()) continue;
    Slot& slot = slots_[id];
    slot.group = make_group(id);
    slot.offsets = std::move(found.offsets);
    slot.recorded = true;
    if (found.group) slot.group->restore(std::move(*found.group));
  }
  forget_missing_topics();
  next_expiry_ = timers_.now() + std::chrono::minutes(1);
  return {};
}

// After a repair nothing is lost for good: a journal may be restored, and the topics with it. They only have to be
// forgotten before others take their names.
//
// A topic's deletion stands in another journal: a crash between the two must not leave offsets for a topic that is made
// anew under the name.
void Coordinator::forget_missing_topics() {
  if (!options_.partition_exists) return;
  std::set<std::string, std::less<>> missing;
  for (const auto& [id, slot] : slots_) {
    for (const auto& [topic, partitions] : slot.offsets->topics()) {
      if (!options_.partition_exists(topic, 0)) missing.insert(topic);
    }
  }
  if (options_.repair) {
    if (!missing.empty()) {
      log::warn("Groups have offsets of topics that are not there; the next start without repair forgets them.",
                {{"topics", missing.size()}});
    }
    unforgotten_ = std::move(missing);
  } else {
    forget_topics({missing.begin(), missing.end()});
  }
}

Result<void> Coordinator::close() {
  return journal_->close();
}

Coordinator::Slot* Coordinator::find(std::string_view group_id) {
  const auto found = slots_.find(group_id);
  return found == slots_.end() ? nullptr : &found->second;
}

Coordinator::Slot* Coordinator::find(const Commit& commit) {
  Slot* slot = find(commit.record.group_id);
  return slot != nullptr && slot->group == commit.group.lock() ? slot : nullptr;
}

std::shared_ptr<Group> Coordinator::make_group(std::string_view id) {
  GroupHost& host = *this;
  return std::make_shared<Group>(std::string(id), timers_, host, settings_, member_memory_);
}

Coordinator::Slot* Coordinator::find_or_make(std::string_view group_id) {
  if (Slot* slot = find(group_id)) return slot;
  if (slots_.size() >= kMaxGroups) return nullptr;
  Slot& slot = slots_[std::string(group_id)];
  slot.group = make_group(group_id);
  slot.offsets = std::make_unique<Offsets>(offset_memory_);
  return &slot;
}

// The group, with all that is known of it; commits in work are answered,
// but do not bring it back. The journal is the caller's business.
void Coordinator::remove(Slots::iterator slot) {
  slots_.erase(slot);
}

bool Coordinator::is_void(const Slot& slot) {
  const Group& group = *slot.group;
  return group.state() == GroupState::empty && group.pending() == 0 && slot.offsets->empty() &&
         slot.commits_in_work == 0;
}

bool Coordinator::exists(std::string_view topic, Partition partition) const {
  return !options_.partition_exists || options_.partition_exists(topic, partition);
}

// The host of the groups

void Coordinator::post(std::function<void()> answer) {
  posted_.push_back(std::move(answer));
}

void Coordinator::persist(Group& group, std::function<void(bool stored)> done) {
  if (Slot* slot = find(group.id())) slot->recorded = true;
  const bool written = write_entry(entry_of(group.record()));
  if (!done) return;
  if (!written) return done(false);
  if (options_.fsync != storage::Fsync::always) return done(true);
  when_safe([this, weak = group.weak_from_this(), done = std::move(done)](bool stored) {
    done(stored);
    if (const std::shared_ptr<Group> alive = weak.lock()) settle(*alive);
  });
}

// A group that never had a generation leaves nothing behind; others stay until they are tended.
void Coordinator::settle(Group& group) {
  const auto slot = slots_.find(group.id());
  if (slot != slots_.end() && slot->second.group.get() == &group && !slot->second.recorded && is_void(slot->second)) {
    remove(slot);
  }
  send_posted();
}

void Coordinator::send_posted() {
  if (sending_) return;  // an answer has led to a request: the outer loop sends what that posted
  sending_ = true;
  while (!posted_.empty()) {
    const std::function<void()> answer = std::move(posted_.front());
    posted_.pop_front();
    answer();
  }
  sending_ = false;
}

// The journal

bool Coordinator::write_entry(const std::string& entry) {
  const Result<void> written = journal_->append(entry);
  if (!written) log_failure("The state of consumer groups cannot be written.", written.error());
  written_ = written_ || written;
  return written.has_value();
}

void Coordinator::when_safe(std::function<void(bool stored)> done) {
  if (options_.fsync != storage::Fsync::always) {
    done(true);
    return send_posted();
  }
  journal_->sync([this, alive = std::weak_ptr<const bool>(alive_), done = std::move(done)](const Result<void>& synced) {
    if (alive.expired()) return;
    if (!synced) log_failure("The state of consumer groups cannot be made durable.", synced.error());
    done(synced.has_value());
    send_posted();
  });
}

void Coordinator::sync() {
  if (!std::exchange(written_, false)) return;
  journal_->sync([this, alive = std::weak_ptr<const bool>(alive_)](const Result<void>& synced) {
    if (alive.expired() || synced) return;
    log_failure("The state of consumer groups cannot be made durable.", synced.error());
  });
}

void Coordinator::log_failure(std::string_view what, const Error& error) {
  std::uint64_t suppressed = 0;
  if (!failures_.allow(to_milliseconds(timers_.now()), &suppressed)) return;
  log::error(what, {{"error", error.message()}, {"suppressed", suppressed}});
}

}  // namespace weir::embedded::broker::groups
