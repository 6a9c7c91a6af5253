#include "pipeline/base/task_group.hpp"

#include "pipeline/base/on_executor.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>

namespace weir {

namespace asio = boost::asio;

namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

// What happens when a task has ended. A named function object, as everywhere a
// handler is given to Asio: GCC 12 has corrupted the captures of lambdas there.
class TaskGroup::OnEnd {
 public:
  OnEnd(TaskGroup& group, std::list<Entry>::iterator entry) : group_(&group), entry_(entry) {}
  void operator()(std::exception_ptr failure) { group_->ended(entry_, std::move(failure)); }

 private:
  TaskGroup* group_;
  std::list<Entry>::iterator entry_;
};

TaskGroup::TaskGroup(Executor executor) : executor_(std::move(executor)), changed_(executor_) {}

TaskGroup::~TaskGroup() {
  assert(tasks_.empty() && "TaskGroup destroyed before join() returned");
}

void TaskGroup::spawn(std::string name, Task<void> task) {
  assert_on(executor_);
  const auto entry = tasks_.emplace(tasks_.end());
  entry->name = std::move(name);
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(entry->cancel.slot(), OnEnd(*this, entry)));
  if (cancelled_) entry->cancel.emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel() {
  assert_on(executor_);
  cancelled_ = true;
  // A task may end, and leave the list, while the signal is emitted.
  for (auto next = tasks_.begin(); next != tasks_.end();) {
    const auto entry = next++;
    entry->cancel.emit(asio::cancellation_type::terminal);
  }
}

void TaskGroup::ended(std::list<Entry>::iterator entry, std::exception_ptr failure) {
  assert_on(executor_);
  tasks_.erase(entry);
  if (failure && !is_cancellation(failure) && !failure_) {
    failure_ = std::move(failure);
    cancel();
  }
  if (tasks_.empty()) changed_.notify_all();
}

Task<void> TaskGroup::join() {
  assert_on(executor_);
  while (!tasks_.empty()) co_await changed_.wait();
  if (failure_) std::rethrow_exception(failure_);
}

std::vector<std::string> TaskGroup::running() const {
  std::vector<std::string> names;
  for (const Entry& entry : tasks_) names.push_back(entry.name);
  return names;
}

}  // namespace weir
