#include "pipeline/control/reloader.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/control/steady_load.hpp"
#include "pipeline/control/supervisor.hpp"
#include "pipeline/topology/diff_text.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace weir {

namespace {

constexpr std::size_t kMostFindingsInLog = 20;

// Those who ask for the same reload, and how it went once it did.
struct Pass {
  std::string triggers;
  std::optional<ReloadOutcome> outcome;
};

void log_refused(const ReloadOutcome& outcome) {
  log::error("the new configuration was refused; the one before it runs on",
             {{"trigger", outcome.trigger}, {"error", outcome.error ? outcome.error->message() : "it has errors"}});
}

void log_outcome(const ReloadOutcome& outcome) {
  std::size_t shown = 0;
  for (const config::Diagnostic& finding : outcome.findings.all()) {
    if (++shown > kMostFindingsInLog) break;
    if (finding.severity == config::Severity::error)
      log::error(finding.str());
    else
      log::warn(finding.str());
  }
  if (outcome.kind == ReloadOutcome::Kind::refused) return log_refused(outcome);
  if (outcome.kind == ReloadOutcome::Kind::unchanged)
    return log::info("the configuration is what runs already", {{"trigger", outcome.trigger}});
  for (const std::string& sentence : describe_changes(outcome.changes, Unchanged::left_out)) log::info(sentence);
  log::info("the new configuration runs", {{"trigger", outcome.trigger},
                                           {"config_hash", outcome.config_hash},
                                           {"seconds", std::chrono::duration<double>(outcome.took).count()}});
}

}  // namespace

struct Reloader::Impl {
  explicit Impl(Parts given) : parts(std::move(given)), changed(parts.control), tasks(parts.control) {}

  std::shared_ptr<Pass> join_next(std::string trigger);
  Task<void> run_loop();
  Task<ReloadOutcome> carry_out(std::string trigger);
  Task<void> apply(Topology topology, ReloadOutcome& outcome);
  void settle(ReloadOutcome outcome, Pass& pass);
  ReloadOutcome refused(const std::string& trigger, Error why) const;
  void show_hash(const std::string& hash);

  Parts parts;
  std::shared_ptr<Pass> next;  // nothing: nobody waits for one to begin
  bool running = false;
  bool stopping = false;
  std::optional<ReloadOutcome> last;
  std::string config_hash;
  Signal changed;  // a pass is settled
  TaskGroup tasks;
};

// Triggers that repeat, as those of a thousand impatient people do, are named once.
std::shared_ptr<Pass> Reloader::Impl::join_next(std::string trigger) {
  if (next == nullptr) next = std::make_shared<Pass>();
  std::shared_ptr<Pass> pass = next;
  if (pass->triggers.find(trigger) == std::string::npos)
    pass->triggers += (pass->triggers.empty() ? "" : ", ") + trigger;
  if (stopping) {
    pass->outcome = refused(pass->triggers, Error(Errc::cancelled, "weir is stopping"));
    next.reset();
  } else if (!running) {
    running = true;
    tasks.spawn("reload", run_loop());
  }
  return pass;
}

Task<void> Reloader::Impl::run_loop() {
  while (next != nullptr) {
    const std::shared_ptr<Pass> pass = std::exchange(next, nullptr);
    std::string trigger = pass->triggers;
    ReloadOutcome outcome = co_await carry_out(std::move(trigger));
    settle(std::move(outcome), *pass);
  }
  running = false;
}

Task<ReloadOutcome> Reloader::Impl::carry_out(std::string trigger) {
  ReloadOutcome outcome;
  outcome.kind = ReloadOutcome::Kind::refused;
  outcome.trigger = std::move(trigger);
  outcome.config_hash = config_hash;
  const TimePoint begun = parts.clock.now();
  LoadedConfig loaded;
  std::function<void()> work = [this, &loaded] {
    loaded = load_steadily(parts.files, parts.registry, parts.environment, parts.env_files);
    if (!loaded.topology || !parts.admit) return;
    if (const Result<void> admitted = parts.admit(*loaded.topology); !admitted) loaded.error = admitted.error();
  };
  co_await parts.blocking.run(std::move(work));
  outcome.findings = std::move(loaded.findings);
  outcome.error = std::move(loaded.error);
  if (loaded.topology) outcome.changes = parts.supervisor.changes_to(*loaded.topology);
  if (loaded.topology && !outcome.error) co_await apply(std::move(*loaded.topology), outcome);
  outcome.at = parts.clock.wall_now();
  outcome.took = parts.clock.now() - begun;
  co_return outcome;
}

