#include "testkit/process.hpp"

#include "pipeline/control/supervisor.hpp"
#include "testkit/lifeline.hpp"
#include "testkit/simulated.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace weir::testkit {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLongest = 24h;
constexpr std::string_view kBreakerOpen = "weir_breaker_open";
constexpr std::string_view kRetries = "weir_message_retries_total";

const std::string& label_of(const Labels& labels, std::string_view wanted) {
  static const std::string none;
  for (const auto& [name, value] : labels) {
    if (name == wanted) return value;
  }
  return none;
}

bool labels_fit(const Labels& wanted, const Labels& labels) {
  return std::ranges::all_of(wanted, [&labels](const auto& one) { return std::ranges::count(labels, one) > 0; });
}

}  // namespace

std::string_view to_string(Process::State state) {
  switch (state) {
    case Process::State::created:
      return "created";
    case Process::State::running:
      return "running";
    case Process::State::stopped:
      return "stopped";
    case Process::State::crashed:
      return "crashed";
  }
  return "created";
}

// All that is one process. Its supervisor is there from start() to the end, clean or not.
struct Process::Life {
  Life(World& its_world, Settings its_settings)
      : world(its_world),
        settings(std::move(its_settings)),
        line(std::make_shared<Lifeline>(world.executor())),
        tasks(world.executor()) {}

  // A series whose changes are happenings.
  template <class Series>
  struct Watched {
    const Series* series;
    std::string pipeline;
    std::string component;
    std::uint64_t seen = 0;
  };

  Task<void> run_apply(Topology topology);
  Task<void> run_drain(TimePoint deadline);
  void watch_series();
  std::string reason(const std::string& pipeline) const;
  void note(Happening::What what, std::string pipeline = {}, std::string component = {}, std::string detail = {},
            std::uint64_t count = 0) const {
    world.note({what, {}, settings.name, std::move(pipeline), std::move(component), std::move(detail), count});
  }

  World& world;
  const Settings settings;
  const std::shared_ptr<Lifeline> line;
  Topology plan;
  Registry registry;  // empty: a plan brings its types along, and nothing is embedded here
  Metrics metrics;
  std::vector<Watched<Gauge>> breakers;
  std::vector<Watched<Counter>> retries;
  State state = State::created;
  bool moving = false;
  std::optional<Result<void>> applied;
  std::optional<bool> drained;
  Summary last_summary;
  std::optional<Error> failure;
  TaskGroup tasks;
  std::optional<Supervisor> supervisor;
};

Task<void> Process::Life::run_apply(Topology topology) {
  Task<Result<void>> applying = supervisor->apply(std::move(topology));
  Result<void> result = co_await std::move(applying);
  applied = std::move(result);
}

Task<void> Process::Life::run_drain(TimePoint deadline) {
  Task<bool> draining = supervisor->drain(deadline);
  const bool ended = co_await std::move(draining);
  drained = ended;
}

void Process::Life::watch_series() {
  breakers.clear();
  retries.clear();
  metrics.visit(
      [this](std::string_view name, const Labels& labels, const Counter& counter) {
        if (name == kRetries) retries.push_back({&counter, label_of(labels, "pipeline"), {}, counter.value()});
      },
      [this](std::string_view name, const Labels& labels, const Gauge& gauge) {
        if (name == kBreakerOpen)
          breakers.push_back({&gauge, label_of(labels, "pipeline"), label_of(labels, "component"),
                              static_cast<std::uint64_t>(gauge.value())});
      },
      [](std::string_view, const Labels&, const Histogram&) {});
}

std::string Process::Life::reason(const std::string& pipeline) const {
  std::string reasons;
  for (const PipelineSummary& one : supervisor->summary().pipelines) {
    if (one.name != pipeline) continue;
    for (const std::string& why : one.reasons) reasons += (reasons.empty() ? "" : "; ") + why;
  }
  return reasons;
}

Process::Process(World& world, Topology topology) : Process(world, std::move(topology), Settings()) {}

Process::Process(World& world, Topology topology, Settings settings)
    : life_(std::make_unique<Life>(world, std::move(settings))) {
  world.know(topology);
  life_->plan = simulated(std::move(topology), world, life_->settings.name, life_->line);
  if (life_->settings.dress) life_->settings.dress(life_->plan);
  life_->line->on_cut([this] {
    life_->state = State::crashed;
    for (const std::string& broker : life_->world.kafkas()) life_->world.kafka(broker).kill(life_->settings.name);
    life_->note(Happening::What::crashed, {}, {}, life_->line->died_at().value_or(std::string()));
  });
  world.processes_.push_back(this);
}

Process::~Process() {
  if (running()) crash();
  if (cut_off()) put_away();
  std::erase(life_->world.processes_, this);
}

Result<void> Process::start() {
  BOOST_ASSERT_MSG(state() == State::created, "a process starts once");
  Executors executors{life_->world.executor(), {}, &life_->world.blocking()};
  executors.lanes.assign(std::max<std::size_t>(life_->settings.workers, 1), life_->world.executor());
  life_->supervisor.emplace(Supervisor::Parts({.registry = life_->registry,
                                               .clock = life_->world.clock(),
                                               .metrics = life_->metrics,
                                               .executors = std::move(executors),
                                               .data_dir = "data"}));
  life_->state = State::running;
  life_->note(Happening::What::started);
  return reload(life_->plan);
}

