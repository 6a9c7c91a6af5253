// with_timeout: bounds how long a task may take, or a wait for a
// Signal. The one file that includes Asio's awaitable operators.
//
// Never put it around a receive (`a || b` discards the loser's value),
// and remember that a write that timed out has an unknown outcome.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/run_into.hpp"
#include "pipeline/base/signal.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <variant>

namespace weir {

namespace detail {

// `||` need not start its operands at once: a notification in between must not be lost.
inline Task<void> wait_quietly(Signal& signal, std::uint64_t seen) {
  try {
    if (signal.generation() == seen) co_await signal.wait();
  } catch (const boost::system::system_error&) {
    // Cancelled, by the timer or from outside: the caller of this finds out which.
  }
}

}  // namespace detail

// Returns after the next notify_all() of the signal, or when `limit`
// has passed. Spurious returns are allowed, as with Signal::wait().
inline Task<void> wait_or_timeout(Signal& signal, Clock& clock, Duration limit) {
  using namespace boost::asio::experimental::awaitable_operators;
  Task<void> waiting = detail::wait_quietly(signal, signal.generation());
  Task<void> timer = clock.sleep_for(limit);
  Task<std::variant<std::monostate, std::monostate>> race = std::move(waiting) || std::move(timer);
  const auto winner = co_await std::move(race);
  static_cast<void>(winner);
  const boost::asio::cancellation_state state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) {
    throw boost::system::system_error(boost::asio::error::operation_aborted);
  }
}

// The task's result, or `on_timeout` when `limit` has passed first;
// the task is then cancelled (terminal) and has ended on return.
template <class T>
Task<Result<T>> with_timeout(Clock& clock, Duration limit, Task<Result<T>> task, Error on_timeout) {
  using namespace boost::asio::experimental::awaitable_operators;
  std::optional<Result<T>> place;
  std::exception_ptr failure;
  // Without exceptions: `||` would wait for the timer after one.
  Task<void> work = run_into(std::move(task), place, failure);
  Task<void> timer = clock.sleep_for(limit);
  Task<std::variant<std::monostate, std::monostate>> race = std::move(work) || std::move(timer);
  const auto winner = co_await std::move(race);
  const bool work_ended_first = winner.index() == 0;
  // Cancelled by the timer is what we asked for; anything else that was thrown goes on to the caller.
  if (failure != nullptr && work_ended_first) std::rethrow_exception(failure);
  if (place.has_value()) co_return std::move(*place);
  co_return Result<T>(std::move(on_timeout));
}

}  // namespace weir
