// Runs one coroutine to its end on the calling thread: for verbs that do one thing.
#pragma once

#include "pipeline/base/run_into.hpp"
#include "pipeline/base/task_group.hpp"

#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace weir::cli {

// The task's result. Blocks; rethrows what it throws. `io` runs
// nothing else, and what it still has to do at the end is done, too.
template <class T>
T run_to_end(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> place;
  std::exception_ptr failure;
  TaskGroup group(io.get_executor());
  group.spawn("verb", run_into(std::move(task), place, failure));
  io.run();
  io.restart();
  if (failure != nullptr) std::rethrow_exception(failure);
  return std::move(*place);
}

}  // namespace weir::cli
