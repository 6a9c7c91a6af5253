// MemorySource: a log of partitions in memory, with a consumer whose every move a test decides.
#pragma once

#include "pipeline/base/signal.hpp"
#include "pipeline/source.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

// What a broker would keep: records and committed offsets. Outlives
// consumers, so that a test can kill one and start another.
//
// Lifetime: shared. Executor: any thread. Cancellation, Errors: none.
class MemoryLog {
 public:
  struct Record {
    TopicPartition id;
    Offset offset = 0;
    std::string key;
    std::string payload;
    std::vector<std::pair<std::string, std::string>> header_text;
    std::vector<Header> headers;  // views of header_text
    std::int64_t timestamp_ms = 0;
  };
  using RecordPtr = std::shared_ptr<const Record>;

  // Appends a record; its offset is the partition's end, plus `hole` (compaction leaves holes).
  Offset append(const std::string& topic, Partition partition, std::string key, std::string payload,
                std::vector<std::pair<std::string, std::string>> headers = {}, Offset hole = 0);
  // The first record at or above `offset`, or nothing.
  RecordPtr at(const TopicPartition& id, Offset offset) const;
  Offset end(const TopicPartition& id) const;
  std::vector<TopicPartition> partitions() const;

  Offset committed(const TopicPartition& id) const;  // -1 = never
  void commit(const Commit& commit);
  std::vector<Commit> commits() const;  // every one, in order

 private:
  mutable std::mutex mutex_;
  std::map<TopicPartition, std::vector<RecordPtr>> records_;
  std::map<TopicPartition, Offset> committed_;
  std::vector<Commit> commits_;
};

// Lifetime: as any Source. Executor: as any Source; the members for tests are called on the control executor.
// Cancellation: terminal. Errors: those a test asks for.
class MemorySource final : public Source {
 public:
  struct Settings {
    std::size_t batch_messages = 10;
    bool finite = false;         // read() ends when everything assigned has been read
    bool assign_at_open = true;  // all partitions of the log, lane = partition modulo lanes
  };
  MemorySource(std::shared_ptr<MemoryLog> log, Settings settings);
  ~MemorySource() override;

  Task<Result<void>> open(Lanes lanes, SourceEvents& events) override;
  Task<Result<std::optional<Batch>>> read(LaneIndex lane) override;
  Task<Result<void>> commit(std::vector<Commit> watermarks) override;
  void stop_reading() override;
  bool at_end() const override;
  std::vector<PartitionEnd> ends() override;
  void leave_for_good() override;
  Task<void> close() override;

  // --- for tests
  // Assigns partitions under a new epoch; reading starts at their committed offsets.
  void assign(std::vector<TopicPartition> partitions);
  // As a rebalance does: no more messages of them, the runner's revoking(), then they are gone.
  Task<void> revoke(std::vector<TopicPartition> partitions, TimePoint deadline);
  void lose(std::vector<TopicPartition> partitions);
  std::vector<TopicPartition> assigned() const;
  // Records were appended to the log: wakes the readers.
  void notify();
  // The next `n` reads (or commits) fail with this error.
  void fail_reads(std::size_t n, Error error);
  void fail_commits(std::size_t n, Error error);
  // How long a commit takes.
  void slow_commits(Clock& clock, Duration delay);
  std::size_t most_commits_at_once() const;
  // Called for each commit before it is stored, on the control executor.
  std::function<void(const Commit&)> on_commit;
  std::function<void()> on_leave_for_good;
  std::size_t batches_read() const;

 private:
  struct Assigned {
    std::shared_ptr<PartitionLedger> ledger;
    LaneIndex lane = 0;
    Offset next = 0;
    bool held = false;  // being revoked
  };
  struct LaneState {
    explicit LaneState(const Executor& on) : executor(on), changed(on) {}
    Executor executor;
    Signal changed;
  };
  std::optional<Batch> take(LaneIndex lane);
  void add_to(Batch& batch, Assigned& assigned, const MemoryLog::RecordPtr& record);
  bool everything_read() const;  // with the lock held
  void drop_partitions(const std::vector<TopicPartition>& partitions);

  std::shared_ptr<MemoryLog> log_;
  Settings settings_;
  SourceEvents* events_ = nullptr;
  mutable std::mutex mutex_;  // of all below: lanes read on their own threads
  std::vector<std::shared_ptr<LaneState>> lanes_;
  std::map<TopicPartition, Assigned> assigned_;
  AssignmentEpoch epoch_ = 0;
  bool settled_ = false;  // an assignment was made, maybe an empty one
  bool stopped_ = false;
  std::size_t failing_reads_ = 0;
  std::size_t failing_commits_ = 0;
  Error read_error_;
  Error commit_error_;
  std::size_t batches_read_ = 0;
  Clock* commit_clock_ = nullptr;
  Duration commit_delay_{};
  std::size_t commits_now_ = 0;
  std::size_t most_commits_ = 0;
};

}  // namespace weir::testing
