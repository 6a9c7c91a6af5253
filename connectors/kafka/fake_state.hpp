// What FakeKafka and its clients share. Private to this folder.
#pragma once

#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/fake_groups.hpp"
#include "pipeline/base/signal.hpp"

#include <set>

namespace weir::connectors::kafka {

// The next `count` calls after `after` good ones fail.
struct PlannedFailure {
  std::uint64_t after = 0;
  std::uint64_t count = 0;
  Error error;
  bool stored = false;
  // Counts one call; true when it is to fail.
  bool strikes() {
    if (count == 0) return false;
    if (after > 0) {
      --after;
      return false;
    }
    --count;
    return true;
  }
};

struct FakeKafka::State {
  State(Executor e, testing::ManualClock* clock)
      : executor(std::move(e)),
        groups([this](const std::vector<std::string>& topics) { return partitions_of(topics); }, clock),
        commits_uncorked(executor),
        has_clock(clock != nullptr) {}

  using Log = std::deque<std::shared_ptr<const FakeRecord>>;
  struct PartitionLog {
    Log records;
    Offset start = 0;
    Offset end = 0;
    std::set<Offset> corrupt;
    Offset open_since = kUnknownOffset;
    Offset stable_end() const { return open_since == kUnknownOffset ? end : open_since; }
  };
  // A delivery report that waits for its cork.
  struct Report {
    Executor executor;
    DeliveryHandler done;
    Result<Offset> result;
  };

  PartitionLog* log(std::string_view topic, Partition partition);
  Offset append(const std::string& topic, Partition partition, FakeRecord record);
  std::vector<TopicPartition> partitions_of(const std::vector<std::string>& topics) const;
  std::vector<std::string> unread();
  Result<ClusterAnswer> answer(const ClusterQuestion& question) const;
  void wake_consumers();
  void tell(Report report);

  Executor executor;
  std::map<std::string, std::vector<PartitionLog>, std::less<>> topics;
  std::vector<FakeConsumer*> consumers;  // all that there are, in the order they were opened
  FakeGroups groups;
  std::vector<LoggedCommit> commit_log;
  bool assigning = true;
  bool away = false;
  std::function<void()> during_next_ranges;
  bool commits_corked = false;
  Signal commits_uncorked;
  PlannedFailure commit_failure;
  bool deliveries_corked = false;
  std::vector<Report> held_reports;
  PlannedFailure delivery_failure;
  const bool has_clock;  // sessions time out
};

// The consumer half; see ConsumerClient.
class FakeConsumer final : public ConsumerClient {
 public:
  FakeConsumer(std::shared_ptr<FakeKafka::State> state, ConsumerSettings settings, std::string host);
  ~FakeConsumer() override;

  Result<void> open(const Source::Lanes& lanes) override;
  Task<ControlEvent> next_event() override;
  void raise(ControlEvent event) override;
  Task<Result<std::vector<Offset>>> committed(std::vector<TopicPartition> partitions) override;
  Task<Result<std::vector<OffsetRange>>> ranges(std::vector<TopicPartition> partitions) override;
  std::vector<Offset> log_ends(const std::vector<TopicPartition>& partitions) override;
  Task<Result<std::vector<TopicPartition>>> subscribed() override;
  Task<Result<void>> assign(std::vector<PartitionStart> partitions) override;
  Task<Result<void>> unassign() override;
  Task<Result<void>> commit(std::vector<Commit> offsets) override;
  void drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, Drained& out) override;
  Task<void> wait_readable(LaneIndex lane) override;
  void wake(LaneIndex lane) override;
  Task<Result<void>> restart() override;
  std::shared_ptr<const std::string> cluster_id() const override;
  Task<void> close(Leaving leaving) override;

  // For FakeKafka.
  void join();
  void kill();  // it does nothing any more that the broker could notice
  void wake_all();
  void add_stale(const TopicPartition& id, std::shared_ptr<const FakeRecord> record);
  std::vector<TopicPartition> fetching() const;
  const ConsumerSettings& settings() const { return settings_; }
  const std::string& host() const { return host_; }

  // For FakeGroups.
  void send(ControlEvent event);
  void send_revoked(std::vector<TopicPartition> partitions, bool lost);
  void set_membership(std::string member_id, int generation);
  const std::string& member_id() const { return member_id_; }
  // Was given something, and has not been asked yet to give it back.
  bool has_assignment() const { return has_assignment_; }
  // It has been asked, and is at it.
  bool is_giving_back() const { return giving_back_; }
  // It was a member, and knows that it is none any more.
  void set_thrown_out() { thrown_out_ = true; }
  bool is_thrown_out() const { return thrown_out_; }
  bool is_leaving() const { return gone_; }

 private:
  struct Position {
    Offset next = 0;
    Offset end_told = kUnknownOffset;
    bool stopped = false;  // an obstacle was told: nothing more is fetched
  };
  struct Lane {
    explicit Lane(const Executor& executor) : changed(executor) {}
    Signal changed;
    bool readable = true;
    std::map<TopicPartition, Position> positions;
    std::deque<std::pair<TopicPartition, std::shared_ptr<const FakeRecord>>> stale;
  };
  using Owned = std::vector<std::shared_ptr<const FakeRecord>>;
  void add(const TopicPartition& id, const std::shared_ptr<const FakeRecord>& record, std::pmr::memory_resource& memory,
           Owned& owned, Drained& out);
  void fetch(const TopicPartition& id, Position& position, std::size_t max, std::pmr::memory_resource& memory,
             Owned& owned, Drained& out);

  std::shared_ptr<FakeKafka::State> state_;
  ConsumerSettings settings_;
  const std::string host_;
  std::string member_id_;  // empty: none
  int generation_ = 0;
  bool has_assignment_ = false;
  bool giving_back_ = false;
  bool thrown_out_ = false;
  bool gone_ = false;  // closed, or dead
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::deque<ControlEvent> events_;
  Signal events_changed_;
};

class FakeProducer final : public ProducerClient {
 public:
  explicit FakeProducer(std::shared_ptr<FakeKafka::State> state) : state_(std::move(state)) {}
  Result<void> open() override { return Result<void>(); }
  void produce(const OutRecord& record, const Executor& executor, DeliveryHandler done) override;
  void close(Duration) override {}

 private:
  std::shared_ptr<FakeKafka::State> state_;
  std::uint64_t without_key_ = 0;
};

}  // namespace weir::connectors::kafka
