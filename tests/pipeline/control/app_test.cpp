// App: a configuration run by one process, with its threads and signals.
#include "pipeline/control/app.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/testing/runner_kit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <unistd.h>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Looks every millisecond and does what the test says.
class Watcher final : public RunObserver {
 public:
  explicit Watcher(std::function<void(const PipelineSummary&)> look) : look_(std::move(look)) {}
  std::optional<Duration> interval() const override { return 1ms; }
  void observe(const Summary& summary, TimePoint) override {
    for (const PipelineSummary& pipeline : summary.pipelines) look_(pipeline);
  }

 private:
  std::function<void(const PipelineSummary&)> look_;
};

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    log::redirect([](std::string_view) {});
    source_->kind = ComponentKind::source;
    source_->name = "memory";
    source_->make_source = [this](const auto&, BuildContext& context) -> Result<std::unique_ptr<Source>> {
      if (refuse_) return Error(Errc::invalid_argument, "no such thing");
      auto source = std::make_unique<MemorySource>(log_, MemorySource::Settings());
      source->on_leave_for_good = [this] {
        for_good_ = true;
      };
      return std::unique_ptr<Source>(std::move(source));
    };
    sink_->kind = ComponentKind::sink;
    sink_->name = "store";
    sink_->make_sink = [this](const auto&, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
      return std::unique_ptr<Sink>(std::make_unique<MemorySink>(context.clock, store_));
    };
    for (int i = 0; i < 100; ++i) log_->append("t", i % 2, "k" + std::to_string(i % 7), "payload");
  }
  ~AppTest() override { log::redirect({}); }

  Topology topology() {
    Topology topology;
    PipelinePlan& plan = topology.pipelines.emplace_back();
    plan.name = "main";
    plan.source.type = source_;
    plan.sinks.resize(1);
    plan.sinks[0].first = "events";
    plan.sinks[0].second.type = sink_;
    plan.default_sink = 0;
    return topology;
  }
  static App::Settings settings() { return {.data_dir = "unused", .workers = 2, .until_idle = std::nullopt}; }
  static void stop_signal() { ASSERT_EQ(::kill(::getpid(), SIGTERM), 0); }

  ProcessSignals signals_;
  std::shared_ptr<MemoryLog> log_ = std::make_shared<MemoryLog>();
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::shared_ptr<ComponentType> source_ = std::make_shared<ComponentType>();
  std::shared_ptr<ComponentType> sink_ = std::make_shared<ComponentType>();
  bool refuse_ = false;
  bool for_good_ = false;
};

TEST_F(AppTest, ASignalDrainsAndTheOutcomeSaysWhatBecameOfEverything) {
  App app;
  bool stopped = false;
  Watcher watcher([&stopped](const PipelineSummary& pipeline) {
    if (stopped || pipeline.written < 100) return;
    stopped = true;
    stop_signal();
  });
  const RunOutcome outcome = app.run(topology(), settings(), signals_, watcher);
  EXPECT_FALSE(outcome.refused || outcome.failure || outcome.aborted);
  EXPECT_TRUE(outcome.drained);
  ASSERT_EQ(outcome.summary.pipelines.size(), 1u);
  EXPECT_EQ(outcome.summary.pipelines[0].state, "stopped");
  EXPECT_EQ(outcome.summary.pipelines[0].written, 100u);
  EXPECT_EQ(store_->events(), 100u);
  EXPECT_EQ(log_->committed({"t", 0}), 50);
  EXPECT_EQ(log_->committed({"t", 1}), 50);
}

TEST_F(AppTest, ASecondSignalAborts) {
  store_->cork(true);
  App app;
  int signals = 0;
  Watcher watcher([&signals](const PipelineSummary& pipeline) {
    if (pipeline.in_flight == 0 || signals == 2) return;
    ++signals;
    stop_signal();
  });
  const RunOutcome outcome = app.run(topology(), settings(), signals_, watcher);
  EXPECT_TRUE(outcome.aborted);
  EXPECT_EQ(store_->events(), 0u);
  EXPECT_EQ(log_->committed({"t", 0}), -1);
}

// A run that ends says whether it comes back: SIGTERM may be half of a restart, all else is an end.
TEST_F(AppTest, WhoLeavesForGoodIsToldFromWhoIsRestarted) {
  const auto left_for_good = [this](int signal, App::Settings how) {
    for_good_ = false;
    App app;
    bool stopped = false;
    Watcher watcher([&](const PipelineSummary& pipeline) {
      if (signal != 0 && !std::exchange(stopped, true)) ::kill(::getpid(), signal);
    });
    app.run(topology(), how, signals_, watcher);
    return for_good_;
  };
  App::Settings leaves = settings();
  leaves.leaves_groups = true;
  App::Settings until_idle = settings();
  until_idle.until_idle = 50ms;
  EXPECT_FALSE(left_for_good(SIGTERM, settings()));
  EXPECT_TRUE(left_for_good(SIGTERM, leaves));
  EXPECT_TRUE(left_for_good(0, until_idle));
  EXPECT_TRUE(left_for_good(SIGINT, settings()));
}

TEST_F(AppTest, AnIdleRunEndsByItself) {
  App app;
  App::Settings until_idle = settings();
  until_idle.until_idle = 50ms;
  RunObserver nobody;
  const RunOutcome outcome = app.run(topology(), until_idle, signals_, nobody);
  EXPECT_TRUE(outcome.drained);
  EXPECT_EQ(store_->events(), 100u);
}

TEST_F(AppTest, APlanThatCannotBeBuiltIsRefused) {
  refuse_ = true;
  App app;
  RunObserver nobody;
  const RunOutcome outcome = app.run(topology(), settings(), signals_, nobody);
  ASSERT_TRUE(outcome.refused);
  EXPECT_THAT(outcome.refused->message(), HasSubstr("no such thing"));
  EXPECT_TRUE(outcome.summary.pipelines.empty());
}

TEST_F(AppTest, AConfigurationWithErrorsIsNoPlan) {
  const App app;
  config::Diagnostics findings;
  const std::optional<Topology> plan =
      app.load({"/nowhere/pipelines.yaml"}, [](const std::string&) { return std::nullopt; }, findings);
  EXPECT_FALSE(plan);
  EXPECT_TRUE(findings.has_errors());
}

}  // namespace
}  // namespace weir::testing
