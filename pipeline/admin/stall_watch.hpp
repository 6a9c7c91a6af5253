// StallWatch: which partitions have records left and do not get on.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/control/summary.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weir::admin {

struct Stall {
  std::string pipeline;
  TopicPartition id;
  LaneIndex lane = 0;
  Offset watermark = -1;
  std::optional<std::uint64_t> lag;
  Duration standing{};  // for so long
};

// Sees one Summary after another. A partition stands still when records of it are left and its watermark is where it
// was; one that is not ours does not. One of a pipeline that a person has paused is no stall either, but its records wait
// like any others. Pure.
//
// Lifetime: any. Executor: one. Cancellation, Errors: none.
class StallWatch {
 public:
  explicit StallWatch(Duration patience) : patience_(patience) {}

  void look(const Summary& summary, TimePoint now);
  // Those that have stood still for the patience or longer, as of the last look.
  const std::vector<Stall>& stalled() const { return stalled_; }
  // How long records have been left in that partition without any being settled; zero: none is left, or it is not known.
  Duration standing(const std::string& pipeline, const TopicPartition& id) const;

 private:
  struct Standing {
    Offset watermark = -1;
    TimePoint since{};
    Duration lasting{};
    TimePoint counts_from{};  // against the patience, which begins anew when a pause by a person is over
  };
  using Key = std::pair<std::string, TopicPartition>;

  const Duration patience_;
  std::map<Key, Standing> known_;
  std::vector<Stall> stalled_;
};

}  // namespace weir::admin
