// SIGINT, SIGTERM and SIGHUP as something to wait for, instead of handlers.
#pragma once

#include "pipeline/base/clock.hpp"

#include <memory>
#include <optional>
#include <semaphore>
#include <thread>

namespace weir {

// Keeps the three signals from interrupting anything and hands them out one by one.
//
// Lifetime: made by the main thread before other threads start (they inherit the mask); restores the mask at its end,
// where signals that nobody has taken are dropped.
// Executor: the main thread. Cancellation: none. Errors: throws std::system_error when the system refuses.
class ProcessSignals {
 public:
  ProcessSignals();
  ~ProcessSignals();
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;

  enum class Event { stop, reload, input_closed };
  // A signal that has come and was not handed out yet. Never blocks.
  std::optional<Event> take();
  // Whether a SIGINT was among the stops handed out: somebody at a terminal is done, where a SIGTERM may be half of a
  // restart.
  bool interrupted() const { return interrupted_; }
  // Readable when take() has something.
  int descriptor() const { return file_; }
  // The next event, or nothing after `limit` (no limit: waits for ever). `input`: a descriptor whose end is an event
  // too; -1 = none.
  std::optional<Event> wait(std::optional<Duration> limit, int input = -1);

 private:
  struct Mask;
  std::unique_ptr<Mask> old_;
  int file_;
  bool interrupted_ = false;
};

// While it lives, SIGINT and SIGTERM end the process as if nobody had taken them in hand: for a start that may take
// long (a server looks through its logs) and leaves nothing that would have to be put in order. The threads that the
// start makes are left in peace, as ProcessSignals wants it.
//
// Lifetime: within that of the ProcessSignals. Executor: the main thread. Cancellation, Errors: none.
class StopSignalsEndProcess {
 public:
  StopSignalsEndProcess();
  ~StopSignalsEndProcess();
  StopSignalsEndProcess(const StopSignalsEndProcess&) = delete;
  StopSignalsEndProcess& operator=(const StopSignalsEndProcess&) = delete;

 private:
  std::binary_semaphore over_{0};
  std::thread open_to_signals_;
};

}  // namespace weir