// A cold start is a change from nothing.
Result<void> Process::reload(Topology topology) {
  BOOST_ASSERT_MSG(running(), "only what runs can be changed");
  Life& life = *life_;
  const bool first = life.tasks.empty() && life.breakers.empty() && !life.applied.has_value();
  if (!first) {
    life.world.know(topology);
    topology = simulated(std::move(topology), life.world, life.settings.name, life.line);
    if (life.settings.dress) life.settings.dress(topology);
  }
  life.applied.reset();
  life.moving = true;
  life.tasks.spawn("apply", life.run_apply(std::move(topology)));
  life.world.clock().run_until([&life] { return life.tasks.empty() || life.line->is_cut(); });
  life.moving = false;
  if (!life.applied.has_value()) return Lifeline::dead();
  if (life.applied->has_error()) {
    if (first) life.state = State::stopped;
    return *life.applied;
  }
  if (!first) life.note(Happening::What::reloaded);
  life.watch_series();
  return *life.applied;
}

bool Process::stop(Duration deadline) {
  if (!running()) return state() == State::stopped;
  Life& life = *life_;
  life.moving = true;
  life.tasks.spawn("stop", life.run_drain(life.world.now() + deadline));
  life.world.run_until([&life] { return life.drained.has_value() || life.state == State::crashed; }, kLongest);
  life.moving = false;
  if (life.state == State::crashed) return false;
  if (!life.drained.value_or(false)) {
    crash();
    put_away();
    return false;
  }
  life.last_summary = life.supervisor->summary();
  life.failure = life.supervisor->failure();
  life.state = State::stopped;
  life.note(Happening::What::stopped);
  life.supervisor.reset();
  life.world.settle();
  return true;
}

void Process::crash() {
  if (running()) life_->line->cut();
}

bool Process::moving() const {
  return life_->moving || cut_off();
}

bool Process::cut_off() const {
  return life_->line->is_cut() && life_->supervisor.has_value();
}

// The remains of a dead process hear that they are dead wherever they ask; an abort makes them ask no more. None of it
// takes time.
void Process::put_away() {
  Life& life = *life_;
  life.last_summary = life.supervisor->summary();  // not at the cut itself: that may be in the midst of anything
  life.failure = life.supervisor->failure();
  life.supervisor->abort();
  life.drained.reset();
  life.tasks.spawn("put away", life.run_drain(life.world.now() + kLongest));
  life.world.clock().run_until([&life] { return life.drained.has_value() && life.tasks.empty(); });
  life.supervisor.reset();
  life.world.clock().run_until_idle();
}

void Process::observe() {
  Life& life = *life_;
  if (!life.supervisor || life.line->is_cut()) return;
  for (auto& counter : life.retries) {
    const std::uint64_t value = counter.series->value();
    const std::uint64_t before = std::exchange(counter.seen, value);
    if (value > before) life.note(Happening::What::retried, counter.pipeline, {}, {}, value - before);
  }
  for (auto& breaker : life.breakers) {
    const auto open = static_cast<std::uint64_t>(breaker.series->value());
    if (open == std::exchange(breaker.seen, open)) continue;
    life.note(open > 0 ? Happening::What::paused : Happening::What::resumed, breaker.pipeline, breaker.component,
              open > 0 ? life.reason(breaker.pipeline) : std::string());
  }
  if (!life.failure && life.supervisor->failure()) {
    life.failure = life.supervisor->failure();
    life.note(Happening::What::failed, {}, {}, life.failure->message());
  }
}

std::string Process::who_waits() const {
  std::string text = life_->settings.name + ": " + std::string(to_string(state()));
  if (life_->moving) text += ", about to start or to stop";
  text += "\n";
  if (!life_->supervisor) return text;
  for (const PipelineSummary& one : life_->supervisor->summary().pipelines) {
    text += "  pipeline " + one.name + ": " + one.state + ", " + std::to_string(one.unsettled) + " unsettled";
    for (const std::string& reason : one.reasons) text += "; " + reason;
    if (!one.last_source_error.empty()) text += "; the source said: " + one.last_source_error;
    text += "\n";
  }
  return text;
}

void Process::crash_when(CrashWhen when) {
  life_->line->crash_when(std::move(when));
}
void Process::at_message(std::size_t count, std::function<void()> what) {
  life_->line->at_message(count, std::move(what));
}
void Process::lose_heartbeats(bool lost) {
  for (const std::string& broker : life_->world.kafkas())
    life_->world.kafka(broker).lose_heartbeats(life_->settings.name, lost);
}

Process::State Process::state() const {
  return life_->state;
}
const std::string& Process::name() const {
  return life_->settings.name;
}
std::optional<std::string> Process::died_at() const {
  return life_->line->died_at();
}
const std::vector<Call>& Process::calls() const {
  return life_->line->calls();
}
std::uint64_t Process::messages_read() const {
  return life_->line->messages();
}
Summary Process::summary() const {
  return life_->supervisor ? life_->supervisor->summary() : life_->last_summary;
}
std::optional<Error> Process::failure() const {
  if (life_->failure || !life_->supervisor) return life_->failure;
  return life_->supervisor->failure();
}
const Metrics& Process::metrics() const {
  return life_->metrics;
}

std::optional<std::int64_t> Process::metric(std::string_view name, const Labels& labels) const {
  std::optional<std::int64_t> sum;
  const auto add = [&](std::string_view its_name, const Labels& its_labels, std::int64_t value) {
    if (its_name == name && labels_fit(labels, its_labels)) sum = sum.value_or(0) + value;
  };
  life_->metrics.visit(
      [&add](std::string_view its_name, const Labels& its_labels, const Counter& counter) {
        add(its_name, its_labels, static_cast<std::int64_t>(counter.value()));
      },
      [&add](std::string_view its_name, const Labels& its_labels, const Gauge& gauge) {
        add(its_name, its_labels, gauge.value());
      },
      [](std::string_view, const Labels&, const Histogram&) {});
  return sum;
}

}  // namespace weir::testkit
