#include "pipeline/base/signal.hpp"

#include "pipeline/base/on_executor.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace weir {

namespace asio = boost::asio;

Signal::Signal(const Executor& executor) : never_(executor, asio::steady_timer::time_point::max()) {}

Task<void> Signal::wait() {
  assert_on(never_.get_executor());
  boost::system::error_code woken;
  auto token = asio::redirect_error(asio::use_awaitable, woken);
  co_await never_.async_wait(token);
  // notify_all() and cancellation of this coroutine look the same to the timer; only the latter must end the waiter.
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

void Signal::notify_all() {
  assert_on(never_.get_executor());
  ++generation_;
  never_.cancel();
}

}  // namespace weir
