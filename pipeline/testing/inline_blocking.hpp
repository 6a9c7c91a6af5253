// InlineBlocking: does at once what would block, for tests of one thread under virtual time.
#pragma once

#include "pipeline/base/blocking.hpp"

namespace weir::testing {

// Lifetime, Executor, Cancellation, Errors: see Blocking.
class InlineBlocking final : public Blocking {
 public:
  void post(std::function<void()> work) override { work(); }
};

}  // namespace weir::testing
