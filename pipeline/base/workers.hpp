// Workers: the threads that lanes live on, and the one that controls.
#pragma once

#include "pipeline/base/task.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace weir {

class Blocking;
class BlockingThreads;

// Where things run: control, one executor per worker thread, and the threads that may block. In a test the executors
// may be the same, and what blocks is done at once.
struct Executors {
  Executor control;
  std::vector<Executor> lanes;   // not empty
  Blocking* blocking = nullptr;  // not null where components are made
};

// One thread and one io_context per worker (a lane lives on one of them for all its life), and one more for control:
// group membership, commits, signals, status. Control has a thread of its own, so that a busy lane cannot get the
// consumer thrown out of its group. What blocks has threads besides, so that nothing blocks control or a lane.
//
// Lifetime: outlives everything that runs on it. All that was spawned has ended before stop().
// Executor: the members are called from one thread, which is none of its own. Cancellation: none.
// Errors: an exception that leaves a handler is a bug and ends the process.
class Workers {
 public:
  // `count` 0 = one per processor.
  explicit Workers(std::size_t count = 0);
  ~Workers();  // stops, and waits for what still blocks
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
  std::unique_ptr<BlockingThreads> blocking_;  // last: its work ends before the executors go that it returns to
};

}  // namespace weir
