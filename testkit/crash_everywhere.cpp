#include "testkit/crash_everywhere.hpp"

#include "testkit/effects.hpp"

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace weir::testkit {

namespace {

struct CrashPlace {
  std::size_t call = 0;
  CrashAt at = CrashAt::before_apply;
};

// One run of a scenario, from nothing to the end.
struct ScenarioRun {
  Effects effects;
  std::vector<Call> calls;  // of the first process
  std::string died_at;      // empty: it was not killed
  std::string trouble;      // what is wrong already without a comparison
  std::string unwanted;     // what the scenario itself says of the end
};

Process::Settings process_settings(const Scenario& scenario) {
  Process::Settings settings;
  settings.workers = scenario.workers;
  return settings;
}

using Companions = std::vector<std::unique_ptr<Process>>;

// They are up before the one that may die is started.
std::string start_companions(const Scenario& scenario, World& world, Companions& companions) {
  for (std::size_t i = 0; i < scenario.companions; ++i) {
    Process::Settings settings = process_settings(scenario);
    settings.name = "companion-" + std::to_string(i + 1);
    companions.push_back(std::make_unique<Process>(world, scenario.plan, std::move(settings)));
    const Result<void> started = companions.back()->start();
    if (started.has_error()) return "no failure: " + started.error().message();
  }
  return {};
}

std::string stop_companions(Companions& companions) {
  for (const std::unique_ptr<Process>& companion : companions) {
    if (!companion->stop()) return "clean stop: " + companion->name() + " did not stop in time";
    if (companion->failure()) return "no failure: " + companion->failure()->message();
  }
  return {};
}

// Topics that are input, whoever else writes to them.
TopicsAt read_topics(const Topology& plan, World& world) {
  TopicsAt read;
  for (const PipelinePlan& pipeline : plan.pipelines) {
    for (const Use& use : uses_of(pipeline)) {
      if (use.what != Use::What::topic || use.how != Use::How::reads) continue;
      const std::string broker = world.kafka_name(use.lies_at);
      if (use.is_exact) read.emplace(broker, use.name);
      if (!use.takes) continue;
      for (const std::string& topic : world.kafka(use.lies_at).topics()) {
        if (use.takes(topic)) read.emplace(broker, topic);
      }
    }
  }
  return read;
}

std::string trouble_of(const Process& process) {
  return process.failure() ? "no failure: " + process.failure()->message() : std::string();
}

// Works on until all is idle, and stops.
std::string work_until_idle(World& world, Process& process, Duration limit) {
  const Waited waited = world.run_until_idle(limit);
  if (!process.running()) return {};
  if (!waited) return "no standstill: not idle after all this time\n" + waited.why;
  if (!process.stop() && process.running()) return "clean stop: it did not stop in time";
  return trouble_of(process);
}

std::string act_out(const Scenario& scenario, World& world, Process& process) {
  const Result<void> started = process.start();
  if (started.has_error() && process.state() != Process::State::crashed)
    return "no failure: " + started.error().message();
  if (process.running() && scenario.act) scenario.act(world, process);
  return process.running() ? work_until_idle(world, process, scenario.limit) : std::string();
}

std::string take_over(const Scenario& scenario, World& world) {
  if (scenario.between) scenario.between(world);
  Process next(world, scenario.plan, process_settings(scenario));
  const Result<void> started = next.start();
  if (started.has_error()) return "no failure: " + started.error().message();
  return work_until_idle(world, next, scenario.limit);
}

ScenarioRun run_once(const Scenario& scenario, const CrashPlace* place) {
  ScenarioRun run;
  World world(scenario.world);
  world.know(scenario.plan);
  if (scenario.arrange) scenario.arrange(world);
  const TopicSizes before = topic_sizes(world);
  Companions companions;
  run.trouble = start_companions(scenario, world, companions);
  if (run.trouble.empty()) {
    Process process(world, scenario.plan, process_settings(scenario));
    if (place != nullptr) {
      process.crash_when(
          [place](const Call& call, CrashAt at) { return call.index == place->call && at == place->at; });
    }
    run.trouble = act_out(scenario, world, process);
    run.died_at = process.died_at().value_or(std::string());
    run.calls = process.calls();
  }
  if (run.trouble.empty() && !run.died_at.empty()) run.trouble = take_over(scenario, world);
  if (run.trouble.empty()) run.trouble = stop_companions(companions);
  run.effects = effects_of(world, before, read_topics(scenario.plan, world));
  if (run.trouble.empty() && scenario.check) run.unwanted = scenario.check(world);
  return run;
}

}  // namespace

CrashReport crash_everywhere(const Scenario& scenario) {
  CrashReport report;
  const ScenarioRun without = run_once(scenario, nullptr);
  if (!without.trouble.empty() || !without.unwanted.empty()) {
    report.broken = BrokenPromise{"without a crash", without.trouble + without.unwanted};
    return report;
  }
  for (const Call& call : without.calls) {
    for (const CrashAt at : {CrashAt::before_apply, CrashAt::after_apply}) {
      if (call.kind == CallKind::fetch && at == CrashAt::after_apply) continue;  // it changes nothing
      const CrashPlace place{call.index, at};
      const ScenarioRun run = run_once(scenario, &place);
      std::string what = run.trouble;
      if (run.died_at.empty()) what = "the same run again: this call was not made";
      if (what.empty()) what = broken_promise(without.effects, run.effects);
      if (what.empty()) what = run.unwanted;
      ++report.crashes;
      if (what.empty()) continue;
      report.broken = BrokenPromise{describe_crash(call, at), std::move(what)};
      return report;
    }
  }
  return report;
}

}  // namespace weir::testkit
