#include "pipeline/base/blocking_threads.hpp"

#include "pipeline/base/log.hpp"

#include <system_error>
#include <utility>

namespace weir {

// The first thread is there from the start, so that work that was taken is always done.
BlockingThreads::BlockingThreads(std::size_t most) : most_(most) {
  threads_.emplace_back(&BlockingThreads::serve, this);
}

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
    if (waiting_.size() > idle_ && threads_.size() < most_) add_thread();
  }
  wake_.notify_one();
}

// Where the system has no more threads, the work waits for one of those that are there.
void BlockingThreads::add_thread() {
  try {
    threads_.emplace_back(&BlockingThreads::serve, this);
  } catch (const std::system_error& failure) {
    log::warn("no more threads for work that blocks", {{"threads", threads_.size()}, {"error", failure.what()}});
  }
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
