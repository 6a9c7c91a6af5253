// MemoryFile: what stands below the sinks `file` and `stdout` in a simulated world.
#pragma once

#include "pipeline/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::testkit {

// Lines that were written, whoever wrote them.
//
// Lifetime: the world's. Executor: the world's. Cancellation: none. Errors: the one that fail_with() was given.
class MemoryFile {
 public:
  Result<void> append(std::string_view bytes);
  // Writing fails from now on (a full disk); nothing: it works again.
  void fail_with(std::optional<Error> error) { error_ = std::move(error); }

  const std::string& text() const { return text_; }
  std::vector<std::string> lines() const;  // without their ends

 private:
  std::string text_;
  std::optional<Error> error_;
};

}  // namespace weir::testkit
