// A crash at every place of a run: over the shipped pipeline it breaks no promise; where one is broken, it is found.
#include "testkit/crash_everywhere.hpp"

#include "tests/testkit/kit.hpp"

#include <fstream>
#include <sstream>

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Topology shipped_plan() {
  std::ifstream file(WEIR_SOURCE_DIR "/pipelines.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return plan_of(text.str());
}

Scenario orders(int count) {
  Scenario scenario;
  scenario.plan = plan_of(kOrders);
  scenario.world.partitions = 2;
  scenario.arrange = [count](World& world) {
    produce_orders(world, 0, count);
    world.kafka().produce("orders", 1, "no JSON");
  };
  return scenario;
}

using CrashEverywhere = WorldTest;

TEST_F(CrashEverywhere, TheShippedPipelineLosesDoublesAndReordersNothing) {
  Scenario scenario;
  scenario.plan = shipped_plan();
  scenario.arrange = [](World& world) {
    connectors::kafka::FakeKafka& kafka = world.kafka();
    for (int i = 0; i < 8; ++i) kafka.produce("task-events", 0, order_event(i));
    for (int i = 8; i < 12; ++i) kafka.produce("security-events", 0, order_event(i, "AuditChanged"));
    kafka.produce("domain-events", 0, order_event(3));  // once more
    kafka.produce("urgent-events", 0, "no JSON");
    world.store().on_append(1, {.applied = true, .error = Error(Errc::unknown_outcome, "timed out")});
    // On its way for longer than offsets are not committed: what is committed must not run ahead of it.
    world.store().on_append(3, {.arrives_after = 2500ms, .applied = true});
  };
  scenario.check = [](World& world) {
    const bool all = world.store().events() == 12 && world.kafka().records("domain-events.dlq", 0).size() >= 1;
    return all ? std::string() : "not everything is there";
  };
  const CrashReport report = crash_everywhere(scenario);
  ASSERT_TRUE(report.passed()) << report.broken->where << ": " << report.broken->what;
  EXPECT_GE(report.crashes, 25u);
}

TEST_F(CrashEverywhere, TwoPartitionsAndArrivalsInTheMiddleLoseNothing) {
  Scenario scenario = orders(10);
  scenario.act = [](World& world, Process& process) {
    world.run_until_idle();
    if (!process.running()) return;
    produce_orders(world, 10, 20);
  };
  // What comes later comes also when the first process is dead by then.
  scenario.between = [](World& world) {
    if (world.kafka().end_offset("orders", 0) + world.kafka().end_offset("orders", 1) < 20)
      produce_orders(world, 10, 20);
  };
  const CrashReport report = crash_everywhere(scenario);
  ASSERT_TRUE(report.passed()) << report.broken->where << ": " << report.broken->what;
}

TEST_F(CrashEverywhere, WhereAnotherMemberTakesOverNothingIsLost) {
  Scenario scenario;
  scenario.plan = plan_of(kOrders);
  scenario.world.partitions = 2;
  scenario.companions = 1;
  scenario.act = [](World& world, Process& process) {
    world.run_until_idle();
    if (process.running()) produce_orders(world, 0, 10);
  };
  scenario.between = [](World& world) {
    if (world.kafka().end_offset("orders", 0) == 0) produce_orders(world, 0, 10);
  };
  const CrashReport report = crash_everywhere(scenario);
  ASSERT_TRUE(report.passed()) << report.broken->where << ": " << report.broken->what;
  EXPECT_GE(report.crashes, 12u);
}

// Commits what it reads at once: the oldest way to lose messages.
class EagerCommits final : public Source {
 public:
  explicit EagerCommits(std::unique_ptr<Source> inner) : inner_(std::move(inner)) {}
  Task<Result<void>> open(Lanes lanes, SourceEvents& events) override { return inner_->open(std::move(lanes), events); }
  Task<Result<std::optional<Batch>>> read(LaneIndex lane) override {
    Task<Result<std::optional<Batch>>> reading = inner_->read(lane);
    Result<std::optional<Batch>> batch = co_await std::move(reading);
    std::vector<Commit> all;
    if (batch.has_value() && batch->has_value()) {
      for (const Message& message : (*batch)->messages()) {
        const Origin& origin = message.origin;
        all.push_back({{std::string(origin.topic), origin.partition}, origin.offset + 1});
      }
    }
    if (!all.empty()) {
      Task<Result<void>> committing = inner_->commit(std::move(all));
      Result<void> committed = co_await std::move(committing);
      static_cast<void>(committed);
    }
    co_return std::move(batch);
  }
  Task<Result<void>> commit(std::vector<Commit> watermarks) override { return inner_->commit(std::move(watermarks)); }
  void stop_reading() override { inner_->stop_reading(); }
  bool at_end() const override { return inner_->at_end(); }
  Task<void> close() override { return inner_->close(); }

 private:
  std::unique_ptr<Source> inner_;
};

TEST_F(CrashEverywhere, ACommitBeforeTheStoreHasItIsFound) {
  Scenario scenario = orders(5);
  ComponentPlan& source = scenario.plan.pipelines[0].source;
  auto eager = std::make_shared<ComponentType>(*source.type);
  eager->make_source = [make = source.type->make_source](const ComponentType::Config& config, BuildContext& context) {
    Result<std::unique_ptr<Source>> made = make(config, context);
    if (made.has_value()) *made = std::make_unique<EagerCommits>(std::move(*made));
    return made;
  };
  source.type = std::move(eager);
  const CrashReport report = crash_everywhere(scenario);
  ASSERT_FALSE(report.passed());
  EXPECT_THAT(report.broken->what, StartsWith("no loss: stream Order-o"));
  EXPECT_THAT(report.broken->where, StartsWith("crash after commit #1 of orders/0 at"));
}

TEST_F(CrashEverywhere, AStoreThatForgetsWhatItHasBetweenTwoProcessesIsFound) {
  Scenario scenario = orders(5);
  scenario.between = [](World& world) {
    world.store().forget_recent_writes();
  };
  const CrashReport report = crash_everywhere(scenario);
  ASSERT_FALSE(report.passed());
  EXPECT_THAT(report.broken->what, StartsWith("no double effect: stream Order-o"));
  EXPECT_THAT(report.broken->where, HasSubstr("was applied, before its answer"));
}

TEST_F(CrashEverywhere, WhatIsWrongWithoutACrashIsSaidFirst) {
  Scenario scenario = orders(5);
  scenario.check = [](World&) {
    return std::string("not what I wanted");
  };
  CrashReport report = crash_everywhere(scenario);
  ASSERT_FALSE(report.passed());
  EXPECT_EQ(report.broken->where, "without a crash");
  EXPECT_EQ(report.broken->what, "not what I wanted");

  scenario = orders(5);
  scenario.limit = 1min;
  scenario.arrange = [](World& world) {
    produce_orders(world, 0, 5);
    world.store().cork();
  };
  report = crash_everywhere(scenario);
  ASSERT_FALSE(report.passed());
  EXPECT_THAT(report.broken->what, HasSubstr("5 appends without an answer"));
}

}  // namespace
}  // namespace weir::testkit
