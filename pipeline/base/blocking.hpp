// Blocking: where work that blocks is done, so that no worker thread waits for a disk or for a server's end.
#pragma once

#include "pipeline/base/task.hpp"

#include <functional>

namespace weir {

// Lifetime: outlives those who give it work. Executor: any. Cancellation: none, run() returns when the work is done.
// Errors: work must not throw.
class Blocking {
 public:
  virtual ~Blocking() = default;
  // The work is done on a thread that may wait, or at once, before post() returns.
  virtual void post(std::function<void()> work) = 0;
  // Does the work; the awaiting coroutine goes on upon its own executor. Nothing of the work is left by then.
  Task<void> run(std::function<void()> work);
};

}  // namespace weir
