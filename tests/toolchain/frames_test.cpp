// Coroutine frames: bodies without locals (reported broken in GCC 12.1 and 12.2), frames that outlive a deep chain, and
// captures in an initiation (locals corrupted, Asio issue 1007).
#include "tests/toolchain/probe.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace weir::toolchain {
namespace {

namespace asio = boost::asio;

Awaitable<void> no_locals() {
  co_await asio::post(asio::use_awaitable);
}

Awaitable<void> no_locals_twice() {
  co_await no_locals();
  co_await no_locals();
}

Awaitable<int> no_locals_with_parameter(std::unique_ptr<int> value) {
  co_await no_locals_twice();
  co_return *value + 1;
}

Awaitable<void> call_no_locals(int& got) {
  std::unique_ptr<int> value = std::make_unique<int>(41);
  got = co_await no_locals_with_parameter(std::move(value));
}

TEST(Frames, ABodyWithoutLocalsKeepsItsParameters) {
  int got = 0;
  run(call_no_locals(got));
  EXPECT_EQ(got, 42);
}

Awaitable<std::size_t> descend(int depth, std::string text, const Probe& outer) {
  Probe mine = outer;
  const std::string local = text + "+";
  if (depth == 0) {
    co_await asio::post(asio::use_awaitable);
    co_return local.size();
  }
  std::string next = local;
  const std::size_t below = co_await descend(depth - 1, std::move(next), mine);
  co_return below + (local.size() == text.size() + 1 ? 0 : 100000);
}

Awaitable<void> call_descend(Lives& lives, std::size_t& got) {
  Probe probe(lives);
  std::string text = "start";
  got = co_await descend(200, std::move(text), probe);
}

TEST(Frames, ADeepChainKeepsEveryFrameIntact) {
  Lives lives;
  std::size_t got = 0;
  run(call_descend(lives, got));
  EXPECT_EQ(got, 5u + 201u);
  EXPECT_EQ(lives.alive, 0);
}

Awaitable<void> throw_after_suspension(Lives& lives) {
  Probe probe(lives);
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("expected");
}

Awaitable<void> catch_and_go_on(Lives& lives, bool& caught, std::string& after) {
  std::string local(50, 'l');
  try {
    co_await throw_after_suspension(lives);
  } catch (const std::runtime_error&) {
    caught = true;
  }
  co_await asio::post(asio::use_awaitable);
  after = local;
}

TEST(Frames, AnExceptionUnwindsTheFrameOnceAndLocalsOfTheCatcherSurvive) {
  Lives lives;
  bool caught = false;
  std::string after;
  run(catch_and_go_on(lives, caught, after));
  EXPECT_TRUE(caught);
  EXPECT_EQ(after, std::string(50, 'l'));
  EXPECT_EQ(lives.alive, 0);
}

// Destroyed without ever having run, as happens to work that is queued when an executor goes.
TEST(Frames, ACoroutineThatNeverRanReleasesItsParameters) {
  std::weak_ptr<int> seen;
  {
    std::shared_ptr<int> value = std::make_shared<int>(1);
    seen = value;
    struct Holder {
      static Awaitable<void> keep(std::shared_ptr<int> held) {
        co_await no_locals();
        *held = 2;
      }
    };
    Awaitable<void> never = Holder::keep(std::move(value));
  }
  EXPECT_TRUE(seen.expired());
}

Awaitable<void> loop_with_ready_awaits(std::size_t& rounds) {
  std::array<char, 64> canary{};
  canary.fill('c');
  for (std::size_t i = 0; i < 100000; ++i) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    if (!executor) co_return;
    ++rounds;
  }
  for (const char c : canary) rounds += c == 'c' ? 0 : 1;
}

TEST(Frames, ManyReadyAwaitsDoNotGrowTheStack) {
  std::size_t rounds = 0;
  run(loop_with_ready_awaits(rounds));
  EXPECT_EQ(rounds, 100000u);
}

}  // namespace
}  // namespace weir::toolchain
