#include "pipeline/base/blocking_threads.hpp"

#include <utility>

namespace weir {

BlockingThreads::~BlockingThreads() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BlockingThreads::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    if (waiting_.size() > idle_ && threads_.size() < most_) threads_.emplace_back(&BlockingThreads::serve, this);
  }
  wake_.notify_one();
}

void BlockingThreads::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    while (waiting_.empty() && !stopping_) wake_.wait(lock);
    --idle_;
    if (waiting_.empty()) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace weir
