#include "embedded/broker/topics/topics.hpp"

#include "embedded/broker/topics/catalogue.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/offline_log.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "pipeline/base/log.hpp"

namespace weir::embedded::broker::topics {

namespace {

constexpr std::uint64_t kCompactAtLeast = 64 << 10;  // bytes of the journal
constexpr std::int64_t kProducerIdBlock = 1000;
constexpr std::size_t kTrashPerTend = 64;  // files

}  // namespace

storage::PartitionLog* Topic::partition(Partition number) const {
  if (number < 0 || static_cast<std::size_t>(number) >= partitions.size()) return nullptr;
  return partitions[static_cast<std::size_t>(number)].get();
}

Topics::Topics(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock, Options options)
    : files_(files),
      flusher_(flusher),
      clock_(clock),
      options_(std::move(options)),
      compact_at_(kCompactAtLeast),
      trash_(files) {}

Topics::~Topics() = default;

Topic* Topics::find(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

storage::PartitionLog* Topics::find_partition(std::string_view name, Partition number) const {
  const Topic* topic = find(name);
  return topic == nullptr ? nullptr : topic->partition(number);
}

Topic* Topics::find(const Uuid& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::size_t Topics::offline_partitions() const {
  std::size_t count = 0;
  for (const auto& [name, topic] : topics_) {
    for (const auto& log : topic->partitions) count += log->failed() ? 1 : 0;
  }
  return count;
}

TopicError Topics::create(std::string_view name, std::int32_t partitions, TopicConfig config, bool validate_only) {
  Changes changes(*this, validate_only);
  TopicError error = changes.create(name, partitions, std::move(config));
  return !error.ok() || validate_only ? error : changes.commit();
}

TopicError Topics::remove(std::string_view name) {
  Changes changes(*this);
  TopicError error = changes.remove(name);
  return error.ok() ? changes.commit() : error;
}

TopicError Topics::grow(std::string_view name, std::int32_t partitions, bool validate_only) {
  Changes changes(*this, validate_only);
  TopicError error = changes.grow(name, partitions);
  return !error.ok() || validate_only ? error : changes.commit();
}

TopicError Topics::configure(std::string_view name, TopicConfig config, bool validate_only) {
  Changes changes(*this, validate_only);
  TopicError error = changes.configure(name, std::move(config));
  return !error.ok() || validate_only ? error : changes.commit();
}

Result<std::int64_t> Topics::next_producer_id() {
  if (next_producer_id_ == reserved_producer_ids_) {
    const std::int64_t reserved = reserved_producer_ids_ + kProducerIdBlock;
    if (Result<void> written = journal_->append(producer_ids_reserved(reserved)); !written) return written.error();
    if (Result<void> synced = journal_->sync_now(); !synced) return synced.error();
    reserved_producer_ids_ = reserved;
  }
  return next_producer_id_++;
}

void Topics::tend() {
  removed_topics_.clear();
  removed_logs_.clear();
  for (const auto& [name, topic] : topics_) {
    for (const auto& log : topic->partitions) log->tend();
  }
  trash_.step(kTrashPerTend);
  compact_when_grown();
  // After a repair the rest waits until a topic of the name is made: the topics may be restored.
  if (!options_.repair) forget_remaining();
}

void Topics::sync() {
  for (const auto& [name, topic] : topics_) {
    for (const auto& log : topic->partitions) log->sync();
  }
}

Result<void> Topics::close() {
  Result<void> first;
  Result<void> offline;
  std::size_t failed = 0;
  for (const auto& [name, topic] : topics_) {
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      const Result<void> closed = topic->partitions[i]->close();
      if (closed) continue;
      Error error = closed.error().with_context("partition " + std::to_string(i) + " of topic " + name);
      if (error.code() == Errc::corrupt) {
        offline = std::move(error);
      } else if (failed++ == 0) {
        first = std::move(error);
      }
    }
  }
  if (failed > 1) first = first.error().with_context(std::to_string(failed) + " partitions were not closed in order");
  const Result<void> closed = journal_->close();
  if (!first || !closed) return first ? closed : first;
  return offline;
}

void Topics::insert(std::unique_ptr<Topic> topic) {
  Topic* raw = topic.get();
  partition_count_ += static_cast<std::int64_t>(raw->partitions.size());
  by_id_.emplace(raw->id, raw);
  by_collision_key_.emplace(collision_key(raw->name), raw);
  topics_.emplace(raw->name, std::move(topic));
}

void Topics::extract(Topic& topic) {
  auto node = topics_.extract(topics_.find(topic.name));
  by_id_.erase(topic.id);
  by_collision_key_.erase(collision_key(topic.name));
  partition_count_ -= static_cast<std::int64_t>(topic.partitions.size());
  removed_ids_.insert(topic.id);
  removed_topics_.push_back(std::move(node.mapped()));
  // It is in no table any more: who is woken finds no topic.
  for (const auto& log : topic.partitions) log->abandon();
  discard_directory(topic.id);
  log::info("A topic was deleted.", {{"topic", topic.name}, {"partitions", topic.partitions.size()}});
}

void Topics::set_config(Topic& topic, TopicConfig config) {
  topic.config = std::move(config);
  for (const auto& log : topic.partitions) log->set_settings(topic.config.log_settings(options_.fsync));
}

void Topics::add_partitions(Topic& topic, std::vector<std::unique_ptr<storage::PartitionLog>> added) {
  partition_count_ += static_cast<std::int64_t>(added.size());
  for (auto& log : added) topic.partitions.push_back(std::move(log));
}

void Topics::take_offline(Topic& topic) {
  log::error("The deletion of a topic may or may not have been recorded: the topic is offline until the next start.",
             {{"topic", topic.name}});
  for (auto& log : topic.partitions) {
    removed_logs_.push_back(std::exchange(log, make_offline_log(options_.leader_epoch)));
    removed_logs_.back()->abandon();
  }
}

void Topics::discard_directory(const Uuid& id) {
  const std::filesystem::path directory = directory_of(id);
  const Result<bool> there = files_.exists(directory);
  if (there && !*there) return;  // nothing was ever written to it
  std::filesystem::path trash = directory;
  trash += kDeletedSuffix;
  Result<void> renamed = there ? files_.rename(directory, trash) : Result<void>(there.error());
  if (renamed) {
    trash_.add(std::move(trash));
  } else {
    log::warn("The directory of a deleted topic could not be renamed; the next start removes it.",
              {{"directory", directory.string()}, {"error", renamed.error().message()}});
  }
}

void Topics::forget(const std::vector<std::string>& names) {
  if (names.empty() || !removed_) return;
  if (removed_(names)) {
    for (const std::string& name : names) unforgotten_.erase(name);
  } else {
    unforgotten_.insert(names.begin(), names.end());
  }
}

void Topics::forget_remaining() {
  forget({unforgotten_.begin(), unforgotten_.end()});
}

void Topics::compact_when_grown() {
  if (journal_->size() < compact_at_) return;
  std::vector<std::string> entries;
  entries.push_back(producer_ids_reserved(reserved_producer_ids_));
  for (const auto& [name, topic] : topics_) {
    entries.push_back(
        topic_created(topic->id, topic->name, static_cast<std::int32_t>(topic->partitions.size()), topic->config));
  }
  // A removal may be forgotten when its directory has surely lost its name.
  const bool renames_durable = files_.sync_directory(options_.data_dir / "topics").has_value();
  for (auto id = removed_ids_.begin(); id != removed_ids_.end();) {
    const Result<bool> there = files_.exists(directory_of(*id));
    if (renames_durable && there && !*there) {
      id = removed_ids_.erase(id);
    } else {
      entries.push_back(topic_removed(*id++));
    }
  }
  std::uint64_t bytes = 0;
  for (const std::string& entry : entries) bytes += entry.size();
  if (journal_->size() > 2 * bytes) {
    if (const Result<void> rewritten = journal_->rewrite(entries); !rewritten) {
      log::warn("The journal of topics could not be compacted; it goes on growing.",
                {{"error", rewritten.error().message()}});
    }
  }
  compact_at_ = std::max(kCompactAtLeast, 4 * journal_->size());
}

}  // namespace weir::embedded::broker::topics
