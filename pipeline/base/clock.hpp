// Time as an injected object: weir never asks the operating system for the time but in clock.cpp.
#pragma once

#include "pipeline/base/task.hpp"

#include <chrono>
#include <cstdint>

namespace weir {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// A monotonic time as log::Limiter wants it.
inline std::int64_t to_milliseconds(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// The time, and waiting for it.
//
// Lifetime: outlives every task that sleeps on it.
// Executor: a sleeping task resumes on its own executor. SystemClock
// may be used from any thread; ManualClock from one only.
// Cancellation: terminal; the sleep ends with operation_aborted. Errors: none.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;      // monotonic; for intervals and deadlines
  virtual WallTime wall_now() const = 0;  // UTC; for records and dead letters
  virtual Task<void> sleep_until(TimePoint when) = 0;
  Task<void> sleep_for(Duration duration) { return sleep_until(now() + duration); }
};

// The machine's clocks. One per process; thread-safe.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall_now() const override;
  Task<void> sleep_until(TimePoint when) override;
};

}  // namespace weir