Task<void> Reloader::Impl::apply(Topology topology, ReloadOutcome& outcome) {
  const std::string hash = topology.config_hash;
  try {
    Result<ReloadReport> applied = co_await parts.supervisor.apply(std::move(topology));
    if (applied.has_error()) {
      outcome.error = applied.error();
    } else {
      outcome.kind = applied->changes.empty() ? ReloadOutcome::Kind::unchanged : ReloadOutcome::Kind::applied;
      outcome.changes = std::move(applied->changes);
      outcome.config_hash = hash;
      if (parts.applied && outcome.kind == ReloadOutcome::Kind::applied) parts.applied(parts.supervisor.plan());
    }
  } catch (const std::exception& bug) {
    outcome.error = Error(Errc::internal, std::string("a bug: ") + bug.what());
  }
}

void Reloader::Impl::settle(ReloadOutcome outcome, Pass& pass) {
  parts.metrics.counter("weir_reloads_total", {{"result", std::string(to_string(outcome.kind))}}).add();
  if (outcome.kind != ReloadOutcome::Kind::refused) show_hash(outcome.config_hash);
  log_outcome(outcome);
  last = outcome;
  pass.outcome = std::move(outcome);
  changed.notify_all();
}

ReloadOutcome Reloader::Impl::refused(const std::string& trigger, Error why) const {
  ReloadOutcome outcome;
  outcome.kind = ReloadOutcome::Kind::refused;
  outcome.trigger = trigger;
  outcome.at = parts.clock.wall_now();
  outcome.config_hash = config_hash;
  outcome.error = std::move(why);
  return outcome;
}

void Reloader::Impl::show_hash(const std::string& hash) {
  if (!config_hash.empty()) parts.metrics.gauge("weir_config_info", {{"hash", config_hash}}).set(0);
  config_hash = hash;
  parts.metrics.gauge("weir_config_info", {{"hash", config_hash}}).set(1);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(parts.clock.wall_now().time_since_epoch());
  parts.metrics.gauge("weir_config_loaded_timestamp_seconds").set(seconds.count());
}

Reloader::Reloader(Parts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {}

Reloader::~Reloader() = default;

void Reloader::started_with(std::string config_hash) {
  for (const ReloadOutcome::Kind kind :
       {ReloadOutcome::Kind::unchanged, ReloadOutcome::Kind::applied, ReloadOutcome::Kind::refused}) {
    impl_->parts.metrics.counter("weir_reloads_total", {{"result", std::string(to_string(kind))}});
  }
  impl_->show_hash(config_hash);
}

Task<ReloadOutcome> Reloader::reload(std::string trigger) {
  const std::shared_ptr<Pass> pass = impl_->join_next(std::move(trigger));
  while (!pass->outcome.has_value()) co_await impl_->changed.wait();
  co_return *pass->outcome;
}

void Reloader::request(std::string trigger) {
  impl_->join_next(std::move(trigger));
}

bool Reloader::busy() const {
  return impl_->running;
}

std::vector<std::string> Reloader::waiting_for() const {
  return impl_->parts.supervisor.waiting_for();
}

std::optional<ReloadOutcome> Reloader::last() const {
  return impl_->last;
}

Task<void> Reloader::stop() {
  impl_->stopping = true;
  if (const std::shared_ptr<Pass> pass = std::exchange(impl_->next, nullptr))
    pass->outcome = impl_->refused(pass->triggers, Error(Errc::cancelled, "weir is stopping"));
  impl_->changed.notify_all();
  co_await impl_->tasks.join();
}

}  // namespace weir
