// FakeKafka: a Kafka for tests under virtual time. It stands below
// the real source and sink, so that their code is what is tested.
#pragma once

#include "connectors/kafka/clients.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connectors::kafka {

// A record as it is stored; no value = Kafka's null.
struct FakeRecord {
  std::optional<std::string> payload;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp_ms = 1'700'000'000'000;
  Offset offset = 0;  // set when it is stored
  TimestampKind timestamp_kind = TimestampKind::create;
};

// Topics, one consumer per group, producers, and every trouble a test wants. A consumer is assigned all partitions of
// its topics when it opens (and after a restart), unless auto_assign(false) was called; where there are none it only hears
// that, as from librdkafka. revoke() followed by assign() is a rebalance.
//
// Lifetime: outlives the clients it made. Executor: one, that of the test. Cancellation: terminal. Errors: those that a
// test asks for.
class FakeKafka {
 public:
  explicit FakeKafka(Executor executor);
  ~FakeKafka();
  FakeKafka(const FakeKafka&) = delete;
  FakeKafka& operator=(const FakeKafka&) = delete;

  // Topics and what they hold.
  void create_topic(const std::string& name, Partition partitions);
  Offset produce(const std::string& topic, Partition partition, FakeRecord record);
  Offset produce(const std::string& topic, Partition partition, std::string payload);
  // The next record gets an offset `count` higher: a hole, as compaction and transactions leave them.
  void skip_offsets(const std::string& topic, Partition partition, Offset count);
  // A record that says that it stands at `claimed`, wherever it stands.
  void produce_damaged(const std::string& topic, Partition partition, Offset claimed, std::string payload);
  // The oldest records go, as retention takes them.
  void remove_before(const std::string& topic, Partition partition, Offset oldest);
  // Reading that record fails its checksum, until it is healed.
  void corrupt(const std::string& topic, Partition partition, Offset offset);
  void heal(const std::string& topic, Partition partition, Offset offset);
  // A transaction is open since that offset: nothing from there on is handed out, and the end that consumers are told
  // is there; kUnknownOffset: it has ended.
  void hold_open(const std::string& topic, Partition partition, Offset first);
  void add_partitions(const std::string& topic, Partition count);
  // Deletes the topic's records and starts again at offset 0, without anybody noticing that it was away.
  void recreate_topic(const std::string& topic);
  // Deletes the topic and what groups have committed in it; whoever reads it hears of it.
  void delete_topic(const std::string& topic);
  std::vector<FakeRecord> records(const std::string& topic, Partition partition) const;
  Offset end_offset(const std::string& topic, Partition partition) const;

  // The clients.
  MakeConsumer consumers();
  std::shared_ptr<ProducerClient> producer();
  MakeKafkaClients clients();  // both, for register_kafka(); topics are made with one partition

  // The group's coordinator, under the test's command.
  void auto_assign(bool on);
  void assign(const std::string& group, std::vector<TopicPartition> partitions);
  void assign_all(const std::string& group);
  void revoke(const std::string& group);  // everything the consumer has; it answers with unassign()
  void lose(const std::string& group);
  void raise(const std::string& group, ClientTrouble trouble);
  // Lets a stored record be drained once more, whoever owns its partition: a stale copy.
  void deliver_stale(const std::string& group, const TopicPartition& id, Offset offset);

  Offset committed(const std::string& group, const TopicPartition& id) const;  // kUnknownOffset: never
  void set_committed(const std::string& group, const TopicPartition& id, Offset offset);
  // Happens once, while a consumer learns what logs hold: whatever else is done in a group meanwhile.
  void during_next_ranges(std::function<void()> what);
  struct LoggedCommit {
    std::string group;
    std::vector<Commit> offsets;
  };
  const std::vector<LoggedCommit>& commit_log() const;
  std::vector<TopicPartition> fetching(const std::string& group) const;  // what assign() asked for last
  std::uint64_t opened(const std::string& group) const;                  // open() and restart() calls
  std::optional<Leaving> left(const std::string& group) const;           // how its last consumer was closed
  const ConsumerSettings* settings(const std::string& group) const;      // of the group's consumer, or nullptr

  // Trouble. Corked calls wait until uncorked; the next `count` calls after `after` good ones fail.
  void cork_commits(bool on);
  void fail_commits(std::uint64_t after, std::uint64_t count, Error error);
  void cork_deliveries(bool on);
  // `stored`: the record is written although its report says otherwise.
  void fail_deliveries(std::uint64_t after, std::uint64_t count, Error error, bool stored = false);
  // The broker is away: nothing is fetched, committed or produced; consumers hear of it.
  void set_away(bool away);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace weir::connectors::kafka
