#include "testkit/run/run_case.hpp"

#include "testkit/process.hpp"
#include "testkit/run/gather.hpp"
#include "testkit/run/input.hpp"
#include "testkit/run/troubles.hpp"
#include "testkit/run/watch.hpp"
#include "testkit/world.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace weir::testkit {

namespace {

class Runner {
 public:
  Runner(const Case& test, const Topology& plan, const FindPlan& find_plan)
      : test_(test),
        plan_(plan),
        find_plan_(find_plan),
        world_(world_settings(test)),
        watch_(world_.clock()),
        troubles_(world_, test.faults) {}

  Result<Observed> run() {
    world_.know(plan_);
    input_.emplace(world_, plan_);
    input_->make_topics(test_);
    troubles_.arrange();
    Result<void> done = start();
    if (done.has_error()) return done.error();
    world_.run_until_idle(test_.limit);
    begun_ = world_.now();
    watch_.begin();
    for (const Step& step : test_.steps) {
      done = std::visit([this](const auto& what) { return take(what); }, step.what);
      if (done.has_error()) return done.error().with_context(step.mark.str());
    }
    finish();
    return observe();
  }

 private:
  Result<void> start() {
    Process::Settings settings;
    settings.workers = test_.workers;
    settings.dress = [this](Topology& plan) {
      watch_.look_on(plan);
    };
    processes_.push_back(std::make_unique<Process>(world_, plan_, std::move(settings)));
    troubles_.watch(*processes_.back());
    return processes_.back()->start();
  }
  Process& process() { return *processes_.back(); }

  Result<void> take(const Put& put) {
    input_->put(put);
    return {};
  }
  Result<void> take(const WaitUntil& step) { return wait(step.at - elapsed(), {}); }
  Result<void> take(const WaitFor& step) { return wait(step.time, {}); }
  Result<void> take(const WaitIdle&) {
    return wait(test_.limit, [this] { return world_.idle() && troubles_.over(); });
  }
  Result<void> take(const Away& step) {
    troubles_.begin(step);
    return {};
  }
  Result<void> take(const Rebalance&) {
    rebalance();
    return {};
  }
  Result<void> take(const Crash&) {
    if (!process().running()) return not_running("crash");
    process().crash();
    return {};
  }
  Result<void> take(const Stop&) {
    if (!process().running()) return not_running("stop");
    process().stop();
    return {};
  }
  Result<void> take(const Restart&) {
    if (process().running()) process().stop();
    return start();
  }
  Result<void> take(const Reload& step) {
    if (!process().running()) return not_running("be given another configuration");
    if (!find_plan_) return Error(Errc::unsupported, "another configuration cannot be read here");
    Result<Topology> plan = find_plan_(step);
    if (plan.has_error()) return plan.error();
    return process().reload(std::move(*plan));
  }

  static Error not_running(const std::string& what) {
    return Error(Errc::invalid_argument, "the process cannot " + what + ": it does not run; '- restart' starts it");
  }

  Duration elapsed() const { return world_.now() - begun_; }

  // Lets time pass, at most so much, until that is so; what is due meanwhile happens.
  Result<void> wait(Duration time, const std::function<bool()>& reached) {
    TimePoint end = world_.now() + std::max(time, Duration::zero());
    for (;;) {
      const TimePoint next = std::min(end, troubles_.next());
      const auto is_news = [&] {
        return troubles_.calls_for_action() || troubles_.next() < next || (reached && reached());
      };
      const Waited waited = world_.run_until(is_news, next - world_.now());
      // Who waits for an end waits for servers that are away first; they may have gone meanwhile.
      if (reached) end = std::max(end, troubles_.last() + test_.limit);
      if (troubles_.calls_for_action()) {
        const Result<void> acted = act();
        if (acted.has_error()) return acted;
        continue;
      }
      if (troubles_.next() < next) continue;
      if (waited && reached) return {};
      stuck_ = waited.why;
      // Nobody waits for a time, but the test does.
      if (world_.now() < next) world_.advance(next - world_.now());
      troubles_.end_due();
      if (world_.now() >= end) return {};
    }
  }

  // What a fault asks for that cannot be done in the middle of a task.
  Result<void> act() {
    if (troubles_.take_rebalance()) rebalance();
    if (!troubles_.take_crash()) return {};
    return start();
  }

  void rebalance() { input_->broker().rebalance(plan_.pipelines.front().source.description.group); }

  void finish() {
    const Result<void> waited = take(WaitIdle{});
    finished_ = waited.has_value() && world_.idle() && troubles_.over();
    took_ = elapsed();
    if (process().running()) process().stop();
  }

  Observed observe() {
    Observed observed = gather({world_, plan_, watch_, processes_, input_->records()});
    observed.elapsed = took_;
    if (!finished_) observed.unfinished = stuck_.empty() ? "the virtual time is up" : stuck_;
    if (const std::optional<Error> failure = process().failure()) {
      observed.failure = failure->message();
      observed.unfinished.reset();
    }
    for (const Happening& happening : world_.happenings()) {
      if (happening.what != Happening::What::retried) continue;
      observed.retries.insert(observed.retries.end(), happening.count, happening.at - begun_);
    }
    observed.unused = troubles_.unused();
    return observed;
  }

  const Case& test_;
  const Topology& plan_;
  const FindPlan& find_plan_;
  World world_;
  Watch watch_;
  Troubles troubles_;
  std::optional<Input> input_;  // once the world knows the plan
  std::vector<std::unique_ptr<Process>> processes_;
  TimePoint begun_{};
  Duration took_{};
  bool finished_ = false;
  std::string stuck_;  // who waited for what when the last wait ended
};

}  // namespace

Result<Observed> run_case(const Case& test, const Topology& plan, const FindPlan& find_plan) {
  return Runner(test, plan, find_plan).run();
}

}  // namespace weir::testkit
