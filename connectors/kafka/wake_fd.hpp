// WakeFd: an eventfd that other threads (librdkafka's among them)
// write to and one coroutine waits for. Private to this folder.
#pragma once

#include "pipeline/base/task.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace weir::connectors::kafka {

// Lifetime: outlives its waiter and whoever writes to fd().
// Executor: wait() on the one given; wake() and fd() from any thread. Cancellation: terminal. Errors: the constructor
// throws boost::system::system_error when the system has no descriptor left.
class WakeFd {
 public:
  explicit WakeFd(const Executor& executor);
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  // What librdkafka gets: eight bytes written to it wake the waiter.
  int fd() const { return fd_; }
  void wake() noexcept;
  // Returns once something has been written since the last return; resets it. One waiter. Look for work after it, and
  // before the first one.
  Task<void> wait();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  int fd_ = -1;  // owned by descriptor_
};

}  // namespace weir::connectors::kafka
