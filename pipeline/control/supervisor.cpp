#include "pipeline/control/supervisor.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace weir {

using namespace std::chrono_literals;

namespace {

constexpr Duration kIdlePoll = 20ms;

}  // namespace

Supervisor::Supervisor(Parts parts)
    : parts_(std::move(parts)),
      scope_{.registry = parts_.registry,
             .clock = parts_.clock,
             .metrics = parts_.metrics,
             .executors = parts_.executors,
             .data_dir = parts_.data_dir,
             .find_connection = {}},
      changed_(parts_.executors.control),
      runs_(parts_.executors.control) {}

Supervisor::~Supervisor() = default;

std::shared_ptr<Supervisor::Running> Supervisor::find(std::string_view name) const {
  const auto found = std::ranges::find(
      pipelines_, name, [](const std::shared_ptr<Running>& running) -> std::string_view { return running->plan.name; });
  return found == pipelines_.end() ? nullptr : *found;
}

Runner* Supervisor::find_runner(std::string_view name) const {
  const std::shared_ptr<Running> running = find(name);
  return running == nullptr ? nullptr : &running->pipeline->runner();
}

void Supervisor::start(std::shared_ptr<Running> running) {
  ++running_;
  if (leaves_for_good_) running->pipeline->runner().leave_for_good();  // told so while connections were opened
  const std::string name = running->plan.name;
  runs_.spawn(name, run_pipeline(std::move(running)));
}

// A pipeline that fails does not take the others with it.
Task<void> Supervisor::run_pipeline(std::shared_ptr<Running> running) {
  try {
    Result<void> ended = co_await running->pipeline->runner().run();
    if (ended.has_error()) running->failure = ended.error();
  } catch (const std::exception& error) {
    running->failure = Error(Errc::internal, std::string("a bug: ") + error.what());
  }
  running->ended = true;
  --running_;
  changed_.notify_all();
}

std::vector<std::string> Supervisor::waiting_for() const {
  std::vector<std::string> sentences;
  for (const std::shared_ptr<Running>& running : pipelines_) {
    if (!running->waiting_for.empty())
      sentences.push_back("pipeline '" + running->plan.name + "': " + running->waiting_for);
  }
  return sentences;
}

void Supervisor::stop_changing() {
  stopping_ = true;
  changed_.notify_all();
}

Task<bool> Supervisor::drain(TimePoint deadline) {
  stop_changing();
  for (const std::shared_ptr<Running>& running : pipelines_) running->pipeline->runner().drain(deadline);
  while ((running_ > 0 || applying_) && parts_.clock.now() < deadline) {
    const Duration left = deadline - parts_.clock.now();
    co_await wait_or_timeout(changed_, parts_.clock, left);
  }
  if (running_ > 0 || applying_) {
    for (const std::string& name : runs_.running())
      log::error("the pipeline did not stop in time", {{"pipeline", name}});
    if (applying_) log::error("a change of the configuration did not end in time");
    co_return false;
  }
  co_await runs_.join();
  co_await close_connections();
  co_return true;
}

Duration Supervisor::drain_timeout() const {
  // Between two plans there may be no pipeline for a moment, and connections that open or close.
  Duration longest = applying_ ? PipelineSettings().drain_timeout : Duration::zero();
  for (const std::shared_ptr<Running>& running : pipelines_)
    longest = std::max(longest, running->plan.settings.drain_timeout);
  return longest;
}

void Supervisor::leave_for_good() {
  leaves_for_good_ = true;
  for (const std::shared_ptr<Running>& running : pipelines_) running->pipeline->runner().leave_for_good();
}

void Supervisor::abort() {
  stop_changing();
  for (const std::shared_ptr<Running>& running : pipelines_) running->pipeline->runner().abort();
}

Task<void> Supervisor::close_connections() {
  for (const std::shared_ptr<HeldConnection>& held : retired_) co_await held->close();
  retired_.clear();
  for (const auto& [name, held] : connections_) co_await held->close();
}

Task<void> Supervisor::wait_until_ended(bool stay) {
  while (running_ > 0 || applying_ || (stay && pipelines_.empty())) co_await changed_.wait();
}

Task<void> Supervisor::wait_until_idle(Duration duration) {
  while (running_ > 0 || applying_) {
    const bool idle = std::ranges::all_of(pipelines_, [duration](const std::shared_ptr<Running>& running) {
      return running->ended || running->pipeline->runner().idle_for() >= duration;
    });
    if (idle && !applying_) co_return;
    co_await wait_or_timeout(changed_, parts_.clock, kIdlePoll);
  }
}

std::optional<Error> Supervisor::failure() const {
  for (const std::shared_ptr<Running>& running : pipelines_) {
    if (running->failure) return running->failure->with_context("pipeline '" + running->plan.name + "'");
  }
  return std::nullopt;
}

Summary Supervisor::summary() const {
  Summary summary;
  for (const std::shared_ptr<Running>& running : pipelines_) {
    PipelineSummary one = summarize(running->pipeline->runner());
    one.config_hash = running->plan.config_hash;
    summary.pipelines.push_back(std::move(one));
  }
  for (const PipelinePlan& plan : plan_.pipelines) {
    if (plan.enabled) continue;
    PipelineSummary one;
    one.name = plan.name;
    one.state = "disabled";
    summary.pipelines.push_back(std::move(one));
  }
  for (const auto& [name, held] : connections_) {
    const auto plan = plan_.connections.find(name);
    const std::string kind = plan == plan_.connections.end() ? std::string() : plan->second.type->name;
    summary.connections.push_back({name, kind, held->is_open(), held->trouble()});
  }
  return summary;
}

}  // namespace weir
