// with_timeout: bounds how long a task may take. The one file that includes Asio's awaitable operators.
//
// Never put it around a receive (`a || b` discards the loser's value), and remember that a write that timed out has an unknown outcome.
#pragma once

#include "pipeline/clock.hpp"
#include "pipeline/result.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <optional>

namespace weir {

namespace detail {

template <class T>
Task<void> run_into(std::optional<Result<T>>& place, Task<Result<T>> task) {
  Result<T> result = co_await std::move(task);
  place.emplace(std::move(result));
}

}  // namespace detail

// The task's result, or `on_timeout` when `limit` has passed first; the task is then cancelled (terminal) and has ended on return.
template <class T>
Task<Result<T>> with_timeout(Clock& clock, Duration limit, Task<Result<T>> task, Error on_timeout) {
  using namespace boost::asio::experimental::awaitable_operators;
  std::optional<Result<T>> place;
  Task<void> work = detail::run_into<T>(place, std::move(task));
  Task<void> timer = clock.sleep_for(limit);
  Task<std::variant<std::monostate, std::monostate>> race = std::move(work) || std::move(timer);
  co_await std::move(race);
  if (place.has_value()) co_return std::move(*place);
  co_return Result<T>(std::move(on_timeout));
}

}  // namespace weir
