// BlockingThreads: threads for work that blocks, started when there is work for them.
#pragma once

#include "pipeline/base/blocking.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace weir {

// A thread that has no work waits for more, so a call seldom pays for a new one. Work that never ends holds its thread;
// the limit is so high that this does not stop the others. With one thread, work is done in the order it was given.
//
// Lifetime: the destructor waits for the work that has begun or is waiting. Executor: post() on any.
// Cancellation, Errors: see Blocking.
class BlockingThreads final : public Blocking {
 public:
  explicit BlockingThreads(std::size_t most = 64);
  ~BlockingThreads() override;
  BlockingThreads(const BlockingThreads&) = delete;
  BlockingThreads& operator=(const BlockingThreads&) = delete;

  void post(std::function<void()> work) override;

 private:
  void add_thread();
  void serve();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::size_t idle_ = 0;  // threads that wait for work
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir
