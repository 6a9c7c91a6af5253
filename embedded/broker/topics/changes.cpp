#include "embedded/broker/topics/changes.hpp"

#include "embedded/broker/topics/catalogue.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>
#include <utility>

namespace weir::embedded::broker::topics {

namespace {

constexpr std::size_t kEntryBytes = std::size_t{1} << 20;

TopicError storage_error(const std::string& what, const Error& error) {
  const bool ends = error.message().ends_with('.');
  return {wire::ErrorCode::kafka_storage_error, what + ": " + error.message() + (ends ? "" : ".")};
}

// A random id. Java's tools take one that begins with '-' in base64 for an option, so those are not used.
Uuid new_topic_id() {
  Uuid id = Uuid::random();
  while (id.high >> 58 == 62) id = Uuid::random();
  return id;
}

}  // namespace

TopicError Changes::check_new_name(std::string_view name) const {
  using wire::ErrorCode;
  if (std::optional<std::string> fault = check_topic_name(name)) {
    return {ErrorCode::invalid_topic_exception, std::move(*fault)};
  }
  if (topics_.find(name) != nullptr) {
    return {ErrorCode::topic_already_exists, "Topic " + in_quotes(name) + " already exists."};
  }
  const std::string key = collision_key(name);
  if (const auto other = topics_.by_collision_key_.find(key); other != topics_.by_collision_key_.end()) {
    return {ErrorCode::invalid_topic_exception,
            "Topic " + in_quotes(name) + " collides with topic " + in_quotes(other->second->name) +
                ": Kafka takes '.' and '_' for the same character in metric names."};
  }
  if (created_.contains(key)) {
    return {
        ErrorCode::invalid_topic_exception,
        "Topic " + in_quotes(name) + " stands in this request twice, or with '.' in one place and '_' in the other."};
  }
  return {};
}

TopicError Changes::create(std::string_view name, std::int32_t partitions, TopicConfig config) {
  using wire::ErrorCode;
  if (TopicError error = check_new_name(name); !error.ok()) return error;
  if (partitions == -1) partitions = topics_.options_.default_partitions;
  if (partitions < 1) {
    return {ErrorCode::invalid_partitions, "Topic " + in_quotes(name) + " cannot have " + std::to_string(partitions) +
                                               " partitions; ask for at least 1, or -1 for the default."};
  }
  if (TopicError error = check_partitions(name, 0, partitions); !error.ok()) return error;
  if (std::optional<std::string> fault = config.check()) return {ErrorCode::invalid_config, std::move(*fault)};
  if (TopicError error = check_forgotten(name); !error.ok()) return error;

  auto topic = std::make_unique<Topic>();
  topic->name = name;
  topic->id = new_topic_id();
  topic->config = std::move(config);
  if (TopicError error = open_logs(*topic, 0, partitions, topic->partitions); !error.ok()) return error;
  created_.insert(collision_key(name));
  added_partitions_ += partitions;
  std::string entry = topic_created(topic->id, topic->name, partitions, topic->config);
  keep(std::move(entry), Creation{std::move(topic)});
  return {};
}

TopicError Changes::remove(std::string_view name) {
  TopicError error;
  Topic* topic = pick(name, error);
  if (topic == nullptr) return error;
  keep(topic_removed(topic->id), Removal{topic});
  return {};
}

TopicError Changes::grow(std::string_view name, std::int32_t partitions) {
  TopicError error;
  Topic* topic = pick(name, error);
  if (topic == nullptr) return error;
  const std::int32_t before = static_cast<std::int32_t>(topic->partitions.size());
  if (partitions <= before) {
    return {wire::ErrorCode::invalid_partitions, "Topic " + in_quotes(name) + " has " + std::to_string(before) +
                                                     " partitions; " + std::to_string(partitions) +
                                                     " would not be an increase."};
  }
  error = check_partitions(name, before, partitions);
  if (!error.ok()) return error;
  std::vector<std::unique_ptr<storage::PartitionLog>> added;
  error = open_logs(*topic, before, partitions, added);
  if (!error.ok()) return error;
  added_partitions_ += partitions - before;
  keep(topic_grown(topic->id, partitions), Growth{topic, std::move(added)});
  return {};
}

TopicError Changes::configure(std::string_view name, TopicConfig config) {
  TopicError error;
  Topic* topic = pick(name, error);
  if (topic == nullptr) return error;
  if (std::optional<std::string> fault = config.check()) {
    return {wire::ErrorCode::invalid_config, std::move(*fault)};
  }
  if (config == topic->config) return {};
  std::string entry = topic_configured(topic->id, config);
  keep(std::move(entry), Configuration{topic, std::move(config)});
  return {};
}

TopicError Changes::commit() {
  if (changes_.empty()) return {};
  if (topics_.failed_) {
    return {wire::ErrorCode::kafka_storage_error,
            "An earlier change could not be recorded for sure: no other is accepted until the broker is started anew."};
  }
  if (const Result<void> room = check_room(); !room) return storage_error("Nothing was changed", room.error());
  bool untouched = false;
  const Result<void> written = write(untouched);
  if (!written && untouched) return storage_error("Nothing was changed", written.error());
  if (!written) {
    topics_.failed_ = true;
    log::error("A change of topics may or may not have been recorded; none is accepted until the next start.",
               {{"error", written.error().message()}});
    for (const Change& change : changes_) {
      if (const auto* removal = std::get_if<Removal>(&change)) topics_.take_offline(*removal->topic);
    }
    return storage_error("The change may or may not have been recorded; the next start of the broker finds out",
                         written.error());
  }
  std::vector<std::string> removed;
  for (Change& change : changes_) {
    if (const auto* removal = std::get_if<Removal>(&change)) removed.push_back(removal->topic->name);
    apply(change);
  }
  topics_.forget(removed);
  return {};
}

Topic* Changes::pick(std::string_view name, TopicError& error) {
  Topic* topic = topics_.find(name);
  if (topic == nullptr) {
    error = {wire::ErrorCode::unknown_topic_or_partition, "There is no topic " + in_quotes(name) + "."};
  } else if (!picked_.insert(topic).second) {
    error = {wire::ErrorCode::invalid_request, "Topic " + in_quotes(name) + " stands in this request twice."};
    return nullptr;
  }
  return topic;
}

TopicError Changes::check_partitions(std::string_view name, std::int64_t before, std::int64_t after) const {
  const Topics::Options& options = topics_.options_;
  if (after > options.max_partitions_per_topic) {
    return {wire::ErrorCode::invalid_partitions, "Topic " + in_quotes(name) + " cannot have " + std::to_string(after) +
                                                     " partitions: this broker allows " +
                                                     std::to_string(options.max_partitions_per_topic) + " per topic."};
  }
  const std::int64_t total = topics_.partition_count_ + added_partitions_ + after - before;
  if (total <= options.max_partitions) return {};
  return {wire::ErrorCode::invalid_partitions, "With topic " + in_quotes(name) + " there would be " +
                                                   std::to_string(total) + " partitions: this broker allows " +
                                                   std::to_string(options.max_partitions) + " in all."};
}

TopicError Changes::open_logs(const Topic& topic, std::int32_t from, std::int32_t to,
                              std::vector<std::unique_ptr<storage::PartitionLog>>& logs) {
  if (validate_only_) return {};
  logs.reserve(static_cast<std::size_t>(to - from));
  for (std::int32_t number = from; number < to; ++number) {
    // There is nothing yet that a crash could have left behind.
    Result<std::unique_ptr<storage::PartitionLog>> log = topics_.open_log(topic, number, /*clean=*/true);
    if (!log) {
      return storage_error(
          "Partition " + std::to_string(number) + " of topic " + in_quotes(topic.name) + " could not be made",
          log.error());
    }
    logs.push_back(std::move(*log));
  }
  return {};
}

TopicError Changes::check_forgotten(std::string_view name) {
  if (!topics_.unforgotten_.contains(name)) return {};
  // All at once, and once: each try may wait for the disk.
  if (!std::exchange(tried_forgetting_, true)) topics_.forget_remaining();
  if (!topics_.unforgotten_.contains(name)) return {};
  return {
      wire::ErrorCode::kafka_storage_error,
      "Topic " + in_quotes(name) +
          " cannot be made yet: a topic of that name was deleted, and the disk does not take the entry that groups' "
          "offsets went with it. Make room on the disk and try again."};
}

Result<void> Changes::check_room() const {
  const bool frees = std::none_of(changes_.begin(), changes_.end(), [](const Change& change) {
    return std::holds_alternative<Creation>(change) || std::holds_alternative<Growth>(change);
  });
  if (frees) return {};
  std::uint64_t bytes = 0;
  for (const std::string& record : records_) bytes += record.size();
  return topics_.journal_->spare_reserve(bytes);
}

void Changes::keep(std::string record, Change change) {
  records_.push_back(std::move(record));
  changes_.push_back(std::move(change));
}

Result<void> Changes::write(bool& untouched) {
  // As few entries as can be: one entry is written whole or not at all.
  untouched = true;
  std::string entry;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    entry += records_[i];
    if (i + 1 < records_.size() && entry.size() + records_[i + 1].size() <= kEntryBytes) continue;
    if (Result<void> appended = topics_.journal_->append(entry); !appended) {
      untouched = untouched && storage::is_disk_full(appended.error());
      return appended;
    }
    untouched = false;
    entry.clear();
  }
  return topics_.journal_->sync_now();
}

void Changes::apply(Change& change) {
  if (auto* creation = std::get_if<Creation>(&change)) {
    topics_.insert(std::move(creation->topic));
  } else if (auto* removal = std::get_if<Removal>(&change)) {
    topics_.extract(*removal->topic);
  } else if (auto* growth = std::get_if<Growth>(&change)) {
    topics_.add_partitions(*growth->topic, std::move(growth->added));
  } else if (auto* configuration = std::get_if<Configuration>(&change)) {
    topics_.set_config(*configuration->topic, std::move(configuration->config));
  }
}

}  // namespace weir::embedded::broker::topics
