// Topics at the start: from the journal to open logs.
#include "embedded/broker/topics/catalogue.hpp"
#include "embedded/broker/topics/offline_log.hpp"
#include "embedded/broker/topics/topics.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>

namespace weir::embedded::broker::topics {

namespace {

constexpr std::int64_t kProducerIdsAfterRepair = 1'000'000;

// The topic whose directory is called so, deleted or not.
std::optional<Uuid> id_in(std::string_view name) {
  if (name.ends_with(kDeletedSuffix)) name.remove_suffix(kDeletedSuffix.size());
  return Uuid::parse(name);
}

}  // namespace

Result<std::unique_ptr<Topics>> Topics::open(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock,
                                             Options options) {
  std::unique_ptr<Topics> topics(new Topics(files, flusher, clock, std::move(options)));
  Catalogue catalogue;
  if (Result<void> read = topics->open_journal(catalogue); !read) return read.error();
  if (Result<void> found = topics->find_leftovers(catalogue); !found) return found.error();
  topics->open_topics(catalogue);
  return topics;
}

Result<void> Topics::open_journal(Catalogue& catalogue) {
  const std::filesystem::path meta = options_.data_dir / "meta";
  for (const std::filesystem::path& directory : {meta, options_.data_dir / "topics"}) {
    if (Result<void> made = files_.make_directories(directory); !made) return made;
  }
  if (Result<void> synced = files_.sync_directory(options_.data_dir); !synced) return synced;
  const std::filesystem::path path = meta / "topics.log";
  if (!options_.repair) {
    if (Result<void> checked = check_journal(path); !checked) return checked;
  }
  Result<std::unique_ptr<storage::Journal>> journal = storage::Journal::open(
      files_, flusher_, path, [&](std::string_view entry) { return catalogue.replay(entry); }, options_.repair);
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  // What a repair cut off may have reserved more ids.
  if (options_.repair) catalogue.next_producer_id += kProducerIdsAfterRepair;
  return {};
}

// A first start makes it before anything that belongs to a topic, and the groups' journal after it.
Result<void> Topics::check_journal(const std::filesystem::path& path) const {
  const Result<bool> there = files_.exists(path);
  if (!there) return there.error();
  if (*there) return {};
  const Result<std::vector<std::string>> names = files_.list(options_.data_dir / "topics");
  if (!names) return names.error();
  const bool topics =
      std::any_of(names->begin(), names->end(), [](const std::string& name) { return id_in(name).has_value(); });
  const Result<bool> groups = files_.exists(options_.data_dir / "meta" / "groups.log");
  if (!groups) return groups.error();
  if (!topics && !*groups) return {};
  return storage::missing_journal(path, topics ? "there are directories of topics" : "there is a journal of groups");
}

void Topics::open_topics(Catalogue& catalogue) {
  removed_ids_ = std::move(catalogue.removed);
  next_producer_id_ = reserved_producer_ids_ = catalogue.next_producer_id;
  for (auto& [id, entry] : catalogue.topics) {
    auto topic = std::make_unique<Topic>();
    topic->name = std::move(entry.name);
    topic->id = id;
    topic->config = std::move(entry.config);
    topic->partitions.reserve(static_cast<std::size_t>(entry.partitions));
    for (Partition number = 0; number < entry.partitions; ++number) {
      Result<std::unique_ptr<storage::PartitionLog>> log = open_log(*topic, number, options_.clean);
      if (log) {
        topic->partitions.push_back(std::move(*log));
        continue;
      }
      topic->partitions.push_back(make_offline_log(options_.leader_epoch));
      log::error("A partition is offline: its log cannot be opened. All others are served.",
                 {{"topic", topic->name},
                  {"partition", number},
                  {"directory", (directory_of(id) / std::to_string(number)).string()},
                  {"error", log.error().message()}});
    }
    insert(std::move(topic));
  }
}

Result<void> Topics::find_leftovers(const Catalogue& catalogue) {
  const std::filesystem::path root = options_.data_dir / "topics";
  Result<std::vector<std::string>> names = files_.list(root);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const bool renamed = name.ends_with(kDeletedSuffix);
    const std::optional<Uuid> id = id_in(name);
    const bool alive = id && catalogue.topics.contains(*id);
    if (id && alive && !renamed) continue;
    if (id && !alive && renamed) {
      trash_.add(root / name);
    } else if (id && catalogue.removed.contains(*id)) {
      discard_directory(*id);  // the crash came between the entry and the renaming
    } else {
      log::warn("A directory belongs to no topic and is left alone; remove it when you know what it is.",
                {{"directory", (root / name).string()}});
    }
  }
  return {};
}

Result<std::unique_ptr<storage::PartitionLog>> Topics::open_log(const Topic& topic, Partition number, bool clean) {
  storage::PartitionLog::Place place{
      .directory = directory_of(topic.id) / std::to_string(number), .topic = topic.name, .partition = number};
  const storage::PartitionLog::Opening opening{
      .clean = clean, .repair = options_.repair, .leader_epoch = options_.leader_epoch};
  return storage::PartitionLog::open(files_, flusher_, clock_, std::move(place),
                                     topic.config.log_settings(options_.fsync), opening);
}

std::filesystem::path Topics::directory_of(const Uuid& id) const {
  return options_.data_dir / "topics" / id.str();
}

}  // namespace weir::embedded::broker::topics
