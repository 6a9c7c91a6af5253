#include "pipeline/control/run_session.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace weir {

RunSession::RunSession(Supervisor& supervisor, Clock& clock, Executor control, Settings settings,
                       std::function<void()> notify)
    : supervisor_(supervisor),
      clock_(clock),
      control_(std::move(control)),
      settings_(settings),
      notify_(std::move(notify)),
      changed_(control_),
      tasks_(control_) {}

void RunSession::start(Topology topology) {
  // TaskGroup is used on its own executor only.
  boost::asio::post(control_, [this, plan = std::make_shared<Topology>(std::move(topology))] {
    tasks_.spawn("run", run(std::move(*plan)));
  });
}

void RunSession::stop() {
  if (stopping_ && !done_) {
    outcome_.aborted = true;
    supervisor_.abort();
  }
  stopping_ = true;
  changed_.notify_all();
}

// An exception is a bug of a component. Nobody knows then what still runs.
Task<void> RunSession::run(Topology topology) {
  try {
    co_await apply_and_drain(std::move(topology));
  } catch (const std::exception& bug) {
    outcome_.failure = Error(Errc::internal, std::string("a bug: ") + bug.what());
    outcome_.drained = false;
  }
  done_ = true;
  finish();
}

Task<void> RunSession::apply_and_drain(Topology topology) {
  Result<void> applied = co_await supervisor_.apply(std::move(topology));
  if (applied) {
    TaskGroup waiting(control_);
    waiting.spawn("wait", wait_for_work_to_end());
    while (!work_ended_ && !stopping_) co_await changed_.wait();
    waiting.cancel();
    co_await waiting.join();
    if (work_ended_) supervisor_.leave_for_good();
    // From here on the next stop() is the second one, whoever asked for the end.
    stopping_ = true;
    const TimePoint deadline = clock_.now() + settings_.drain_timeout;
    const bool drained = co_await supervisor_.drain(deadline);
    outcome_.drained = drained;
    outcome_.failure = supervisor_.failure();
    outcome_.summary = supervisor_.summary();
  } else {
    outcome_.refused = applied.error();
  }
}

// Tells of the end only after run() itself has ended: until then this object is in use.
void RunSession::finish() {
  boost::asio::post(control_, [this] {
    if (!tasks_.empty()) return finish();
    notify_();
  });
}

Task<void> RunSession::wait_for_work_to_end() {
  if (settings_.until_idle) {
    co_await supervisor_.wait_until_idle(*settings_.until_idle);
  } else {
    co_await supervisor_.wait_until_ended();
  }
  work_ended_ = true;
  changed_.notify_all();
}

}  // namespace weir
