// Reads the files again and puts them to work; whoever asks, and however often.
#include "pipeline/control/reloader.hpp"

#include "pipeline/control/run_session.hpp"
#include "pipeline/control/steady_load.hpp"
#include "tests/pipeline/control/reload_kit.hpp"
#include "tests/pipeline/control/temp_files.hpp"

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReloaderTest : public ReloadTestBase {
 protected:
  ReloaderTest() : supervisor_(parts()) { write("a"); }

  void write(const std::string& tag, const std::string& more = {}) {
    files_.write("p.yaml", "pipelines:\n" +
                               pipeline("p", "log: one", "{ look: { tag: " + tag + " } }",
                                        "events: { store: { store: s } }, dlq: { store: { store: l } }") +
                               more);
  }
  Reloader::Parts reloader_parts() {
    return {.supervisor = supervisor_,
            .registry = registry_,
            .clock = clock(),
            .metrics = metrics_,
            .blocking = blocking_,
            .control = executor(),
            .files = {files_.root()},
            .environment = [](const std::string&) { return std::nullopt; },
            .admit = [this](const Topology&) -> Result<void> {
              if (refuse_) return Error(Errc::already_exists, "somebody has it");
              return {};
            },
            .applied =
                [this](const Topology& plan) {
                  applied_.push_back(plan.config_hash);
                }};
  }
  // A reloader over the configuration that runs.
  std::unique_ptr<Reloader> start() {
    auto reloader = std::make_unique<Reloader>(reloader_parts());
    const LoadedConfig loaded = load();
    EXPECT_TRUE(run(supervisor_.apply(*loaded.topology)).has_value());
    reloader->started_with(loaded.topology->config_hash);
    return reloader;
  }
  LoadedConfig load() {
    return load_steadily({files_.root()}, registry_, [](const std::string&) { return std::nullopt; });
  }
  void stop(Reloader& reloader) {
    EXPECT_TRUE(run(supervisor_.drain(clock().now() + 1min)));
    run(reloader.stop());
  }
  std::uint64_t counted(const std::string& result) {
    return metrics_.counter("weir_reloads_total", {{"result", result}}).value();
  }

  TempFiles files_;
  Supervisor supervisor_;
  bool refuse_ = false;
  std::vector<std::string> applied_;
};

