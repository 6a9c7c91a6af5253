// Shared by the canaries: an object that counts its lives, and a way to run one coroutine to its end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace weir::toolchain {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// Counts constructions minus destructions of all its copies. Balanced = 0; below = something was destroyed twice.
struct Lives {
  int alive = 0;
  int made = 0;
};

// Something with a non-trivial life that tells its Lives.
class Probe {
 public:
  explicit Probe(Lives& lives) : lives_(&lives) { born(); }
  Probe(const Probe& other) : lives_(other.lives_) { born(); }
  Probe(Probe&& other) noexcept : lives_(other.lives_) { born(); }
  Probe& operator=(const Probe&) = default;
  Probe& operator=(Probe&&) noexcept = default;
  ~Probe() { --lives_->alive; }

 private:
  void born() {
    ++lives_->alive;
    ++lives_->made;
  }
  Lives* lives_;
};

// What co_spawn calls at the end: a failure of the coroutine comes out of run().
struct Rethrow {
  void operator()(std::exception_ptr failure) const {
    if (failure) std::rethrow_exception(failure);
  }
};

inline void run(Awaitable<void> task) {
  boost::asio::io_context context(1);
  boost::asio::co_spawn(context, std::move(task), Rethrow());
  context.run();
}

// The verdict on a shape that the house rules forbid: `known_gcc12` is what is left alive under the GCC 12 they were
// written for, and other compilers must be right. A failure means that the compiler changed: read the rule again.
inline void expect_lives(const char* shape, const Lives& lives, int known_gcc12) {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
  EXPECT_EQ(lives.alive, known_gcc12) << shape
                                      << ": this GCC 12 differs from the one that the house rules were written for";
#else
  EXPECT_EQ(lives.alive, 0) << shape << ": this compiler destroys values of an awaited expression wrongly";
#endif
}

}  // namespace weir::toolchain
