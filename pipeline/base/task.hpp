// Task<T>: the coroutine type of weir.
//
// A coroutine is named as if it were synchronous (`read`, not `async_read`). It runs on the executor of whoever awaits
// it. Cancellation arrives as boost::system::system_error(operation_aborted) at an await; only TaskGroup catches it.
// Spawned only by TaskGroup.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace weir {

template <class T>
using Task = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;

}  // namespace weir
