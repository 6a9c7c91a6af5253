// Source: where messages come from.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/partition_ledger.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace weir {

struct AssignedPartition {
  std::shared_ptr<PartitionLedger> ledger;
  LaneIndex lane = 0;
};

// Where the log of a partition ends: the offset that its next record will get.
struct PartitionEnd {
  TopicPartition id;
  Offset end = -1;  // -1: not known
};

struct Commit {
  TopicPartition id;
  Offset offset = 0;  // the watermark: the next offset to read
};

// What a source tells the runner. All calls on the control executor given to open().
class SourceEvents {
 public:
  virtual ~SourceEvents() = default;
  // These partitions are ours from now on; called before the first of their messages is returned by read().
  // May be empty: the group has settled and there is nothing for us.
  virtual void assigned(std::vector<AssignedPartition> partitions, AssignmentEpoch epoch) = 0;
  // These partitions will be taken away. Awaited: returns when all that was delivered is settled or the deadline has
  // come, after a last commit() and after the acks have been voided. read() returns nothing of them meanwhile.
  virtual Task<void> revoking(std::vector<TopicPartition> partitions, TimePoint deadline) = 0;
  // These partitions belong to someone else already: their acks are void, nothing of them may be committed.
  virtual void lost(std::vector<TopicPartition> partitions) = 0;
  // So many records of a partition are gone that nobody has read (retention was faster): counted. Told with a report().
  virtual void gone(const TopicPartition& id, std::uint64_t records) = 0;
  // Something a person should know; the source goes on by itself. Rate-limited by the caller.
  virtual void report(const Error& error) = 0;
};

// A place messages come from; one consumer per pipeline, shared by its lanes.
//
// Lifetime: open() .. close(); destroyed after close().
// Executor: read(lane) on that lane's executor; everything else on the control executor.
// Cancellation: terminal. A cancelled read loses nothing: what it would have returned comes with the next one.
// Errors: read() and commit() report infrastructure only; a broker that is away is retried inside and reported, never
// fatal. A read() that fails is tried again: a partition of which a record is damaged fails it until a person has helped,
// while the others go on.
class Source {
 public:
  struct Lanes {
    Executor control;
    std::vector<Executor> lanes;
  };

  virtual ~Source() = default;
  // Called once. Returns when the source has begun to connect; it does not wait for a broker. An error means the
  // settings are refused.
  virtual Task<Result<void>> open(Lanes lanes, SourceEvents& events) = 0;
  // The next batch of the lane's partitions, never empty; waits until there is one. Nothing = the source has ended
  // (close, or finite). One outstanding call per lane. A lane that does not read is back-pressure.
  virtual Task<Result<std::optional<Batch>>> read(LaneIndex lane) = 0;
  // Commits the watermarks. One call at a time. Done when the
  // broker has answered; an error is retried at the next interval.
  virtual Task<Result<void>> commit(std::vector<Commit> watermarks) = 0;
  // Stops handing out messages: read() returns nothing from now on. Idempotent; part of a drain.
  virtual void stop_reading() = 0;
  // True when the group has settled and every assigned partition has been read to its end (an empty share counts).
  virtual bool at_end() const = 0;
  // Why nothing has been assigned yet, for a person who wonders; empty: no reason is known.
  virtual std::string waiting_for() const { return {}; }
  // Where the logs of the assigned partitions end, for the lag that people see: what is known now, which may be some
  // seconds old. A call may have it looked up in the background; none waits for it.
  virtual std::vector<PartitionEnd> ends() { return {}; }
  // This stop is the last one: nobody comes back soon to what is given up, so close() gives the partitions away at once,
  // also where a member would keep its place for a restart. Before close(), any number of times.
  virtual void leave_for_good() {}
  // Leaves the group and frees the client. Every read has returned, the last commit is done. Idempotent.
  virtual Task<void> close() = 0;
};

}  // namespace weir
