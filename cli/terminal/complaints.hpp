// Errors of single lines: the first ones are shown, the rest counted.
#pragma once

#include "cli/terminal/console.hpp"

#include <cstddef>
#include <ostream>
#include <string>

namespace weir::cli {

// Lifetime: the console outlives it. Executor: the main thread. Cancellation, Errors: none.
class Complaints {
 public:
  explicit Complaints(const Console& console) : console_(console) {}
  void operator()(const std::string& what) {
    constexpr std::size_t kMostShown = 20;
    if (++count_ <= kMostShown) console_.error(what);
    if (count_ == kMostShown + 1) console_.err << "(more of these are counted, not shown)\n";
  }

 private:
  const Console& console_;
  std::size_t count_ = 0;
};

}  // namespace weir::cli
