// Topics: which topics there are, with their partitions and settings.
#pragma once

#include "embedded/broker/storage/journal.hpp"
#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/topics/topic_config.hpp"
#include "pipeline/uuid.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::embedded::broker::topics {

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
};

// The catalogue, kept in a journal: <data>/meta/topics.log; logs in <data>/topics/<id>/<partition>/.
//
// Lifetime: open() .. close(). Executor: the broker's thread. Cancellation: none. Errors: TopicError per topic; a change
// is durable before the call returns, or has not happened.
class Topics {
 public:
  struct Options {
    std::filesystem::path data_dir;
    storage::Fsync fsync = storage::Fsync::always;
    std::int32_t default_partitions = 1;
    bool clean = false;  // the last stop was in order
    bool repair = false;
    std::int32_t leader_epoch = 0;
  };

  static Result<std::unique_ptr<Topics>> open(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock,
                                              Options options);
  ~Topics();

  // Null when there is none.
  Topic* find(std::string_view name) const;
  Topic* find(const Uuid& id) const;
  const std::map<std::string, std::unique_ptr<Topic>, std::less<>>& all() const { return topics_; }

  // `partitions` -1: the default. The name is checked as Kafka does (1 .. 249 of letters, digits, '.', '_', '-').
  TopicError create(std::string_view name, std::int32_t partitions, TopicConfig config, bool validate_only = false);
  TopicError remove(std::string_view name);
  TopicError grow(std::string_view name, std::int32_t partitions, bool validate_only = false);
  TopicError configure(std::string_view name, TopicConfig config, bool validate_only = false);
  // Called when a topic has been deleted (its offsets go, too).
  void on_removed(std::function<void(const std::string& name)> callback) { removed_ = std::move(callback); }

  // A 64-bit producer id that was never given out before, across restarts.
  Result<std::int64_t> next_producer_id();
  std::int32_t default_partitions() const { return options_.default_partitions; }

  void tend();
  Result<void> close();

 private:
  struct State;
  Topics(storage::FileSystem& files, storage::Flusher& flusher, const Clock& clock, Options options);

  storage::FileSystem& files_;
  storage::Flusher& flusher_;
  const Clock& clock_;
  Options options_;
  std::unique_ptr<storage::Journal> journal_;
  std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;
  std::function<void(const std::string&)> removed_;
  std::unique_ptr<State> state_;
};

}  // namespace weir::embedded::broker::topics
