// How much comparing a file may cost: checks that look at every pair of things must end for hostile files, too.
#pragma once

#include <cstddef>

namespace weir::detail {

// Lifetime: one check of a plan. Executor: one thread. Cancellation, Errors: none.
class CheckBudget {
 public:
  // What one match of an expression costs, in comparisons of two names.
  static constexpr std::size_t kExpression = 100;

  // False when that much is not left; then nothing more is.
  bool spend(std::size_t comparisons) {
    left_ = comparisons <= left_ ? left_ - comparisons : 0;
    return left_ > 0;
  }
  bool is_spent() const { return left_ == 0; }

 private:
  std::size_t left_ = 20'000'000;  // far beyond use, and a second at most
};

}  // namespace weir::detail
