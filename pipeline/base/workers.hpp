// Workers: the threads that lanes live on, and the one that controls.
#pragma once

#include "pipeline/base/task.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace weir {

// Where things run: control, and one executor per worker thread. In a test all of them may be the same.
struct Executors {
  Executor control;
  std::vector<Executor> lanes;  // not empty
};

// One thread and one io_context per worker (a lane lives on one of them for all its life), and one more for control:
// group membership, commits, signals, status. Control has a thread of its own, so that a busy lane cannot get the
// consumer thrown out of its group.
//
// Lifetime: outlives everything that runs on it. All that was spawned has ended before stop().
// Executor: the members are called from one thread, which is none of its own. Cancellation: none.
// Errors: an exception that leaves a handler is a bug and ends the process.
class Workers {
 public:
  // `count` 0 = one per processor.
  explicit Workers(std::size_t count = 0);
  ~Workers();  // stops
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();  // idempotent
  void stop();   // lets go of pending work, joins the threads; idempotent, also before start()

  Executor control() const;
  Executors executors() const;
  operator Executors() const { return executors(); }

 private:
  struct Worker;
  std::unique_ptr<Worker> control_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace weir
