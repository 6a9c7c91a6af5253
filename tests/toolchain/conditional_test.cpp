// Awaited values in conditions, conditional expressions and structured bindings: shapes that compilers were reported to
// miscompile or leak in. The project stores the awaited value first; the canaries show that this form is sound, and
// what the others do here.
#include "tests/toolchain/probe.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <sys/wait.h>

namespace weir::toolchain {
namespace {

namespace asio = boost::asio;

struct Pair {
  Probe probe;
  std::string text;
};

Awaitable<Pair> make_pair(Lives& lives, int& calls) {
  ++calls;
  co_await asio::post(asio::use_awaitable);
  co_return Pair{Probe(lives), std::string(80, 'p')};
}

Awaitable<void> store_then_bind(Lives& lives, int& calls, std::size_t& size) {
  const Pair pair = co_await make_pair(lives, calls);
  const auto& [probe, text] = pair;
  (void)probe;
  size = text.size();
}

TEST(Conditional, AStoredValueIsBoundAndDestroyedOnce) {
  Lives lives;
  int calls = 0;
  std::size_t size = 0;
  run(store_then_bind(lives, calls, size));
  EXPECT_EQ(size, 80u);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(lives.alive, 0);
}

Awaitable<void> bind_directly(Lives& lives, int& calls, std::size_t& size) {
  // lint: allow await-binding, because this is the forbidden shape itself
  const auto [probe, text] = co_await make_pair(lives, calls);
  (void)probe;
  size = text.size();
}

TEST(Conditional, ForbiddenStructuredBindingFromAnAwait) {
  Lives lives;
  int calls = 0;
  std::size_t size = 0;
  run(bind_directly(lives, calls, size));
  EXPECT_EQ(size, 80u);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(lives.alive, 0);
}

Awaitable<Probe> make_probe(Lives& lives, int& calls) {
  ++calls;
  co_await asio::post(asio::use_awaitable);
  co_return Probe(lives);
}

Awaitable<void> choose_with_if(bool first, Lives& lives, int& first_calls, int& second_calls) {
  std::optional<Probe> got;
  if (first) {
    got = co_await make_probe(lives, first_calls);
  } else {
    got = co_await make_probe(lives, second_calls);
  }
}

TEST(Conditional, AnIfAwaitsOneBranchAndDestroysItsValueOnce) {
  for (const bool first : {true, false}) {
    Lives lives;
    int first_calls = 0;
    int second_calls = 0;
    run(choose_with_if(first, lives, first_calls, second_calls));
    EXPECT_EQ(first_calls + second_calls, 1);
    EXPECT_EQ(lives.alive, 0);
  }
}

Awaitable<void> choose(bool first, Lives& lives, int& first_calls, int& second_calls) {
  // lint: allow await-conditional, because this is the forbidden shape itself
  const Probe got = first ? co_await make_probe(lives, first_calls) : co_await make_probe(lives, second_calls);
  (void)got;
}

// GCC 12.2 destroys the chosen value twice: with a std::string that is a double free.
TEST(Conditional, ForbiddenAwaitInAConditionalExpression) {
  for (const bool first : {true, false}) {
    Lives lives;
    int first_calls = 0;
    int second_calls = 0;
    run(choose(first, lives, first_calls, second_calls));
    EXPECT_EQ(first_calls + second_calls, 1) << "both branches were awaited";
    expect_lives("await in ?:", lives, -1);
  }
}

Awaitable<std::string> make_text(int& calls, char c) {
  ++calls;
  co_await asio::post(asio::use_awaitable);
  co_return std::string(70, c);
}

Awaitable<bool> answer_yes(int& calls) {
  ++calls;
  co_await asio::post(asio::use_awaitable);
  co_return true;
}

Awaitable<void> store_then_test(int& calls, bool& taken) {
  const bool yes = co_await answer_yes(calls);
  if (yes) taken = true;
}

TEST(Conditional, AStoredValueIsTestedAfterOneCall) {
  int calls = 0;
  bool taken = false;
  run(store_then_test(calls, taken));
  EXPECT_TRUE(taken);
  EXPECT_EQ(calls, 1);
}

Awaitable<void> test_in_condition(int& calls, bool& taken) {
  // lint: allow await-condition, because this is the forbidden shape itself
  if (co_await answer_yes(calls)) taken = true;
}

void run_test_in_condition() {
  int calls = 0;
  bool taken = false;
  run(test_in_condition(calls, taken));
  // The exit code tells a right answer from a crash.
  std::exit(taken && calls == 1 ? 0 : 1);
}

// The frame is resumed at a wild address: which signal ends the process is up to the optimiser.
[[maybe_unused]] bool killed_by_any_signal(int status) {
  return WIFSIGNALED(status);
}

// A body without locals that awaits in the condition of an `if`
// crashes when GCC 12.2 has compiled it; one local cures it.
TEST(ConditionalDeathTest, ForbiddenAwaitInAConditionOfABodyWithoutLocals) {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
  EXPECT_EXIT(run_test_in_condition(), killed_by_any_signal, "")
      << "this GCC 12 differs from the one that the house rules were written for";
#else
  EXPECT_EXIT(run_test_in_condition(), ::testing::ExitedWithCode(0), "")
      << "this compiler crashes on an await in a condition";
#endif
}

Awaitable<void> test_in_condition_beside_a_local(int& calls, bool& taken) {
  const int before = calls;
  // lint: allow await-condition, because this is the forbidden shape itself
  if (co_await answer_yes(calls)) taken = calls == before + 1;
}

TEST(Conditional, ForbiddenAwaitInAConditionBesideALocal) {
  int calls = 0;
  bool taken = false;
  run(test_in_condition_beside_a_local(calls, taken));
  EXPECT_TRUE(taken);
}

Awaitable<void> await_in_macro(int& calls) {
  // lint: allow await-macro, because this is the forbidden shape itself
  EXPECT_EQ((co_await make_text(calls, 'm')).size(), 70u);
}

TEST(Conditional, ForbiddenAwaitInsideAnExpectationRunsOnce) {
  int calls = 0;
  run(await_in_macro(calls));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace weir::toolchain
