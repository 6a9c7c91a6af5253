// Changes: several changes to the catalogue, made durable by one sync.
#pragma once

#include "embedded/broker/topics/topics.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::embedded::broker::topics {

// Each call checks one change against the catalogue and the changes before it, and keeps it; commit() writes all that
// were accepted. A topic may appear once. Without commit() nothing happens: that is what validate_only wants.
//
// Lifetime: one request; shorter than the catalogue's. Executor: the broker's thread. Cancellation: none.
// Errors: a TopicError per change; commit() fails for all together, see Topics.
class Changes {
 public:
  // `validate_only`: commit() is never called, so no logs need to be prepared.
  explicit Changes(Topics& topics, bool validate_only = false) : topics_(topics), validate_only_(validate_only) {}

  // Whether a new topic may have the name: as Kafka checks it (topic_name.hpp), and nothing is in its way.
  TopicError check_new_name(std::string_view name) const;
  // `partitions` -1: the default.
  TopicError create(std::string_view name, std::int32_t partitions, TopicConfig config);
  TopicError remove(std::string_view name);
  TopicError grow(std::string_view name, std::int32_t partitions);
  TopicError configure(std::string_view name, TopicConfig config);

  // Ends the object.
  TopicError commit();

 private:
  struct Creation {
    std::unique_ptr<Topic> topic;
  };
  struct Removal {
    Topic* topic;
  };
  struct Growth {
    Topic* topic;
    std::vector<std::unique_ptr<storage::PartitionLog>> added;
  };
  struct Configuration {
    Topic* topic;
    TopicConfig config;
  };
  using Change = std::variant<Creation, Removal, Growth, Configuration>;

  // The topic, for its one change; null with the error.
  Topic* pick(std::string_view name, TopicError& error);
  TopicError check_partitions(std::string_view name, std::int64_t before, std::int64_t after) const;
  TopicError open_logs(const Topic& topic, std::int32_t from, std::int32_t to,
                       std::vector<std::unique_ptr<storage::PartitionLog>>& logs);
  // Whether the disk has room for what is to be recorded: what
  // makes topics larger leaves the reserve to what frees room.
  Result<void> check_room() const;
  // The groups' offsets of an earlier topic of the name must be gone for good.
  TopicError check_forgotten(std::string_view name);
  // To the journal. `untouched`: it failed, and surely nothing was written.
  Result<void> write(bool& untouched);
  void apply(Change& change);
  void keep(std::string record, Change change);

  Topics& topics_;
  const bool validate_only_;
  std::vector<std::string> records_;
  std::vector<Change> changes_;
  std::set<const Topic*> picked_;
  std::set<std::string, std::less<>> created_;  // collision keys
  std::int64_t added_partitions_ = 0;
  bool tried_forgetting_ = false;
};

}  // namespace weir::embedded::broker::topics
