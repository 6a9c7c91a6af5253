// TaskGroup: the only spawner of coroutines.
#pragma once

#include "pipeline/base/signal.hpp"
#include "pipeline/base/task.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <list>
#include <string>
#include <vector>

namespace weir {

// A set of named tasks on one executor that start, fail and end together.
//
// Lifetime: join() must have returned before it is destroyed (asserted).
// Executor: the one given; all members are called on it.
// Cancellation: cancel() sends terminal cancellation to every task. join() itself is not cancelled by it.
// Errors: the first exception of a task, other than cancellation, cancels the siblings and is rethrown by join().
class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the task (its first step runs later, from the executor). After cancel() the task is cancelled at once.
  void spawn(std::string name, Task<void> task);
  void cancel();
  // Returns when no task is left. Rethrows the first failure. May be called again.
  Task<void> join();

  bool empty() const { return tasks_.empty(); }
  // Names of the tasks still running: who blocks a stop.
  std::vector<std::string> running() const;

 private:
  struct Entry {
    std::string name;
    boost::asio::cancellation_signal cancel;
  };
  class OnEnd;
  void ended(std::list<Entry>::iterator entry, std::exception_ptr failure);

  Executor executor_;
  std::list<Entry> tasks_;
  std::exception_ptr failure_;
  bool cancelled_ = false;
  Signal changed_;
};

}  // namespace weir
