// Timers: callbacks at points in time, in one queue, so that state machines need neither threads nor coroutines.
#pragma once

#include "pipeline/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace weir::embedded::broker {

// Lifetime: outlives those who set timers. Executor: the broker's own thread. Cancellation: cancel(); a callback may
// set and cancel timers, its own included. Errors: none.
class Timers {
 public:
  using Id = std::uint64_t;  // never 0

  explicit Timers(const Clock& clock) : clock_(clock) {}

  TimePoint now() const { return clock_.now(); }
  WallTime wall_now() const { return clock_.wall_now(); }

  Id at(TimePoint when, std::function<void()> callback);
  Id after(Duration delay, std::function<void()> callback) { return at(now() + delay, std::move(callback)); }
  // Unknown ids (0, fired, cancelled) are ignored.
  void cancel(Id id);

  // For the owner: when the next one is due, and to run all that are due by now, in order of their time.
  std::optional<TimePoint> next() const;
  void run_due();
  // Called whenever an earlier time has become the next one.
  void on_earlier(std::function<void()> callback) { earlier_ = std::move(callback); }

 private:
  using Key = std::pair<TimePoint, Id>;

  const Clock& clock_;
  Id last_ = 0;
  std::map<Key, std::function<void()>> queue_;
  std::map<Id, TimePoint> when_;
  std::function<void()> earlier_;
};

}  // namespace weir::embedded::broker
