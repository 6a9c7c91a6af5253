// StopSignal: how something that runs is asked to stop, first politely, then not.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/signal.hpp"

#include <optional>

namespace weir {

// The two steps of a stop. drain(): finish what was begun, take nothing new. abort(): end now, what is unfinished is
// read again later. Both may be called at any time, in any order, as often as one likes; an abort is never taken back,
// a later drain may only shorten the deadline.
//
// Lifetime: outlives its waiters. Executor: one. Cancellation: terminal, of a wait. Errors: none.
class StopSignal {
 public:
  explicit StopSignal(const Executor& executor) : changed_(executor) {}

  void drain(TimePoint deadline);
  void abort();

  bool draining() const { return deadline_.has_value(); }
  bool aborting() const { return aborting_; }
  // When the drain must have ended. Only while draining().
  TimePoint deadline() const { return *deadline_; }
  // When patience ends: three quarters of the way from the call
  // of drain() to its deadline (`now` was the time of the call).
  static TimePoint abort_at(TimePoint now, TimePoint deadline) { return now + (deadline - now) / 4 * 3; }

  // Returns when a drain or an abort was asked for.
  Task<void> wait();
  // Wakes at every change.
  Signal& changed() { return changed_; }

 private:
  std::optional<TimePoint> deadline_;
  bool aborting_ = false;
  Signal changed_;
};

}  // namespace weir
