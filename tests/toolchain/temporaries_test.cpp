// Arguments of an awaited call. GCC PR 107288: temporaries that are aggregates or capturing lambdas were destroyed
// twice. The first half pins what the project writes (named locals, moves, scalars) and must hold on every compiler.
// The second half runs the shapes that the house rules forbid: GCC 12.2 does destroy both twice, so those rules are
// there for a reason.
#include "tests/toolchain/probe.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace weir::toolchain {
namespace {

namespace asio = boost::asio;

struct Options {
  Probe probe;
  std::string name;
  std::vector<int> values;
};

Awaitable<std::size_t> suspend_and_measure(Options options) {
  co_await asio::post(asio::use_awaitable);
  co_return options.name.size() + options.values.size();
}

Awaitable<void> await_moved_local(Lives& lives, std::size_t& measured) {
  Options options{Probe(lives), std::string(100, 'x'), {1, 2, 3}};
  measured = co_await suspend_and_measure(std::move(options));
}

TEST(Temporaries, AMovedLocalIsDestroyedOnce) {
  Lives lives;
  std::size_t measured = 0;
  run(await_moved_local(lives, measured));
  EXPECT_EQ(measured, 103u);
  EXPECT_EQ(lives.alive, 0);
  EXPECT_GE(lives.made, 2);
}

Awaitable<std::size_t> suspend_and_measure_borrowed(const Options& options) {
  co_await asio::post(asio::use_awaitable);
  co_return options.name.size() + options.values.size();
}

Awaitable<void> await_borrowed_local(Lives& lives, std::size_t& measured) {
  const Options options{Probe(lives), std::string(100, 'x'), {1, 2, 3}};
  measured = co_await suspend_and_measure_borrowed(options);
}

TEST(Temporaries, ABorrowedLocalLivesUntilTheAwaitEnds) {
  Lives lives;
  std::size_t measured = 0;
  run(await_borrowed_local(lives, measured));
  EXPECT_EQ(measured, 103u);
  EXPECT_EQ(lives.alive, 0);
}

// The bridge shape of the project: a plain function that calls async_initiate with a named function object.
struct Initiate {
  asio::any_io_executor executor;
  Probe probe;
  std::string text;
  void operator()(asio::any_completion_handler<void(std::size_t)> handler) {
    asio::post(executor, Complete{std::move(handler), text.size()});
  }
  struct Complete {
    asio::any_completion_handler<void(std::size_t)> handler;
    std::size_t size;
    void operator()() { std::move(handler)(size); }
  };
};

Awaitable<std::size_t> bridge(asio::any_io_executor executor, Lives& lives) {
  Initiate initiate{std::move(executor), Probe(lives), std::string(64, 'y')};
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::size_t)>(std::move(initiate),
                                                                                asio::use_awaitable);
}

Awaitable<void> await_bridge(Lives& lives, std::size_t& got) {
  const std::string guard_before(48, 'b');
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  got = co_await bridge(executor, lives);
  got += guard_before == std::string(48, 'b') ? 0 : 1000;
}

TEST(Temporaries, ABridgeWithANamedFunctionObjectLeavesLocalsAlone) {
  Lives lives;
  std::size_t got = 0;
  run(await_bridge(lives, got));
  EXPECT_EQ(got, 64u);
  EXPECT_EQ(lives.alive, 0);
}

template <class F>
Awaitable<int> call_later(F function) {
  co_await asio::post(asio::use_awaitable);
  co_return function();
}

struct ReadProbe {
  Probe probe;
  int operator()() const { return 7; }
};

Awaitable<void> await_named_callable(Lives& lives, int& got) {
  ReadProbe callable{Probe(lives)};
  got = co_await call_later(std::move(callable));
}

TEST(Temporaries, ANamedCallableIsDestroyedOnce) {
  Lives lives;
  int got = 0;
  run(await_named_callable(lives, got));
  EXPECT_EQ(got, 7);
  EXPECT_EQ(lives.alive, 0);
}

Awaitable<void> await_string_temporary(std::size_t& measured) {
  std::string head(40, 'h');
  const std::size_t tail = co_await call_later(std::bind(&std::string::size, head + std::string(60, 't')));
  measured = head.size() + tail;
}

// Temporaries of classes with constructors (strings, std::function and their like) are not touched by the bug.
TEST(Temporaries, AClassTemporaryOfAnAwaitedCallIsDestroyedOnce) {
  std::size_t measured = 0;
  run(await_string_temporary(measured));
  EXPECT_EQ(measured, 140u);
}

struct Pod {
  Probe probe;
};

Awaitable<int> take(Pod pod) {
  co_await asio::post(asio::use_awaitable);
  co_return 1;
}

Awaitable<void> await_aggregate_temporary(Lives& lives) {
  // lint: allow await-temporary, because this is the forbidden shape itself
  const int got = co_await take(Pod{Probe(lives)});
  EXPECT_EQ(got, 1);
}

Awaitable<void> await_lambda_temporary(Lives& lives) {
  Probe probe(lives);
  // lint: allow await-temporary, because this is the forbidden shape itself
  const int got = co_await call_later([probe] { return 7; });
  EXPECT_EQ(got, 7);
}

TEST(Temporaries, ForbiddenAggregateTemporary) {
  Lives lives;
  run(await_aggregate_temporary(lives));
  expect_lives("aggregate temporary", lives, -1);
}

TEST(Temporaries, ForbiddenCapturingLambdaTemporary) {
  Lives lives;
  run(await_lambda_temporary(lives));
  expect_lives("capturing lambda", lives, -1);
}

}  // namespace
}  // namespace weir::toolchain
