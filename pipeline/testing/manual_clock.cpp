#include "pipeline/testing/manual_clock.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace weir::testing {

namespace asio = boost::asio;

namespace {

constexpr WallTime kWallStart{std::chrono::milliseconds(1767225600000)};  // 2026-01-01T00:00:00Z
constexpr TimePoint kStart{std::chrono::hours(1)};

[[noreturn]] void spins() {
  std::fputs("ManualClock: work never ends while time stands still; something spins\n", stderr);
  std::abort();
}

}  // namespace

// Hands the handler of a sleeping coroutine to the clock. A named function object,
// no lambda: GCC 12 has corrupted the captures of lambdas given to async_initiate.
struct ManualClock::StartSleep {
  ManualClock* clock;
  TimePoint when;
  template <class H>
  void operator()(H handler) const {
    clock->start_sleep(when, Handler(std::move(handler)));
  }
};

ManualClock::ManualClock(asio::io_context& io) : io_(io) {}

ManualClock::~ManualClock() {
  // A sleeper left behind is destroyed with its coroutine; its slot must not point here any more.
  for (auto& [key, handler] : sleepers_) asio::get_associated_cancellation_slot(handler).clear();
}

WallTime ManualClock::wall_now() const {
  return kWallStart + std::chrono::duration_cast<std::chrono::milliseconds>(now_ - kStart);
}

Task<void> ManualClock::sleep_until(TimePoint when) {
  StartSleep start{this, when};
  return asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(start,
                                                                                              asio::use_awaitable);
}

void ManualClock::start_sleep(TimePoint when, Handler handler) {
  const Key key(when, calls_++);
  auto slot = asio::get_associated_cancellation_slot(handler);
  const auto sleeper = sleepers_.emplace(key, std::move(handler)).first;
  if (when <= now_) {
    wake(sleeper, {});
    return;
  }
  if (slot.is_connected()) {
    slot.assign([this, key](asio::cancellation_type type) {
      if ((type & asio::cancellation_type::terminal) == asio::cancellation_type::none) return;
      const auto found = sleepers_.find(key);
      if (found != sleepers_.end()) wake(found, asio::error::operation_aborted);
    });
  }
}

void ManualClock::wake(std::map<Key, Handler>::iterator sleeper, boost::system::error_code result) {
  Handler handler = std::move(sleeper->second);
  sleepers_.erase(sleeper);
  // When called from within the slot's own handler, clear() would destroy what is running: it ends by itself there.
  if (!result) asio::get_associated_cancellation_slot(handler).clear();
  asio::post(io_, [handler = std::move(handler), result]() mutable { std::move(handler)(result); });
}

void ManualClock::run_until_idle() {
  std::size_t handlers = 0;
  io_.restart();
  while (io_.poll_one() > 0) {
    if (++handlers > kMostHandlers) spins();
  }
}

void ManualClock::advance(Duration by) {
  const TimePoint until = now_ + by;
  run_until_idle();
  while (!sleepers_.empty() && sleepers_.begin()->first.first <= until) {
    now_ = std::max(now_, sleepers_.begin()->first.first);
    wake(sleepers_.begin(), {});
    run_until_idle();
  }
  now_ = until;
}

bool ManualClock::run_until(const std::function<bool()>& reached) {
  for (;;) {
    io_.restart();
    for (std::size_t handlers = 0; !reached(); ++handlers) {
      if (handlers > kMostHandlers) spins();
      if (io_.poll_one() == 0) break;
    }
    if (reached()) return true;
    if (sleepers_.empty()) return false;
    now_ = std::max(now_, sleepers_.begin()->first.first);
    wake(sleepers_.begin(), {});
  }
}

void ManualClock::call_at(TimePoint when, std::function<void()> what) {
  const auto call =
      sleepers_.emplace(Key(when, calls_++), [what = std::move(what)](boost::system::error_code) { what(); });
  if (when <= now_) wake(call.first, {});
}

std::optional<TimePoint> ManualClock::next_wake() const {
  if (sleepers_.empty()) return std::nullopt;
  return sleepers_.begin()->first.first;
}

bool ManualClock::advance_to_next() {
  run_until_idle();
  if (sleepers_.empty()) return false;
  now_ = std::max(now_, sleepers_.begin()->first.first);
  wake(sleepers_.begin(), {});
  run_until_idle();
  return true;
}

}  // namespace weir::testing
