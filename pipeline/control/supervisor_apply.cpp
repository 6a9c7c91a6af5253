// How one plan takes the place of another (I7):
//
//  1. build: everything new is constructed. Nothing is opened, nobody notices.
//  2. make_ready: new connections are opened, those that stay hear what is new to them; pipelines that switch open their
//     new sinks beside the old ones. Until here any error takes all of it back, and what ran runs on.
//  3. commit: pipelines that switch take the new graph into use, each for itself. Beside that, those that go or rejoin
//     drain; when they have left, those that rejoin or are new start: two never share a group, a file or a member id.
//  4. adopt, and close the connections that nobody uses any more.
//
// A pipeline that is kept is not mentioned in any of it.
#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/control/supervisor.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <utility>

namespace weir {

using namespace std::chrono_literals;

namespace {

constexpr Duration kOpenLimit = 30s;  // of the new sinks of a pipeline that switches

// Whether a pipeline that rejoins comes back to its group as the member that it was, which may keep its partitions.
bool has_same_consumer(const PipelinePlan& now, const PipelinePlan& next, const TopologyDiff& changes) {
  if (now.source.fingerprint != next.source.fingerprint) return false;
  return std::ranges::all_of(next.source.description.uses, [&changes](const Use& use) {
    if (use.what != Use::What::connection) return true;
    const auto change = std::ranges::find(changes.connections, use.name, &PartChange::name);
    return change == changes.connections.end() || change->what == PartChange::What::kept;
  });
}

Error stopping_error() {
  return {Errc::cancelled, "weir is stopping: the configuration is not changed any more"};
}

}  // namespace

struct Supervisor::Change {
  // What becomes of one pipeline that is not kept.
  struct Step {
    PipelineChange::What what{};
    bool sinks_or_routes_changed = false;
    const PipelinePlan* plan = nullptr;  // the next one; nullptr: it goes
    std::shared_ptr<Running> now;        // nothing: it did not run
    std::unique_ptr<Pipeline> built;     // of one that starts
    std::optional<GraphParts> graph;     // of one that switches
    bool prepared = false;
    bool leaves_group = false;  // its member of a group does not come back as the same one

    bool leaves() const { return now != nullptr && what != PipelineChange::What::switched; }
  };

  Topology next;
  TopologyDiff diff;
  Connections connections;                              // all of the next plan
  std::vector<std::shared_ptr<HeldConnection>> opened;  // those of them that were not there
  std::vector<Step> steps;
};

// apply() is under way while it exists.
class Supervisor::Applying {
 public:
  explicit Applying(Supervisor& supervisor) : supervisor_(supervisor) { supervisor_.applying_ = true; }
  ~Applying() {
    supervisor_.applying_ = false;
    supervisor_.changed_.notify_all();
  }
  Applying(const Applying&) = delete;
  Applying& operator=(const Applying&) = delete;