TEST_F(ReloaderTest, AChangeIsAppliedAndToldToEverybody) {
  const std::unique_ptr<Reloader> reloader = start();
  EXPECT_FALSE(reloader->last().has_value());
  const std::string before = supervisor_.plan().config_hash;
  write("b");
  const ReloadOutcome outcome = run(reloader->reload("SIGHUP"));
  EXPECT_EQ(outcome.kind, ReloadOutcome::Kind::applied);
  EXPECT_EQ(outcome.trigger, "SIGHUP");
  EXPECT_NE(outcome.config_hash, before);
  EXPECT_EQ(outcome.config_hash, supervisor_.plan().config_hash);
  EXPECT_THAT(describe(outcome),
              HasSubstr("applied: the configuration " + outcome.config_hash + " runs\n  pipeline 'p': switched"));
  EXPECT_THAT(render_json(outcome), HasSubstr(R"({"result":"applied","trigger":"SIGHUP","at":"2026-)"));
  EXPECT_THAT(applied_, ElementsAre(outcome.config_hash));
  EXPECT_EQ(counted("applied"), 1u);
  EXPECT_EQ(metrics_.gauge("weir_config_info", {{"hash", outcome.config_hash}}).value(), 1);
  EXPECT_EQ(metrics_.gauge("weir_config_info", {{"hash", before}}).value(), 0);
  EXPECT_GT(metrics_.gauge("weir_config_loaded_timestamp_seconds").value(), 1'700'000'000);
  EXPECT_THAT(log_lines_, Contains(HasSubstr("the new configuration runs")));
  ASSERT_TRUE(reloader->last().has_value());
  stop(*reloader);
}

TEST_F(ReloaderTest, TheSameAgainIsUnchanged) {
  const std::unique_ptr<Reloader> reloader = start();
  files_.write("p.yaml.txt", "of no interest");
  const ReloadOutcome outcome = run(reloader->reload("SIGHUP"));
  EXPECT_EQ(outcome.kind, ReloadOutcome::Kind::unchanged);
  EXPECT_EQ(counted("unchanged"), 1u);
  EXPECT_TRUE(applied_.empty());
  stop(*reloader);
}

TEST_F(ReloaderTest, AFileMoreOrLessInADirectoryCounts) {
  const std::unique_ptr<Reloader> reloader = start();
  files_.write("q.yaml", "pipelines:\n" + pipeline("q", "log: two", "", "events: { store: { store: s } }"));
  EXPECT_EQ(run(reloader->reload("x")).kind, ReloadOutcome::Kind::applied);
  EXPECT_NE(supervisor_.find_runner("q"), nullptr);
  std::filesystem::remove(files_ / "q.yaml");
  EXPECT_EQ(run(reloader->reload("x")).kind, ReloadOutcome::Kind::applied);
  EXPECT_EQ(supervisor_.find_runner("q"), nullptr);
  stop(*reloader);
}

TEST_F(ReloaderTest, I7_AFileThatIsHalfWrittenIsRefusedWithItsFindings) {
  const std::unique_ptr<Reloader> reloader = start();
  files_.write("p.yaml", "pipelines:\n  p: { source: { mem");
  const ReloadOutcome outcome = run(reloader->reload("a file has changed"));
  EXPECT_EQ(outcome.kind, ReloadOutcome::Kind::refused);
  EXPECT_TRUE(outcome.findings.has_errors());
  EXPECT_THAT(describe(outcome), HasSubstr("refused: the configuration before it runs on, untouched\n  "));
  EXPECT_THAT(describe(outcome), HasSubstr("p.yaml:3:1: error: not valid YAML"));
  EXPECT_THAT(render_json(outcome), HasSubstr(R"("result":"refused")"));
  EXPECT_EQ(counted("refused"), 1u);
  EXPECT_THAT(log_lines_, Contains(HasSubstr("refused")));
  EXPECT_EQ(supervisor_.find_runner("p")->state(), RunnerState::running);
  write("b");
  EXPECT_EQ(run(reloader->reload("a file has changed")).kind, ReloadOutcome::Kind::applied);
  stop(*reloader);
}

TEST_F(ReloaderTest, I7_WhatCannotBeHadIsRefusedBeforeAnythingIsBuilt) {
  const std::unique_ptr<Reloader> reloader = start();
  refuse_ = true;
  write("b");
  const ReloadOutcome outcome = run(reloader->reload("x"));
  EXPECT_EQ(outcome.kind, ReloadOutcome::Kind::refused);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->message(), "somebody has it");
  EXPECT_EQ(outcome.changes.pipelines.size(), 1u) << "what would have been";
  stop(*reloader);
}

TEST_F(ReloaderTest, WhoAsksWhileOneRunsSharesTheNext) {
  const std::unique_ptr<Reloader> reloader = start();
  world_.opening = 10s;
  files_.write("c.yaml", "connections: { c: { place: { at: slow } } }\npipelines:\n" +
                             pipeline("q", "log: two, connection: c", "", "events: { store: { store: s } }"));
  std::vector<std::optional<ReloadOutcome>> outcomes(4);
  std::exception_ptr failure;
  spawn("first", run_into(reloader->reload("one"), outcomes[0], failure));
  advance(1s);
  EXPECT_TRUE(reloader->busy());
  write("b");
  spawn("second", run_into(reloader->reload("two"), outcomes[1], failure));
  spawn("third", run_into(reloader->reload("three"), outcomes[2], failure));
  spawn("fourth", run_into(reloader->reload("two"), outcomes[3], failure));
  advance(1min);
  for (const auto& outcome : outcomes) ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcomes[0]->trigger, "one");
  EXPECT_EQ(outcomes[1]->trigger, "two, three");
  EXPECT_EQ(outcomes[2]->config_hash, outcomes[1]->config_hash);
  EXPECT_EQ(counted("applied"), 2u) << "two reloads for four";
  EXPECT_FALSE(reloader->busy());
  stop(*reloader);
}

TEST_F(ReloaderTest, I8_WhoAsksWhileWeirStopsIsRefused) {
  const std::unique_ptr<Reloader> reloader = start();
  stop(*reloader);
  const ReloadOutcome outcome = run(reloader->reload("late"));
  EXPECT_EQ(outcome.kind, ReloadOutcome::Kind::refused);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_THAT(outcome.error->message(), HasSubstr("stopping"));
}

TEST_F(ReloaderTest, ASessionReloadsWhatItWasAskedForBeforeItRan) {
  Reloader reloader(reloader_parts());
  bool notified = false;
  RunSession session({.supervisor = supervisor_, .clock = clock(), .control = executor(), .reloader = &reloader},
                     [&notified] { notified = true; });
  Topology first = *load().topology;
  write("b");
  session.start(std::move(first));
  EXPECT_TRUE(session.reload("SIGHUP"));
  run_until_idle();
  EXPECT_EQ(counted("applied"), 1u);
  session.stop();
  run_until_idle();
  EXPECT_TRUE(notified);
  EXPECT_TRUE(session.outcome().drained);
}

TEST_F(ReloaderTest, ASessionThatWatchesStaysWhileNothingIsSwitchedOn) {
  files_.write("p.yaml",
               "pipelines:\n" + pipeline("p", "log: one", "", "events: { store: { store: s } }", "enabled: false"));
  Reloader reloader(reloader_parts());
  ConfigWatch watch({.clock = clock(),
                     .blocking = blocking_,
                     .control = executor(),
                     .files = {files_.root()},
                     .look = look_of_files({files_.root()})});
  bool notified = false;
  RunSession session(
      {.supervisor = supervisor_, .clock = clock(), .control = executor(), .reloader = &reloader, .watch = &watch},
      [&notified] { notified = true; });
  session.start(*load().topology);
  advance(1min);
  EXPECT_FALSE(notified);
  write("b");
  advance(1s);
  EXPECT_NE(supervisor_.find_runner("p"), nullptr);
  session.stop();
  advance(1s);
  EXPECT_TRUE(notified);
}

}  // namespace
}  // namespace weir::testing
