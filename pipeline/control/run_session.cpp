#include "pipeline/control/run_session.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace weir {

RunSession::RunSession(Parts parts, std::function<void()> notify)
    : parts_(std::move(parts)), notify_(std::move(notify)), changed_(parts_.control), tasks_(parts_.control) {}

void RunSession::start(Topology topology) {
  // TaskGroup is used on its own executor only.
  boost::asio::post(parts_.control, [this, plan = std::make_shared<Topology>(std::move(topology))] {
    tasks_.spawn("run", run(std::move(*plan)));
  });
}

void RunSession::stop() {
  if (stopping_ && !done_) {
    outcome_.aborted = true;
    parts_.supervisor.abort();
  }
  stopping_ = true;
  parts_.supervisor.stop_changing();
  changed_.notify_all();
}

bool RunSession::reload(std::string trigger) {
  if (parts_.reloader == nullptr) return false;
  if (begun_)
    parts_.reloader->request(std::move(trigger));
  else
    early_trigger_ = std::move(trigger);
  return true;
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
  const std::string config_hash = topology.config_hash;
  Result<ReloadReport> applied = co_await parts_.supervisor.apply(std::move(topology));
  if (applied.has_error() && !stopping_) {
    outcome_.refused = applied.error();
    // Somebody may have asked for a reload meanwhile: it must not start what nobody would stop.
    parts_.supervisor.stop_changing();
    if (parts_.reloader != nullptr) co_await parts_.reloader->stop();
    co_return;
  }
  begin_reloads(config_hash);
  TaskGroup waiting(parts_.control);
  waiting.spawn("wait", wait_for_work_to_end());
  if (parts_.watch != nullptr) waiting.spawn("watch", run_watch_loop());
  while (!work_ended_ && !stopping_) co_await changed_.wait();
  waiting.cancel();
  co_await waiting.join();
  if (work_ended_) parts_.supervisor.leave_for_good();
  // From here on the next stop() is the second one, whoever asked for the end.
  stopping_ = true;
  const TimePoint deadline = parts_.clock.now() + parts_.supervisor.drain_timeout();
  const bool drained = co_await parts_.supervisor.drain(deadline);
  // A reload that runs has ended with it, but for its last words.
  if (drained && parts_.reloader != nullptr) co_await parts_.reloader->stop();
  outcome_.drained = drained;
  outcome_.failure = parts_.supervisor.failure();
  outcome_.summary = parts_.supervisor.summary();
}

void RunSession::begin_reloads(std::string config_hash) {
  begun_ = true;
  if (parts_.reloader == nullptr) return;
  parts_.reloader->started_with(std::move(config_hash));
  if (!early_trigger_.empty()) parts_.reloader->request(std::move(early_trigger_));
}

Task<void> RunSession::run_watch_loop() {
  for (;;) {
    co_await parts_.watch->changed();
    std::string trigger = "a file has changed";
    parts_.reloader->request(std::move(trigger));
  }
}

// Tells of the end only after run() itself has ended: until then this object is in use.
void RunSession::finish() {
  boost::asio::post(parts_.control, [this] {
    if (!tasks_.empty()) return finish();
    notify_();
  });
}

Task<void> RunSession::wait_for_work_to_end() {
  if (parts_.until_idle) {
    co_await parts_.supervisor.wait_until_idle(*parts_.until_idle);
  } else {
    const bool stay = parts_.watch != nullptr;
    co_await parts_.supervisor.wait_until_ended(stay);
  }
  work_ended_ = true;
  changed_.notify_all();
}

}  // namespace weir