 private:
  Supervisor& supervisor_;
};

// A pipeline that has ended has nothing that could be kept.
TopologyDiff Supervisor::changes_to(const Topology& next) const {
  TopologyDiff changes = diff(plan_, next);
  for (PipelineChange& change : changes.pipelines) {
    const std::shared_ptr<Running> now = find(change.name);
    if (change.what != PipelineChange::What::switched || now == nullptr || !now->ended) continue;
    change.what = PipelineChange::What::rejoined;
    change.reasons.emplace_back(now->failure ? "it has failed" : "it has ended");
  }
  return changes;
}

Task<Result<ReloadReport>> Supervisor::apply(Topology next) {
  if (stopping_) co_return stopping_error();
  if (applying_) co_return Error(Errc::already_exists, "another configuration is being applied; ask again after that");
  const Applying applying(*this);
  const TimePoint begun = parts_.clock.now();
  Change change;
  change.diff = changes_to(next);
  change.next = std::move(next);
  Result<void> built = build(change);
  if (built.has_error()) co_return built.error();
  Result<void> ready = co_await make_ready(change);
  if (ready.has_value() && stopping_) ready = stopping_error();
  if (ready.has_error()) {
    co_await take_back(change);
    co_return ready.error();
  }
  co_await commit(change);
  ReloadReport report;
  report.changes = std::move(change.diff);
  report.took = parts_.clock.now() - begun;
  co_return report;
}

// Step 1.
Result<void> Supervisor::build(Change& change) {
  BuildScope scope = scope_;
  // Shared: a factory may keep the function.
  auto by_name = std::make_shared<std::map<std::string, std::shared_ptr<Connection>>>();
  scope.find_connection = [by_name](const std::string& name) -> std::shared_ptr<Connection> {
    const auto found = by_name->find(name);
    return found == by_name->end() ? nullptr : found->second;
  };
  for (const PartChange& connection : change.diff.connections) {
    const std::string& name = connection.name;
    if (connection.what == PartChange::What::removed) continue;
    std::shared_ptr<HeldConnection>& held = change.connections[name];
    if (connection.what == PartChange::What::kept) {
      held = connections_.at(name);
    } else {
      const ComponentPlan& plan = change.next.connections.at(name);
      BuildContext context = make_build_context(scope, "", name);
      Result<std::shared_ptr<Connection>> made = plan.type->make_connection(plan.config, context);
      if (made.has_error()) return made.error().with_context("connection '" + name + "'");
      Counter& failures = parts_.metrics.counter("weir_connection_failures_total", {{"connection", name}});
      held = std::make_shared<HeldConnection>(name, std::move(*made), parts_.clock, parts_.executors.control, failures);
      change.opened.push_back(held);
    }
    by_name->emplace(name, held->get());
  }
  for (const PipelineChange& wanted : change.diff.pipelines) {
    if (wanted.what == PipelineChange::What::kept || wanted.what == PipelineChange::What::off) continue;
    Change::Step& step = change.steps.emplace_back();
    step.what = wanted.what;
    step.sinks_or_routes_changed = wanted.sinks_or_routes_changed;
    step.now = find(wanted.name);
    step.leaves_group = true;
    if (!wanted.runs_after()) continue;
    step.plan = &*std::ranges::find(change.next.pipelines, wanted.name, &PipelinePlan::name);
    if (wanted.what == PipelineChange::What::switched) {
      Result<GraphParts> graph = step.now->pipeline->build_graph(*step.plan, step.now->plan, wanted, scope);
      if (graph.has_error()) return graph.error();
      step.graph = std::move(*graph);
    } else {
      step.leaves_group = step.now != nullptr && !has_same_consumer(step.now->plan, *step.plan, change.diff);
      Result<std::unique_ptr<Pipeline>> built = Pipeline::build(*step.plan, scope);
      if (built.has_error()) return built.error();
      step.built = std::move(*built);
    }
  }
  return {};
}

// Step 2.
Task<Result<void>> Supervisor::make_ready(Change& change) {
  for (const auto& [name, held] : change.connections) {
    std::vector<Use> uses;
    for (const PipelinePlan& plan : change.next.pipelines) {
      if (!plan.enabled) continue;
      for (Use& use : uses_of(plan)) {
        if (use.what != Use::What::connection && use.lies_at == name) uses.push_back(std::move(use));
      }
    }
    const bool is_new = std::ranges::find(change.opened, held) != change.opened.end();
    const bool has_news = held->expect(uses);
    if (!is_new && !has_news) continue;
    Result<void> opened = co_await held->open();
    if (opened.has_error()) co_return opened.error();
    if (stopping_) co_return stopping_error();
  }
  for (Change::Step& step : change.steps) {
    if (!step.graph) continue;
    GraphParts graph = std::move(*step.graph);
    Result<void> prepared = co_await step.now->pipeline->runner().prepare(std::move(graph), kOpenLimit);
    if (prepared.has_error()) co_return prepared.error().with_context("pipeline '" + step.plan->name + "'");
    step.prepared = true;
  }
  co_return Result<void>();
}

Task<void> Supervisor::take_back(Change& change) {
  for (Change::Step& step : change.steps) {
    if (step.prepared) co_await step.now->pipeline->runner().discard();
  }
  change.steps.clear();  // what was built may use the connections
  for (const std::shared_ptr<HeldConnection>& held : change.opened) co_await held->close();
}

// Step 3. From here on there is no way back; the connections are ours to close, whatever happens.
Task<void> Supervisor::commit(Change& change) {
  for (const auto& [name, held] : connections_) {
    const auto next = change.connections.find(name);
    if (next == change.connections.end() || next->second != held) retired_.push_back(held);
  }
  connections_ = change.connections;
  TaskGroup work(parts_.executors.control);
  for (std::size_t i = 0; i < change.steps.size(); ++i) {
    if (change.steps[i].prepared) work.spawn("switch " + change.steps[i].plan->name, switch_over(change, i));
  }
  work.spawn("replace", replace(change));
  co_await work.join();
  adopt(change);
  const std::vector<std::shared_ptr<HeldConnection>> unused = std::exchange(retired_, {});
  for (const std::shared_ptr<HeldConnection>& held : unused) co_await held->close();
}

Task<void> Supervisor::switch_over(Change& change, std::size_t step_index) {
  const Change::Step& step = change.steps[step_index];
  const std::shared_ptr<Running> running = step.now;
  SwitchSettings settings;
  settings.sinks_or_routes_changed = step.sinks_or_routes_changed;
  settings.drain = step.plan->settings.reload.drain;
  settings.waiting = [running](std::string why) {
    running->waiting_for = std::move(why);
  };
  SwitchReport report = co_await running->pipeline->runner().switch_over(std::move(settings));
  running->waiting_for.clear();
  if (!report.switched) co_return;
  running->plan = *step.plan;
  if (report.found + report.run_again == 0) co_return;
  log::info("writes that had no answer when the pipeline switched were looked up in the old sinks",
            {{"pipeline", running->plan.name}, {"found", report.found}, {"run_again", report.run_again}});
}

Task<void> Supervisor::replace(Change& change) {
  for (const Change::Step& step : change.steps) {
    if (!step.leaves()) continue;
    const TimePoint deadline = parts_.clock.now() + step.now->plan.settings.drain_timeout;
    Runner& runner = step.now->pipeline->runner();
    if (step.leaves_group) runner.leave_for_good();
    runner.drain(deadline);
  }
  co_await wait_until_left(change);
  for (Change::Step& step : change.steps) {
    if (!step.leaves()) continue;
    // What a person has paused stays so: the change is not theirs, and what they look into must not go on.
    if (step.built != nullptr && step.now->pipeline->runner().status().paused_by_request) step.built->runner().pause();
    std::erase(pipelines_, step.now);
    step.now = nullptr;
  }
  if (stopping_) co_return;
  for (Change::Step& step : change.steps) {
    if (step.built == nullptr) continue;
    auto running = std::make_shared<Running>();
    running->plan = *step.plan;
    running->pipeline = std::move(step.built);
    pipelines_.push_back(running);
    start(std::move(running));
  }
}

// A runner aborts in time by itself. One that cannot is waited for: what it holds must not be taken by another.
Task<void> Supervisor::wait_until_left(Change& change) {
  for (const Change::Step& step : change.steps) {
    if (!step.leaves()) continue;
    const TimePoint deadline = parts_.clock.now() + step.now->plan.settings.drain_timeout;
    bool told = false;
    while (!step.now->ended) {
      const Duration left = deadline - parts_.clock.now();
      if (left > Duration::zero()) {
        co_await wait_or_timeout(changed_, parts_.clock, left);
        continue;
      }
      if (!std::exchange(told, true)) {
        step.now->waiting_for = "it does not end, and what takes its place cannot start before that";
        log::error("the pipeline did not stop in time; what takes its place waits for it",
                   {{"pipeline", step.now->plan.name}});
      }
      co_await changed_.wait();
    }
    step.now->waiting_for.clear();
  }
}

// Step 4.
void Supervisor::adopt(Change& change) {
  const auto place_of = [&change](const std::shared_ptr<Running>& running) {
    return std::ranges::find(change.next.pipelines, running->plan.name, &PipelinePlan::name);
  };
  std::ranges::sort(pipelines_, {}, place_of);
  plan_ = std::move(change.next);
}

}  // namespace weir
