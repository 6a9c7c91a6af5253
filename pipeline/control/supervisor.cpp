#include "pipeline/control/supervisor.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/retry.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <algorithm>
#include <exception>

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
      runs_(parts_.executors.control),
      openers_(std::in_place, parts_.executors.control) {}

Supervisor::~Supervisor() = default;

Task<Result<void>> Supervisor::apply(Topology topology) {
  if (applied_) {
    co_return Error(Errc::unsupported,
                    "a configuration is running already and reload comes later: stop weir and start it again");
  }
  Connections connections;
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  Result<void> built = build(topology, connections, pipelines);
  if (built.has_error()) co_return built.error();

  applied_ = true;
  connections_ = std::move(connections);
  announce_uses(topology);
  Result<void> opened = co_await open_connections();
  if (opened.has_error()) {
    openers_->cancel();
    co_await openers_->join();
    openers_.emplace(parts_.executors.control);
    co_await close_connections();
    connections_.clear();
    applied_ = false;
    co_return opened.error();
  }
  if (aborted_) co_return Result<void>();  // while the connections were opened: there is nothing to start
  pipelines_ = std::move(pipelines);
  if (leaves_for_good_) leave_for_good();  // told so while the connections were opened
  for (const PipelinePlan& plan : topology.pipelines) {
    if (!plan.enabled) disabled_.push_back(plan.name);
  }
  running_ = pipelines_.size();
  for (const std::unique_ptr<Pipeline>& pipeline : pipelines_) runs_.spawn(pipeline->name(), run_pipeline(*pipeline));
  co_return Result<void>();
}

Result<void> Supervisor::build(const Topology& topology, Connections& connections,
                               std::vector<std::unique_ptr<Pipeline>>& pipelines) {
  BuildScope scope = scope_;
  // Shared: a factory may keep the function.
  auto by_name = std::make_shared<std::map<std::string, std::shared_ptr<Connection>>>();
  scope.find_connection = [by_name](const std::string& name) -> std::shared_ptr<Connection> {
    const auto found = by_name->find(name);
    return found == by_name->end() ? nullptr : found->second;
  };
  for (const auto& [name, plan] : topology.connections) {
    BuildContext context = make_build_context(scope, "", name);
    Result<std::shared_ptr<Connection>> made = plan.type->make_connection(plan.config, context);
    if (made.has_error()) return made.error().with_context("connection '" + name + "'");
    by_name->emplace(name, *made);
    auto open = std::make_shared<Open>(Open{name, std::move(*made)});
    connections.push_back(std::move(open));
  }
  for (const PipelinePlan& plan : topology.pipelines) {
    if (!plan.enabled) continue;
    Result<std::unique_ptr<Pipeline>> pipeline = Pipeline::build(plan, scope);
    if (pipeline.has_error()) return pipeline.error();
    pipelines.push_back(std::move(*pipeline));
  }
  return {};
}

void Supervisor::announce_uses(const Topology& topology) {
  for (const std::shared_ptr<Open>& open : connections_) {
    std::vector<Use> expected;
    for (const PipelinePlan& plan : topology.pipelines) {
      if (!plan.enabled) continue;
      for (Use& use : uses_of(plan)) {
        if (use.what != Use::What::connection && use.lies_at == open->name) expected.push_back(std::move(use));
      }
    }
    open->connection->expect(expected);
  }
}

Task<Result<void>> Supervisor::open_connections() {
  for (const std::shared_ptr<Open>& open : connections_) {
    Result<void> opened = co_await open->connection->open();
    open->opened = opened.has_value();
    if (open->opened) continue;
    const Error error = opened.error().with_context("connection '" + open->name + "'");
    if (!error.retryable()) co_return error;
    log::warn("a connection could not be opened; trying again",
              {{"connection", open->name}, {"error", error.message()}});
    openers_->spawn("open " + open->name, keep_opening(open));
  }
  co_return Result<void>();
}

Task<void> Supervisor::keep_opening(std::shared_ptr<Open> open) {
  const RetryPolicy retry;
  for (std::uint32_t failures = 1;; ++failures) {
    co_await parts_.clock.sleep_for(retry.backoff(failures));
    Result<void> opened = co_await open->connection->open();
    open->opened = opened.has_value();
    if (open->opened) {
      log::info("the connection is open", {{"connection", open->name}});
      co_return;
    }
    log::warn("a connection could not be opened; trying again",
              {{"connection", open->name}, {"error", opened.error().message()}});
  }
}

Task<void> Supervisor::close_connections() {
  for (const std::shared_ptr<Open>& open : connections_) {
    if (open->opened) co_await open->connection->close();
    open->opened = false;
  }
}

// A pipeline that fails does not take the others with it.
Task<void> Supervisor::run_pipeline(Pipeline& pipeline) {
  std::optional<Error> failure;
  try {
    Result<void> ended = co_await pipeline.runner().run();
    if (ended.has_error()) failure = ended.error();
  } catch (const std::exception& error) {
    failure = Error(Errc::internal, std::string("a bug: ") + error.what());
  }
  if (failure && !failure_) failure_ = failure->with_context("pipeline '" + pipeline.name() + "'");
  --running_;
  changed_.notify_all();
}

Task<bool> Supervisor::drain(TimePoint deadline) {
  for (const std::unique_ptr<Pipeline>& pipeline : pipelines_) pipeline->runner().drain(deadline);
  while (running_ > 0 && parts_.clock.now() < deadline) {
    const Duration left = deadline - parts_.clock.now();
    co_await wait_or_timeout(changed_, parts_.clock, left);
  }
  if (running_ > 0) {
    for (const std::string& name : runs_.running())
      log::error("the pipeline did not stop in time", {{"pipeline", name}});
    co_return false;
  }
  co_await runs_.join();
  openers_->cancel();
  co_await openers_->join();
  co_await close_connections();
  co_return true;
}

void Supervisor::leave_for_good() {
  leaves_for_good_ = true;
  for (const std::unique_ptr<Pipeline>& pipeline : pipelines_) pipeline->runner().leave_for_good();
}

void Supervisor::abort() {
  aborted_ = true;
  for (const std::unique_ptr<Pipeline>& pipeline : pipelines_) pipeline->runner().abort();
}

Task<void> Supervisor::wait_until_ended() {
  while (running_ > 0) co_await changed_.wait();
}

Task<void> Supervisor::wait_until_idle(Duration duration) {
  while (running_ > 0) {
    const bool idle =
        std::all_of(pipelines_.begin(), pipelines_.end(), [duration](const std::unique_ptr<Pipeline>& pipeline) {
          const RunnerState state = pipeline->runner().state();
          return state == RunnerState::stopped || state == RunnerState::failed ||
                 pipeline->runner().idle_for() >= duration;
        });
    if (idle) co_return;
    co_await wait_or_timeout(changed_, parts_.clock, kIdlePoll);
  }
}

Summary Supervisor::summary() const {
  Summary summary;
  for (const std::unique_ptr<Pipeline>& pipeline : pipelines_) {
    PipelineSummary one = summarize(pipeline->runner());
    one.config_hash = pipeline->config_hash();
    summary.pipelines.push_back(std::move(one));
  }
  for (const std::string& name : disabled_) {
    PipelineSummary one;
    one.name = name;
    one.state = "disabled";
    summary.pipelines.push_back(std::move(one));
  }
  return summary;
}

}  // namespace weir
