// BlockingPool: one thread for calls that block, so that no worker thread does. Private to this folder.
#pragma once

#include "pipeline/base/task.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>

namespace weir::connectors::kafka {

// Lifetime: the destructor waits for the work that has begun or is waiting.
// Executor: run() and post() from any thread. Cancellation: none; run() returns when the work is done. Errors: work
// must not throw.
class BlockingPool {
 public:
  BlockingPool() : threads_(1) {}
  ~BlockingPool() { threads_.join(); }

  // Does the work on the pool's thread; the awaiting coroutine goes on upon its own executor.
  Task<void> run(std::function<void()> work);
  void post(std::function<void()> work);

 private:
  boost::asio::thread_pool threads_;
};

}  // namespace weir::connectors::kafka
