// run_into: a task's result, or what it throws, put where someone else looks for it.
#pragma once

#include "pipeline/base/task.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace weir {

// Ends without an exception whatever happens. `place` and `failure` outlive the task; one of them is set at its end.
template <class T>
Task<void> run_into(Task<T> task, std::optional<T>& place, std::exception_ptr& failure) {
  try {
    T result = co_await std::move(task);
    place.emplace(std::move(result));
  } catch (...) {
    failure = std::current_exception();
  }
}

}  // namespace weir
