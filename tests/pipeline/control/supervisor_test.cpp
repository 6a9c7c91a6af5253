// Pipeline and Supervisor: from a plan to something that runs, and its summary.
#include "pipeline/control/supervisor.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/control/run_session.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/testing/runner_kit.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FakeConnection final : public Connection {
 public:
  FakeConnection(std::vector<std::string>& notes, std::vector<Error> failures, Clock& clock, Duration opens_in)
      : notes_(notes), failures_(std::move(failures)), clock_(clock), opens_in_(opens_in) {}
  void expect(const std::vector<Use>& uses) override {
    for (const Use& use : uses) notes_.push_back("expect " + use.name);
  }
  Task<Result<void>> open() override {
    notes_.push_back("open");
    if (opens_in_ > Duration::zero()) co_await clock_.sleep_for(opens_in_);
    if (!failures_.empty()) {
      const Error error = failures_.front();
      failures_.erase(failures_.begin());
      co_return error;
    }
    co_return Result<void>();
  }
  Task<void> close() override {
    notes_.push_back("close");
    co_return;
  }

 private:
  std::vector<std::string>& notes_;
  std::vector<Error> failures_;
  Clock& clock_;
  const Duration opens_in_;
};

class SupervisorTest : public VirtualTimeTest {
 protected:
  SupervisorTest() {
    log::redirect([](std::string_view) {});
    connection_->kind = ComponentKind::connection;
    connection_->name = "fake";
    connection_->make_connection = [this](const auto&, BuildContext& context) -> Result<std::shared_ptr<Connection>> {
      notes_.push_back("make " + context.component);
      return std::shared_ptr<Connection>(
          std::make_shared<FakeConnection>(notes_, open_failures_, context.clock, opens_in_));
    };
    source_->kind = ComponentKind::source;
    source_->name = "memory";
    source_->make_source = [this](const auto&, BuildContext& context) -> Result<std::unique_ptr<Source>> {
      Result<std::shared_ptr<FakeConnection>> connection = context.connection<FakeConnection>("broker");
      if (connection.has_error()) return connection.error();
      notes_.push_back("make source");
      if (source_throws_) throw std::runtime_error("out of paper");
      MemorySource::Settings settings;
      settings.finite = finite_;
      return std::unique_ptr<Source>(std::make_unique<MemorySource>(kit_.log, settings));
    };
    stage_->kind = ComponentKind::stage;
    stage_->name = "pick";
    stage_->make_stage = [](const auto&, BuildContext& context) -> Result<std::unique_ptr<Stage>> {
      EXPECT_EQ(context.sink("dlq"), SinkIndex{1});
      return std::unique_ptr<Stage>(
          std::make_unique<FunctionStage>([](Batch& batch, StageContext& ctx) -> Result<void> {
            for (Message& message : batch.messages()) {
              if (message.origin.offset % 10 == 9) ctx.drop(message, "unwanted");
              if (message.origin.offset % 10 == 8) ctx.fail(message, Error(Errc::data, "bad"));
            }
            return {};
          }));
    };
    sink_->kind = ComponentKind::sink;
    sink_->name = "store";
    sink_->make_sink = [this](const auto&, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
      EXPECT_EQ(context.role, context.component == "dlq" ? SinkRole::dead_letters : SinkRole::target);
      if (refuse_sink_ == context.component) return Error(Errc::invalid_argument, "no such thing");
      const auto& store = context.component == "dlq" ? kit_.dead_letters : kit_.store;
      return std::unique_ptr<Sink>(std::make_unique<MemorySink>(context.clock, store));
    };
  }
  ~SupervisorTest() override { log::redirect({}); }

  Topology topology() {
    Topology topology;
    topology.connections["broker"].type = connection_;
    PipelinePlan plan;
    plan.name = "main";
    plan.source.type = source_;
    plan.stages.emplace_back().type = stage_;
    plan.sinks.resize(2);
    plan.sinks[0].first = "events";
    plan.sinks[0].second.type = sink_;
    plan.sinks[1].first = "dlq";
    plan.sinks[1].second.type = sink_;
    plan.default_sink = 0;
    plan.dlq = 1;
    plan.config_hash = "0123456789abcdef";
    topology.pipelines.push_back(plan);
    plan.name = "switched-off";
    plan.enabled = false;
    topology.pipelines.push_back(plan);
    return topology;
  }

  Supervisor::Parts make() {
    return Supervisor::Parts({.registry = registry_,
                              .clock = clock(),
                              .metrics = metrics_,
                              .executors = {executor(), {executor(), executor()}, &blocking_},
                              .data_dir = "unused"});
  }

