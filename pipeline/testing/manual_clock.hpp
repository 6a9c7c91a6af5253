// ManualClock: time that moves only when a test says so.
#pragma once

#include "pipeline/base/clock.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace weir::testing {

// The test twin of SystemClock. Starts at one hour (so that "an hour ago" exists) and at 2026-01-01T00:00:00Z.
//
// Lifetime: outlives every task that sleeps on it; the io_context outlives the clock.
// Executor: everything on the thread that runs the io_context; sleeping tasks resume there.
// Cancellation: terminal; the sleep ends with operation_aborted. Errors: none.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(boost::asio::io_context& io);
  ~ManualClock() override;

  TimePoint now() const override { return now_; }
  WallTime wall_now() const override;
  Task<void> sleep_until(TimePoint when) override;

  // Runs all that is ready, then moves time forward; sleepers wake in the order of their times (then of their calls),
  // and all that becomes ready runs before the next one wakes. On return nothing is ready any more.
  void advance(Duration by);
  // Runs all that is ready without moving time. Not to be called from within the io_context. Fails (aborts) after
  // `kMostHandlers` handlers: something spins.
  void run_until_idle();
  // Moves time to the next sleeper and wakes it. False when nobody sleeps.
  bool advance_to_next();
  // Runs what is ready, one handler after the other, until the condition holds; time moves on only where nothing is ready.
  // False when it never will: nothing is left to do. Not to be called from within the io_context.
  bool run_until(const std::function<bool()>& reached);

  // Calls `what` on the io_context at that time: a timer of whoever stands for a server, without a task of its own.
  void call_at(TimePoint when, std::function<void()> what);
  // The time of the next sleeper or call.
  std::optional<TimePoint> next_wake() const;

  std::size_t sleepers() const { return sleepers_.size(); }

 private:
  static constexpr std::size_t kMostHandlers = 50'000'000;
  using Key = std::pair<TimePoint, std::uint64_t>;  // when, and the number of the call
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code)>;
  struct StartSleep;

  void start_sleep(TimePoint when, Handler handler);
  void wake(std::map<Key, Handler>::iterator sleeper, boost::system::error_code result);

  boost::asio::io_context& io_;
  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t calls_ = 0;
  std::map<Key, Handler> sleepers_;
};

}  // namespace weir::testing
