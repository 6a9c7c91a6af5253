// FakeKafka: a Kafka for tests under virtual time. It stands below
// the real source and sink, so that their code is what is tested.
#pragma once

#include "connectors/kafka/clients.hpp"
#include "pipeline/testing/manual_clock.hpp"

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

// Topics, consumer groups, producers, and every trouble a test wants. A coordinator shares the partitions out among the
// members of a group (fake_groups.hpp): the only one has all of them as soon as it opens. Where there are none it only
// hears that, as from librdkafka. With auto_assign(false) the test is the coordinator: revoke() followed by assign() is a
// rebalance; both may be used besides the coordinator as well, and speak to the consumer that was opened last.
//
// Lifetime: outlives the clients it made. Executor: one, that of the test. Cancellation: terminal. Errors: those that a
// test asks for.
class FakeKafka {
 public:
  // Without a clock members hear of everything at once, and no session ever times out.
  explicit FakeKafka(Executor executor);
  FakeKafka(Executor executor, testing::ManualClock& clock);
  ~FakeKafka();
  FakeKafka(const FakeKafka&) = delete;
  FakeKafka& operator=(const FakeKafka&) = delete;

  // Topics and what they hold.
  void create_topic(const std::string& name, Partition partitions);
  std::vector<std::string> topics() const;
  Partition partitions(const std::string& topic) const;  // 0: there is no such topic
  // Where a record of that key goes, as the producers of weir and of Java choose.
  static Partition partition_for(std::string_view key, Partition partitions);
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
  // `host` says whose they are: what befalls a host befalls all of them.
  MakeConsumer consumers(std::string host = {});
  std::shared_ptr<ProducerClient> producer();
  MakeKafkaClients clients(std::string host = {});  // both, for register_kafka(); topics are made with one partition

  // Hosts. A dead one does not take its leave: its members stay in their groups until their sessions time out. One
  // whose heartbeats are lost is thrown out as well, and finds out by an answer, or when they come again.
  void kill(const std::string& host);
  void lose_heartbeats(const std::string& host, bool lost);

  // Groups.
  void rebalance(const std::string& group);  // everybody gives back and joins anew
  std::uint64_t rebalances(const std::string& group) const;
  std::vector<std::string> groups() const;
  // Of every group that anybody alive is a member of: no rebalance is under way, and all that there is to read is
  // committed.
  bool caught_up() const;
  std::vector<std::string> who_waits() const;  // for whom or what, a line each

  // A group's coordinator, under the test's command.
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
