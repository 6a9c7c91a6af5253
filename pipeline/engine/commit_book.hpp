// CommitBook: which partitions are ours, and what of them is to be committed (I1).
#pragma once

#include "pipeline/source.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What is known of one partition, for status and summary.
struct PartitionStatus {
  TopicPartition id;
  LaneIndex lane = 0;
  bool assigned = false;  // ours now
  Offset committed = -1;  // the last offset the source confirmed, or where reading began; -1 = unknown
  Offset watermark = -1;
  Offset position = -1;
  Offset end = -1;  // of its log, as far as the source knows; -1 = unknown
  std::uint64_t unsettled = 0;
  std::int64_t oldest_unsettled_ms = -1;  // timestamp of the message that the watermark waits for; -1 = none

  // How many records are not settled yet, read or not; nothing while the log's end is not known, nothing has
  // been read yet, or the partition is not ours. Holes of compaction and control records count.
  std::optional<std::uint64_t> lag() const;
};

// The one place that decides what may be committed: the watermarks of ledgers of the current assignment, and nothing
// else. Pure bookkeeping.
//
// Lifetime: the runner's. Executor: the control executor. Cancellation, Errors: none.
class CommitBook {
 public:
  using Ledgers = std::vector<std::shared_ptr<PartitionLedger>>;

  // A commit on its way: what is sent, and the ledgers it speaks of, in the same order.
  struct Due {
    std::vector<Commit> commits;
    Ledgers ledgers;
  };

  // Returns the older ledgers of these partitions, if there are any: their lanes void them.
  std::vector<AssignedPartition> assigned(const std::vector<AssignedPartition>& partitions);
  // The watermarks that have moved since they were committed; of
  // all partitions, or of these only. Void ledgers have no say.
  Due due() const;
  Due due(const std::vector<TopicPartition>& only) const;
  // The source has confirmed it. A partition that was taken away
  // meanwhile keeps what was confirmed, for the summary only.
  void confirmed(const Due& due);
  // These are not ours any more: nothing of them is ever committed again. Returns their ledgers: their lanes void them.
  std::vector<AssignedPartition> take_away(const std::vector<TopicPartition>& partitions);

  std::uint64_t unsettled() const;
  std::uint64_t unsettled(const std::vector<TopicPartition>& only) const;
  std::uint64_t leaked() const;
  // Every partition that ever was ours, by topic and number.
  std::vector<PartitionStatus> status() const;

 private:
  struct Entry {
    AssignedPartition partition;
    Offset committed = -1;
  };
  static void add_if_due(const Entry& entry, Due& due);
  std::uint64_t leaked_before_ = 0;  // by ledgers that are gone
  std::map<TopicPartition, Entry> ours_;
  std::map<TopicPartition, Offset> last_committed_;
};

}  // namespace weir
