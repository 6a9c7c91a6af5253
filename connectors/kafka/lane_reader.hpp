// LaneReader: turns what a lane's queue holds into batches whose messages carry their Acks.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/partition_ledger.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

namespace weir::connectors::kafka {

// The partitions of one lane and their ledgers. A record becomes a message when its partition is assigned, handed out
// and not void; all others are stale copies and are skipped.
//
// Lifetime: that of the source.
// Executor: fill() on the lane's; the rest on the control executor. The two meet
// at one mutex, held while a batch is made: so when hold_back() has returned, no
// message of those partitions is handed out any more. Cancellation, Errors: none.
class LaneReader {
 public:
  // What a fill() found besides messages.
  struct Findings {
    bool drained_anything = false;  // if not: wait until the queue is readable
    std::vector<ClientTrouble> troubles;
    // Partitions of which nothing is handed out any more until somebody has looked into it.
    std::vector<Suspect> suspects;
  };

  void add(std::shared_ptr<PartitionLedger> ledger);
  void hold_back(const TopicPartition& id);
  void remove(const TopicPartition& id);
  // Nothing more of this partition comes until its assignment ends, for this reason.
  void block(const TopicPartition& id, Error why);
  // Why a partition here stands still, if one does.
  std::optional<Error> blocked_by() const;
  // Every partition here has been read to its end and its records were handed out.
  bool at_end() const;
  // The ledger of a partition that is assigned here, or nullptr.
  std::shared_ptr<PartitionLedger> find(const TopicPartition& id) const;

  Findings fill(ConsumerClient& client, LaneIndex lane, std::size_t max_messages, Batch& batch);

  std::uint64_t stale_records() const { return stale_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::shared_ptr<PartitionLedger> ledger;
    bool held_back = false;
    bool at_end = false;
    std::optional<Error> blocked = {};
    std::uint64_t kept_by = 0;  // number of the last fill() that made its batch keep the ledger
  };
  Entry* entry_of(std::string_view topic, Partition partition);
  void take_end(const EndMark& mark);
  void take_obstacle(Obstacle& obstacle, Findings& findings);
  void suspect(Entry& entry, Suspect suspect, Findings& findings);
  static std::optional<Suspect> doubt(const RawRecord& record, const PartitionLedger& ledger);
  void hand_out(const RawRecord& record, Entry& entry, Batch& batch, const std::shared_ptr<const std::string>& cluster);

  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // few; found by walking, the last one first
  Drained drained_;
  // The entry of the last record: runs of one partition are long.
  const char* last_topic_ = nullptr;
  Partition last_partition_ = -1;
  Entry* last_entry_ = nullptr;
  std::uint64_t fills_ = 0;
  std::atomic<std::uint64_t> stale_{0};
};

}  // namespace weir::connectors::kafka
