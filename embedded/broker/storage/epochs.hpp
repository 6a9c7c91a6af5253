// EpochTable: at which offset each leader epoch began (KIP-101), so that clients can tell a log that was cut.
#pragma once

#include "pipeline/base/units.hpp"

#include <cstdint>
#include <vector>

namespace weir::embedded::broker::storage {

struct EpochStart {
  std::int32_t epoch = 0;
  Offset start = 0;
  friend bool operator==(const EpochStart&, const EpochStart&) = default;
};

// Holds no file of its own: the epoch stands in every batch,
// and each segment's index repeats the ones that begin in it.
//
// Lifetime, Executor, Cancellation: none. Errors: none.
class EpochTable {
 public:
  struct End {
    std::int32_t epoch = -1;
    Offset end = -1;
  };

  // An epoch that is not above the last one is known already.
  void add(std::int32_t epoch, Offset start);
  // Nothing below `log_start` is there any more.
  void forget_before(Offset log_start);
  // The largest epoch not above `epoch` and where it ended; the newest one ends at `log_end`. An epoch of before the
  // first one ended where the first began. Unknown (-1, -1) is only what lies above the newest.
  End end_of(std::int32_t epoch, Offset log_end) const;
  std::int32_t newest() const { return starts_.empty() ? -1 : starts_.back().epoch; }
  const std::vector<EpochStart>& starts() const { return starts_; }

 private:
  std::vector<EpochStart> starts_;  // both columns rise
};

}  // namespace weir::embedded::broker::storage
