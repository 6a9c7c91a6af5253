// Signal: lets coroutines of one executor wait until something has changed.
#pragma once

#include "pipeline/base/task.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>

namespace weir {

// A condition variable for coroutines: wait in a loop that tests the condition, notify after changing it.
//
//   while (window.full()) co_await changed.wait();
//
// Lifetime: outlives its waiters. Executor: one; wait and notify_all on that one only.
// Cancellation: terminal; wait ends with operation_aborted. Errors: none.
class Signal {
 public:
  explicit Signal(const Executor& executor);
  // Returns after the next notify_all(). Spurious returns are allowed.
  Task<void> wait();
  void notify_all();
  // Counts the calls of notify_all(): who starts to wait later than it tested sees whether it has missed one.
  std::uint64_t generation() const { return generation_; }

 private:
  std::uint64_t generation_ = 0;
  boost::asio::steady_timer never_;  // used as a condition variable: cancelled to wake
};

}  // namespace weir
