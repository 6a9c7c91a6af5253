// Topics: which topics there are, with their partitions and settings.
#pragma once

#include "embedded/broker/storage/journal.hpp"
#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/topics/topic_config.hpp"
#include "embedded/broker/topics/trash.hpp"
#include "pipeline/base/uuid.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::embedded::broker::topics {

class Changes;
struct Catalogue;

// What the directory of a deleted topic ends with until its files are gone.
inline constexpr std::string_view kDeletedSuffix = ".deleted";

struct Topic {
  std::string name;
  Uuid id;
  TopicConfig config;
  std::vector<std::unique_ptr<storage::PartitionLog>> partitions;  // by number; never empty

  // Null when there is no such partition.
  storage::PartitionLog* partition(Partition number) const;
};

// What went wrong with one topic of a request: what the answer says.
struct TopicError {
  wire::ErrorCode code = wire::ErrorCode::none;
  std::string message;

  bool ok() const { return code == wire::ErrorCode::none; }
};

// The catalogue, kept in a journal: <data>/meta/topics.log; logs in <data>/topics/<id>/<partition>/.
//
// Lifetime: open() .. close(). A topic and its logs live until the tend() after their removal, so that those who are
// told of it may still look at them; nobody keeps pointers beyond one callback. Executor: the broker's thread.
// Cancellation: none. Errors: TopicError per topic; a change is durable before the call returns, or not made. Where the
// disk fails in the middle (kafka_storage_error) nobody knows which: the topic stays as it was until the next start
// finds out, and no later change is accepted. A partition whose log cannot be opened is offline: it answers
// kafka_storage_error, the log says why, and all others are served.
class Topics {
 public:
  struct Options {
    std::filesystem::path data_dir;
    storage::Fsync fsync = storage::Fsync::always;
    std::int32_t default_partitions = 1;
    std::int32_t max_partitions_per_topic = 10'000;
    std::int32_t max_partitions = 100'000;  // of all topics together
    bool clean = false;                     // the last stop was in order
    bool repair = false;
    std::int32_t leader_epoch = 0;
  };

  static Result<std::unique_ptr<Topics>> open(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock,
                                              Options options);
  ~Topics();

  // Null when there is none.
  Topic* find(std::string_view name) const;
  Topic* find(const Uuid& id) const;
  storage::PartitionLog* find_partition(std::string_view name, Partition number) const;
  const std::map<std::string, std::unique_ptr<Topic>, std::less<>>& all() const { return topics_; }
  // Of all topics together.
  std::int64_t partition_count() const { return partition_count_; }
  // Those that serve nothing: their log could not be opened, or has failed since.
  std::size_t offline_partitions() const;

  // One change each; for many at once see changes.hpp. `partitions` -1: the default.
  TopicError create(std::string_view name, std::int32_t partitions, TopicConfig config, bool validate_only = false);
  TopicError remove(std::string_view name);
  TopicError grow(std::string_view name, std::int32_t partitions, bool validate_only = false);
  TopicError configure(std::string_view name, TopicConfig config, bool validate_only = false);
  // Called when topics have been deleted, once for all of one request (their offsets go, too). Says whether it is on
  // disk that they have gone. Where it is not, the callback comes again, with tend() and before a topic of such a name
  // is made, which is refused as long as it says no: the new topic would inherit what the old one left.
  using Removed = std::function<bool(const std::vector<std::string>& names)>;
  // `unforgotten`: names of an earlier life for which it has to come again.
  void on_removed(Removed callback, const std::vector<std::string>& unforgotten = {}) {
    removed_ = std::move(callback);
    unforgotten_.insert(unforgotten.begin(), unforgotten.end());
  }

  // A 64-bit producer id that was never given out before, across restarts.
  Result<std::int64_t> next_producer_id();
  // Whether next_producer_id() gave it out, now or before a restart (ids that a crash skipped count, too).
  bool knows_producer_id(std::int64_t id) const { return id >= 0 && id < next_producer_id_; }
  std::int32_t default_partitions() const { return options_.default_partitions; }
  const Options& options() const { return options_; }

  // Housekeeping, called every few seconds: that of the logs, files of deleted topics, compaction of the journal.
  void tend();
  // Asks for the syncs of mode interval.
  void sync();
  // Closes the logs and the journal: nothing is written afterwards. An error means that this stop does not count as one
  // in order: the next start must look at the files. Errc::corrupt: only because a partition was offline, whose files
  // nobody has looked at; everything else is closed.
  Result<void> close();

 private:
  friend class Changes;
  Topics(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock, Options options);

  Result<void> open_journal(Catalogue& catalogue);
  // Errc::corrupt when the journal is not there, but must have been.
  Result<void> check_journal(const std::filesystem::path& path) const;
  // Opens the logs of what the journal says, in place of it.
  void open_topics(Catalogue& catalogue);
  // Finds the directories of deleted topics, whichever step the deletion had reached.
  Result<void> find_leftovers(const Catalogue& catalogue);
  Result<std::unique_ptr<storage::PartitionLog>> open_log(const Topic& topic, Partition number, bool clean);
  std::filesystem::path directory_of(const Uuid& id) const;

  // What a change does once it is durable.
  void insert(std::unique_ptr<Topic> topic);
  void extract(Topic& topic);
  void set_config(Topic& topic, TopicConfig config);
  void add_partitions(Topic& topic, std::vector<std::unique_ptr<storage::PartitionLog>> added);
  // Its removal may or may not be on disk: what is written to it now could be gone after the next start.
  void take_offline(Topic& topic);
  void discard_directory(const Uuid& id);
  void compact_when_grown();
  // Tells that the topics have gone, and remembers those for which that is not on disk.
  void forget(const std::vector<std::string>& names);
  void forget_remaining();

  storage::FileSystem& files_;
  storage::Flusher& flusher_;
  const Clock& clock_;
  const Options options_;
  std::unique_ptr<storage::Journal> journal_;
  std::uint64_t compact_at_;  // bytes
  bool failed_ = false;       // what the journal holds is not known for sure: no more changes
  std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;
  std::unordered_map<Uuid, Topic*> by_id_;
  std::unordered_map<std::string, const Topic*> by_collision_key_;
  std::int64_t partition_count_ = 0;
  std::int64_t next_producer_id_ = 0;
  std::int64_t reserved_producer_ids_ = 0;  // ids below it may be given out
  std::set<Uuid> removed_ids_;              // whose removal the journal has to remember
  std::vector<std::unique_ptr<Topic>> removed_topics_;
  std::vector<std::unique_ptr<storage::PartitionLog>> removed_logs_;
  Trash trash_;
  Removed removed_;
  std::set<std::string, std::less<>> unforgotten_;  // removed names for which removed_ has to be called again
};

}  // namespace weir::embedded::broker::topics
