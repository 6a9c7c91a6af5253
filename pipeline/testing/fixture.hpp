// VirtualTimeTest: the fixture of unit tests. One thread, virtual time, and a failure for work left behind.
#pragma once

#include "pipeline/base/run_into.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

// ASSERT_* returns, which a coroutine cannot: these co_return instead. The
// condition must not contain co_await: store the awaited value in a variable first.
#define CO_ASSERT_TRUE(condition)               \
  do {                                          \
    const bool co_assert_holds = (condition);   \
    EXPECT_TRUE(co_assert_holds) << #condition; \
    if (!co_assert_holds) co_return;            \
  } while (false)
#define CO_ASSERT_FALSE(condition) CO_ASSERT_TRUE(!(condition))
#define CO_ASSERT_EQ(a, b)        \
  do {                            \
    EXPECT_EQ(a, b);              \
    if (!((a) == (b))) co_return; \
  } while (false)

namespace weir::testing {

namespace detail {

inline Task<void> store_done(Task<void> task, bool& done, std::exception_ptr& failure) {
  try {
    co_await std::move(task);
    done = true;
  } catch (...) {
    failure = std::current_exception();
  }
}

}  // namespace detail

// A test with an io_context, a ManualClock and a TaskGroup of its own.
//
//   class DedupeTest : public weir::testing::VirtualTimeTest {};
//   TEST_F(DedupeTest, DropsSecondCopy) { Result<void> r = run(stage.process(batch, ctx)); ... }
//
// At the end of a test, tasks still in the group, sleepers on the clock and handlers ready to run are failures.
class VirtualTimeTest : public ::testing::Test {
 protected:
  ~VirtualTimeTest() override = default;

  Executor executor() { return io_.get_executor(); }
  ManualClock& clock() { return clock_; }
  TaskGroup& tasks() { return tasks_; }

  // Runs the task to its end, moving virtual time as far as it needs (at most `limit`). Rethrows what it throws; a task
  // that never ends is a failure.
  template <class T>
  T run(Task<T> task, Duration limit = std::chrono::hours(24 * 365)) {
    std::optional<T> place;
    std::exception_ptr failure;
    run_to_end(run_into(std::move(task), place, failure), limit);
    if (failure != nullptr) std::rethrow_exception(failure);
    if (!place.has_value()) throw std::logic_error("the task waits for ever");
    return std::move(*place);
  }
  void run(Task<void> task, Duration limit = std::chrono::hours(24 * 365)) {
    bool done = false;
    std::exception_ptr failure;
    run_to_end(detail::store_done(std::move(task), done, failure), limit);
    if (failure != nullptr) std::rethrow_exception(failure);
    EXPECT_TRUE(done) << "the task waits for ever";
  }

  // Starts a task that runs beside the test.
  void spawn(std::string name, Task<void> task) { tasks_.spawn(std::move(name), std::move(task)); }
  void run_until_idle() { clock_.run_until_idle(); }
  void advance(Duration by) { clock_.advance(by); }

  // Cancels what was spawned and waits until it has ended.
  void stop_tasks() {
    tasks_.cancel();
    clock_.run_until_idle();
  }

  void TearDown() override {
    clock_.run_until_idle();
    for (const std::string& name : tasks_.running()) ADD_FAILURE() << "task left behind: " << name;
    EXPECT_EQ(clock_.sleepers(), 0u) << "a task still sleeps on the clock";
    stop_tasks();
  }

  boost::asio::io_context io_{1};
  ManualClock clock_{io_};
  TaskGroup tasks_{io_.get_executor()};

 private:
  void run_to_end(Task<void> task, Duration limit) {
    TaskGroup group(io_.get_executor());
    group.spawn("test", std::move(task));
    const TimePoint end = clock_.now() + limit;
    clock_.run_until_idle();
    while (!group.empty() && clock_.now() < end && clock_.advance_to_next()) {
    }
    group.cancel();
    clock_.run_until_idle();
  }
};

}  // namespace weir::testing
