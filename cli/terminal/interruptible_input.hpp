// Input that ends at Ctrl-C as it does at its end: what was read before is still worked off.
#pragma once

#include "pipeline/control/process_signals.hpp"

#include <array>
#include <streambuf>

namespace weir::cli {

// Reads a descriptor until its end, an error, or a signal that asks to stop.
//
// Lifetime: the signals outlive it; the descriptor stays the caller's. Executor: the main thread. Cancellation: the
// signal. Errors: failed() after the end.
class InterruptibleInput final : public std::streambuf {
 public:
  InterruptibleInput(int descriptor, ProcessSignals& signals) : descriptor_(descriptor), signals_(signals) {}
  bool interrupted() const { return interrupted_; }
  // The errno of a read that failed; 0: none did.
  int failed() const { return failed_; }

 protected:
  int_type underflow() override;

 private:
  const int descriptor_;
  ProcessSignals& signals_;
  std::array<char, 65536> buffer_{};
  bool interrupted_ = false;
  int failed_ = 0;
};

}  // namespace weir::cli
