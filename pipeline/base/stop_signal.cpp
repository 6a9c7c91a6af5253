#include "pipeline/base/stop_signal.hpp"

#include <algorithm>

namespace weir {

void StopSignal::drain(TimePoint deadline) {
  deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
  changed_.notify_all();
}

void StopSignal::abort() {
  aborting_ = true;
  changed_.notify_all();
}

Task<void> StopSignal::wait() {
  while (!draining() && !aborting()) co_await changed_.wait();
}

}  // namespace weir
