// A client for questions about a cluster and for orders to it: topics, their settings and ends, groups and their
// offsets. All functions block: for command-line tools and tests, never on a worker thread.
#pragma once

#include "connectors/kafka/offset_range.hpp"
#include "connectors/kafka/record_reader.hpp"
#include "connectors/kafka/settings.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct PartitionInfo {
  Partition id = 0;
  int leader = -1;            // broker id; -1: it has none now
  std::vector<int> replicas;  // broker ids
  std::vector<int> in_sync;
};

struct TopicInfo {
  std::string name;
  std::vector<PartitionInfo> partitions;  // by number
  // The cluster's own: its name begins with two underscores.
  bool internal() const { return name.starts_with("__"); }
  std::size_t replicas() const { return partitions.empty() ? 0 : partitions.front().replicas.size(); }
};

struct TopicSetting {
  std::string name;
  std::optional<std::string> value;  // a secret one has none
  bool is_default = true;
  bool secret = false;
};

struct TopicOrder {
  std::string name;
  Partition partitions = -1;  // -1: the broker's default
  int replication = -1;       // -1: the broker's default
  std::vector<std::pair<std::string, std::string>> settings;
};

// What became of one topic of an order.
struct TopicOutcome {
  std::string name;
  std::optional<Error> error;
};

struct GroupListing {
  std::string name;
  std::string state;          // "Stable", "Empty", …
  std::string protocol_type;  // "consumer", "connect", …; empty: offsets only, nobody ever joined
  std::size_t members = 0;
  // False: the broker lists it, but describes it only to newer clients (KIP-848, share groups). Then the members are
  // not known, and the state, as the list has it, may be empty.
  bool described = true;
};

struct GroupMember {
  std::string id;
  std::string instance_id;  // empty: a dynamic member
  std::string client_id;
  std::string host;
  std::vector<TopicPartition> assignment;
};

struct GroupInfo {
  std::string name;
  std::string state;
  std::string assignor;
  std::string coordinator;  // "host:port (id 1)"
  std::vector<GroupMember> members;
  bool described = true;  // as in GroupListing
};

// Whether no broker could be reached: one that is started, or another address, may help.
bool is_unreachable(const Error& error);

// Lifetime: the readers made from it may outlive it. Executor: one thread. Cancellation: none; every call ends within
// the patience given to connect(). Errors: sentences that name the brokers; not_found where a topic is not there,
// unavailable where no broker answers, unknown_outcome where an order may have been carried out.
class Admin {
 public:
  // Returns when a broker has answered. An address where nobody listens, or refused credentials, end it early.
  static Result<std::unique_ptr<Admin>> connect(ClusterSettings cluster, Duration patience);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  const std::string& brokers() const;
  // What the client has to complain about since the last call, if no broker can be reached now.
  std::optional<Error> trouble();

  Result<std::vector<TopicInfo>> topics();  // by name
  Result<TopicInfo> topic(const std::string& name);
  Result<std::vector<TopicOutcome>> create_topics(const std::vector<TopicOrder>& orders);
  Result<std::vector<TopicOutcome>> remove_topics(const std::vector<std::string>& names);
  Result<std::vector<TopicSetting>> topic_settings(const std::string& name);  // by name

  // In the order of `partitions`. One that cannot be asked for (it has no leader, or its broker refuses) leaves the
  // others known; an error is returned when nobody answers for any.
  Result<std::vector<OffsetRange>> ranges(const std::vector<TopicPartition>& partitions);
  // Per partition the first offset whose record is not older than that; the end where there is none; -1 where it cannot
  // be learned now.
  Result<std::vector<Offset>> offsets_at(const std::vector<TopicPartition>& partitions, std::int64_t timestamp_ms);
  std::unique_ptr<RecordReader> read(const std::string& topic);

  Result<std::vector<GroupListing>> groups();  // by name
  // A group that does not exist has the state "Dead".
  Result<GroupInfo> group(const std::string& name);
  // What the group has committed, over all topics.
  Result<std::vector<Commit>> group_offsets(const std::string& name);
  // The group must have no members; the broker refuses it otherwise.
  Result<void> set_group_offsets(const std::string& name, const std::vector<Commit>& offsets);

  struct Impl;

 private:
  explicit Admin(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir::connectors::kafka
