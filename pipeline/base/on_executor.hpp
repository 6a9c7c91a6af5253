// Assertions that code runs where it belongs: on the thread that works for its executor.
#pragma once

#include "pipeline/base/task.hpp"

#include <cassert>

namespace boost::asio {
class io_context;
}

namespace weir {

// While one exists, the thread that made it is the one that works for the context.
//
// Lifetime: within the context's. Executor: made and destroyed on that thread. Cancellation, Errors: none.
class ThreadOf {
 public:
  explicit ThreadOf(boost::asio::io_context& context);
  ~ThreadOf();
  ThreadOf(const ThreadOf&) = delete;
  ThreadOf& operator=(const ThreadOf&) = delete;

 private:
  boost::asio::io_context& context_;
};

// Whether the caller is on the thread that works for the executor's context. Also true for a context without a ThreadOf:
// in tests one thread does everything, and before a start or after a stop there is nobody else.
bool on_executor(const Executor& executor) noexcept;

// To be put where a contract says "Executor: …". Costs a look-up under a lock, and nothing with NDEBUG,
// which none of the presets sets.
inline void assert_on([[maybe_unused]] const Executor& executor) noexcept {
  assert(on_executor(executor) && "called on a thread that is not its executor's");
}

}  // namespace weir
