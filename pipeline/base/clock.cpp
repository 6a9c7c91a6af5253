// The one file that asks the operating system for the time.
#include "pipeline/base/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir {

namespace asio = boost::asio;

TimePoint SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall_now() const {
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
}

Task<void> SystemClock::sleep_until(TimePoint when) {
  const Executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, std::chrono::time_point_cast<std::chrono::steady_clock::duration>(when));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace weir
