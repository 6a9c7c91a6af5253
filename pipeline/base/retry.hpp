// How often and how long apart something is tried again.
#pragma once

#include "pipeline/base/clock.hpp"

#include <cstdint>

namespace weir {

// Exponential backoff with a limit of attempts.
struct RetryPolicy {
  std::uint32_t attempts = 6;                         // tries in all: the first, and five more; >= 1
  Duration initial = std::chrono::milliseconds(300);  // wait before the second try; > 0
  double multiplier = 2.0;                            // >= 1
  Duration max = std::chrono::seconds(30);            // longest wait

  // The wait after the `failures`-th failure in a row (1 = the first), without jitter.
  Duration backoff(std::uint32_t failures) const;

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

}  // namespace weir
