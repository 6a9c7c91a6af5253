#include "connectors/kafka/wake_fd.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weir::connectors::kafka {

namespace asio = boost::asio;

WakeFd::WakeFd(const Executor& executor) : descriptor_(executor), fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw boost::system::system_error(errno, boost::system::system_category(), "eventfd");
  descriptor_.assign(fd_);
}

void WakeFd::wake() noexcept {
  const std::uint64_t one = 1;
  // Full means that a wake-up is waiting already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof(one));
}

Task<void> WakeFd::wait() {
  co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof(count));
}

}  // namespace weir::connectors::kafka
