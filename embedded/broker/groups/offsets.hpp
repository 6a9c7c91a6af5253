// Offsets: what one group has committed.
#pragma once

#include "embedded/broker/groups/limits.hpp"
#include "embedded/broker/groups/records.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace weir::embedded::broker::groups {

struct CommittedOffset {
  Offset offset = -1;
  std::int32_t leader_epoch = -1;
  WallTime committed;
  std::string metadata;
};

// Lifetime: its group's; `memory` outlives it. Executor: the broker's thread. Cancellation, errors: none.
class Offsets {
 public:
  using Partitions = std::map<Partition, CommittedOffset>;
  using Topics = std::map<std::string, Partitions, std::less<>>;

  explicit Offsets(MemoryUse& memory) : memory_(memory) {}
  ~Offsets() { memory_.used -= bytes_; }
  Offsets(const Offsets&) = delete;
  Offsets& operator=(const Offsets&) = delete;

  bool empty() const { return topics_.empty(); }
  const Topics& topics() const { return topics_; }
  // Null when nothing is committed there.
  const CommittedOffset* find(std::string_view topic, Partition partition) const;

  void apply(const OffsetsRecord& record);
  // Bytes that the record would add, were it applied.
  std::size_t growth(const OffsetsRecord& record) const;
  void apply(const OffsetsRemovedRecord& record);
  bool forget_topic(std::string_view topic);
  // All of it, in records of bounded size.
  std::vector<OffsetsRecord> records(const std::string& group) const;
  // What was committed before `limit`, as the record that removes it.
  OffsetsRemovedRecord committed_before(const std::string& group, WallTime limit) const;

  // What an offset takes in memory, roughly.
  static std::size_t footprint(std::string_view topic, std::string_view metadata) {
    return sizeof(CommittedOffset) + 64 + topic.size() + metadata.size();
  }

 private:
  void remove(Topics::iterator topic, Partition partition);

  MemoryUse& memory_;
  Topics topics_;
  std::size_t bytes_ = 0;
};

}  // namespace weir::embedded::broker::groups
