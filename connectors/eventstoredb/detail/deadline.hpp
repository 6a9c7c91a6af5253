// Deadlines on grpc's own monotonic clock.
#pragma once

#include "pipeline/base/clock.hpp"

#include <grpc/support/time.h>

#include <algorithm>
#include <cstdint>

namespace weir::connectors::eventstoredb::detail {

inline std::int64_t to_milliseconds(Duration duration) {
  return std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

inline gpr_timespec deadline_in(std::int64_t milliseconds) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(milliseconds, GPR_TIMESPAN));
}

inline std::int64_t monotonic_ms() {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace weir::connectors::eventstoredb::detail