  Registry registry_;
  Metrics metrics_;
  InlineBlocking blocking_;
  RunnerKit kit_;
  const std::shared_ptr<ComponentType> connection_ = std::make_shared<ComponentType>();
  const std::shared_ptr<ComponentType> source_ = std::make_shared<ComponentType>();
  const std::shared_ptr<ComponentType> stage_ = std::make_shared<ComponentType>();
  const std::shared_ptr<ComponentType> sink_ = std::make_shared<ComponentType>();
  std::vector<std::string> notes_;
  std::vector<Error> open_failures_;
  Duration opens_in_{};
  bool source_throws_ = false;
  std::string refuse_sink_;
  bool finite_ = false;
};

TEST_F(SupervisorTest, BuildsOpensRunsDrainsAndSumsUp) {
  for (int i = 0; i < 100; ++i) kit_.log->append("t", i % 2, "k", "payload");
  Supervisor supervisor(make());
  const Result<ReloadReport> applied = run(supervisor.apply(topology()));
  ASSERT_TRUE(applied.has_value());
  EXPECT_THAT(notes_, ElementsAre("make broker", "make source", "open"));
  run(supervisor.wait_until_idle(1s));
  EXPECT_TRUE(supervisor.running());
  const bool clean = run(supervisor.drain(clock().now() + 10s));
  EXPECT_TRUE(clean);
  EXPECT_FALSE(supervisor.running());
  EXPECT_EQ(notes_.back(), "close");
  const bool twice = run(supervisor.drain(clock().now() + 10s));
  EXPECT_TRUE(twice);

  metrics_.counter("weir_dedupe_evicted_early_total", {{"component", "dedupe"}, {"pipeline", "main"}}).add(3);
  metrics_.counter("weir_dedupe_evicted_early_total", {{"component", "dedupe"}, {"pipeline", "another"}}).add(5);
  const Summary summary = supervisor.summary();
  ASSERT_EQ(summary.pipelines.size(), 2u);
  const PipelineSummary& main = summary.pipelines[0];
  EXPECT_EQ(main.state, "stopped");
  EXPECT_EQ(main.consumed, 100u);
  EXPECT_EQ(main.written, 80u);
  EXPECT_EQ(main.dead_lettered, 10u);
  EXPECT_EQ(main.dropped.at("unwanted"), 10u);
  EXPECT_EQ(main.dropped_in_all(), 10u);
  EXPECT_EQ(main.errors_by_class.at("data"), 10u);
  EXPECT_EQ(main.unsettled, 0u);
  ASSERT_EQ(main.partitions.size(), 2u);
  EXPECT_EQ(main.partitions[0].committed, 50);
  EXPECT_EQ(summary.pipelines[1].state, "disabled");
  const std::string json = render_json(summary);
  EXPECT_THAT(json, HasSubstr(R"("name": "main")"));
  EXPECT_THAT(json, HasSubstr(R"("dropped": {"unwanted": 10})"));
  EXPECT_THAT(json, HasSubstr(R"("counters": {"weir_dedupe_evicted_early_total": 3})"));
  EXPECT_THAT(json, HasSubstr(R"("topic": "t", "partition": 0, "committed": 50)"));
}

TEST_F(SupervisorTest, AFailingBuildChangesNothing) {
  refuse_sink_ = "events";
  Supervisor supervisor(make());
  const Result<ReloadReport> applied = run(supervisor.apply(topology()));
  ASSERT_TRUE(applied.has_error());
  EXPECT_EQ(applied.error().message(), "pipeline 'main', sink 'events': no such thing");
  EXPECT_THAT(notes_, ElementsAre("make broker", "make source")) << "nothing was opened";
  refuse_sink_.clear();
  const Result<ReloadReport> second = run(supervisor.apply(topology()));
  EXPECT_TRUE(second.has_value());
  run(supervisor.drain(clock().now() + 10s));
}

TEST_F(SupervisorTest, AConnectionHearsBeforeItIsOpenedWhatRunningPipelinesUseOfIt) {
  Topology plan = topology();
  plan.pipelines[0].source.description.uses = {Use::connection("broker", "fake", Use::How::reads),
                                               Use::topic("orders", "broker", Use::How::reads, true),
                                               Use::topic("elsewhere", "another", Use::How::reads, true)};
  plan.pipelines[0].sinks[1].second.description.uses = {Use::stream("letters", "broker", Use::How::writes, true)};
  plan.pipelines[1].source.description.uses = {Use::topic("of-one-that-is-off", "broker", Use::How::reads, true)};
  Supervisor supervisor(make());
  refuse_sink_ = "events";
  ASSERT_TRUE(run(supervisor.apply(plan)).has_error());
  EXPECT_THAT(notes_, ElementsAre("make broker", "make source")) << "a build says nothing to its connections";
  refuse_sink_.clear();
  notes_.clear();
  ASSERT_TRUE(run(supervisor.apply(plan)).has_value());
  EXPECT_THAT(notes_, ElementsAre("make broker", "make source", "expect orders", "expect letters", "open"));
  run(supervisor.drain(clock().now() + 10s));
}

TEST_F(SupervisorTest, AnAbortWhileConnectionsOpenStartsNothing) {
  kit_.log->append("t", 0, "k", "payload");
  opens_in_ = 20s;
  Supervisor supervisor(make());
  bool notified = false;
  RunSession session({.supervisor = supervisor, .clock = clock(), .control = executor()},
                     [&notified] { notified = true; });
  session.start(topology());
  advance(1s);
  session.stop();
  session.stop();
  advance(1min);
  EXPECT_TRUE(notified);
  EXPECT_TRUE(session.outcome().aborted);
  EXPECT_TRUE(session.outcome().drained);
  EXPECT_FALSE(supervisor.running());
  EXPECT_EQ(kit_.store->events(), 0u);
  EXPECT_EQ(notes_.back(), "close");
}

TEST_F(SupervisorTest, ASessionWhoseComponentThrowsEndsAndSaysSo) {
  source_throws_ = true;
  Supervisor supervisor(make());
  bool notified = false;
  RunSession session({.supervisor = supervisor, .clock = clock(), .control = executor()},
                     [&notified] { notified = true; });
  session.start(topology());
  run_until_idle();
  ASSERT_TRUE(notified);
  ASSERT_TRUE(session.outcome().failure);
  EXPECT_THAT(session.outcome().failure->message(), HasSubstr("out of paper"));
  EXPECT_FALSE(session.outcome().drained);
}

TEST_F(SupervisorTest, AConnectionWhosePeerIsAwayIsTriedAgain) {
  open_failures_ = {Error(Errc::unavailable, "away"), Error(Errc::unavailable, "still away")};
  Supervisor supervisor(make());
  const Result<ReloadReport> applied = run(supervisor.apply(topology()));
  EXPECT_TRUE(applied.has_value());
  advance(2s);
  EXPECT_THAT(notes_, ElementsAre("make broker", "make source", "open", "open", "open"));
  run(supervisor.drain(clock().now() + 10s));
  EXPECT_EQ(notes_.back(), "close");
}

TEST_F(SupervisorTest, AConnectionThatRefusesItsSettingsIsAnErrorAndNothingRuns) {
  open_failures_ = {Error(Errc::invalid_argument, "no such mechanism")};
  Supervisor supervisor(make());
  const Result<ReloadReport> applied = run(supervisor.apply(topology()));
  ASSERT_TRUE(applied.has_error());
  EXPECT_EQ(applied.error().message(), "connection 'broker': no such mechanism");
  EXPECT_FALSE(supervisor.running());
}

TEST_F(SupervisorTest, AFiniteSourceEndsThePipelineByItself) {
  finite_ = true;
  for (int i = 0; i < 10; ++i) kit_.log->append("t", 0, "k", "payload");
  Supervisor supervisor(make());
  const Result<ReloadReport> applied = run(supervisor.apply(topology()));
  ASSERT_TRUE(applied.has_value());
  run(supervisor.wait_until_ended());
  EXPECT_EQ(kit_.log->committed({"t", 0}), 10);
  run(supervisor.wait_until_idle(1h));
  EXPECT_FALSE(supervisor.failure().has_value());
  run(supervisor.drain(clock().now() + 10s));
}

TEST(SummaryTest, HostileTextStaysValidJson) {
  Summary summary;
  PipelineSummary& one = summary.pipelines.emplace_back();
  one.name = "a\"b\xff";
  one.reasons = {"line\nfeed", "x"};
  one.dropped["\x01"] = 2;
  const std::string json = render_json(summary);
  EXPECT_THAT(json, HasSubstr("\"a\\\"b\xEF\xBF\xBD\""));
  EXPECT_THAT(json, HasSubstr(R"("reasons": ["line\nfeed", "x"])"));
  EXPECT_THAT(json, HasSubstr("{\"\\u0001\": 2}"));
}

}  // namespace
}  // namespace weir::testing
