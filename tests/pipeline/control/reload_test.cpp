// One plan takes the place of another while pipelines run (I7).
#include "tests/pipeline/control/reload_kit.hpp"

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kSinks = "events: { store: { store: a } }, dlq: { store: { store: letters } }";

class ReloadTest : public ReloadTestBase {
 protected:
  // Each log has a first record, so that there is a partition to be assigned.
  ReloadTest() : supervisor_(std::make_unique<Supervisor>(parts())) {
    for (const char* log : {"one", "two"}) world_.append(log, 0, "first");
  }

  static std::string plan(const std::string& pipelines, const std::string& connections = {}) {
    return (connections.empty() ? "" : "connections: { " + connections + " }\n") + "pipelines:\n" + pipelines;
  }
  // Puts the plan to work; what becomes of everything is left in `world_.notes`, of this step only.
  Result<ReloadReport> apply(const std::string& yaml) {
    world_.notes.clear();
    log_lines_.clear();
    Result<ReloadReport> report = run(supervisor_->apply(parse(yaml)));
    run_until_idle();
    return report;
  }
  void drain() {
    const bool drained = run(supervisor_->drain(clock().now() + 1min));
    EXPECT_TRUE(drained);
  }
  Runner* runner(const std::string& name) { return supervisor_->find_runner(name); }

  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(ReloadTest, I7_APipelineThatDidNotChangeDoesNotNotice) {
  const std::string kept = pipeline("kept", "log: one", "{ look: { tag: k } }", kSinks);
  ASSERT_TRUE(apply(plan(kept + pipeline("other", "log: two", "", kSinks))).has_value());
  const Runner* before = runner("kept");
  world_.append("one", 0, "x");
  run_until_idle();
  const Result<ReloadReport> report = apply(plan(pipeline("other", "log: two", "{ look: { tag: o } }", kSinks) + kept));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(runner("kept"), before);
  EXPECT_THAT(world_.notes, IsEmpty()) << "neither joined, left, nor opened or closed a sink";
  for (const std::string& line : log_lines_) EXPECT_THAT(line, Not(HasSubstr("kept")));
  const Summary summary = supervisor_->summary();
  ASSERT_EQ(summary.pipelines.size(), 2u);
  EXPECT_EQ(summary.pipelines[0].name, "other") << "in the order of the file";
  drain();
}

TEST_F(ReloadTest, I7_TheSamePlanAgainChangesNothing) {
  const std::string yaml = plan(pipeline("p", "log: one", "", kSinks));
  ASSERT_TRUE(apply(yaml).has_value());
  const Result<ReloadReport> again = apply(yaml);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->changes.empty());
  EXPECT_THAT(world_.notes, IsEmpty());
  drain();
}

TEST_F(ReloadTest, APipelineIsAddedBesideOthersAndRemovedAgain) {
  const std::string first = pipeline("first", "log: one", "", kSinks);
  ASSERT_TRUE(apply(plan(first)).has_value());
  ASSERT_TRUE(apply(plan(first + pipeline("second", "log: two", "", kSinks))).has_value());
  EXPECT_EQ(world_.count("join second"), 1u);
  world_.append("two", 0, "s");
  run_until_idle();
  EXPECT_THAT(stored("a", "s"), ElementsAre("t/0/1"));
  world_.append("two", 0, "s");
  ASSERT_TRUE(apply(plan(first)).has_value());
  EXPECT_EQ(world_.count("leave second"), 1u);
  EXPECT_EQ(world_.count("leave first"), 0u);
  EXPECT_EQ(runner("second"), nullptr);
  EXPECT_EQ(world_.log("two")->committed({"t", 0}), 3) << "what it had begun was finished and committed";
  EXPECT_EQ(supervisor_->summary().pipelines.size(), 1u);
  drain();
}

TEST_F(ReloadTest, APipelineIsSwitchedOffAndOn) {
  const std::string on = plan(pipeline("p", "log: one", "", kSinks) + pipeline("q", "log: two", "", kSinks));
  const std::string off =
      plan(pipeline("p", "log: one", "", kSinks, "enabled: false") + pipeline("q", "log: two", "", kSinks));
  ASSERT_TRUE(apply(on).has_value());
  ASSERT_TRUE(apply(off).has_value());
  EXPECT_EQ(world_.count("leave p"), 1u);
  EXPECT_EQ(supervisor_->summary().pipelines[1].state, "disabled");
  ASSERT_TRUE(apply(on).has_value());
  EXPECT_EQ(world_.count("join p"), 1u);
  drain();
}

TEST_F(ReloadTest, I7_AStageIsReplacedAndTheConsumerStays) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "{ look: { tag: old } }", kSinks))).has_value());
  const Runner* before = runner("p");
  world_.append("one", 0, "x");
  run_until_idle();
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "{ look: { tag: new } }", kSinks))).has_value());
  EXPECT_EQ(runner("p"), before);
  EXPECT_THAT(world_.notes, IsEmpty()) << "no rebalance, no sink is opened or closed";
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(world_.notes, ElementsAre("new saw t/0/2"));
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1", "t/0/2"));
  drain();
}

TEST_F(ReloadTest, I7_ASinkIsReplacedAndTheOthersMoveOverAsTheyAre) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  ASSERT_TRUE(
      apply(plan(pipeline("p", "log: one", "", "events: { store: { store: b } }, dlq: { store: { store: letters } }")))
          .has_value());
  EXPECT_THAT(world_.notes, ElementsAre("open sink b", "close sink a"));
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(stored("b", "x"), ElementsAre("t/0/1"));
  EXPECT_THAT(stored("a", "x"), IsEmpty());
  drain();
}

TEST_F(ReloadTest, I7_WhatTheOldSinkDoesNotAnswerIsLookedUpBeforeTheNewOneGetsIt) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks, "reload: { drain: 5s }"))).has_value());
  world_.store("a")->set_script(
      [](const MemoryStore::Append&) { return Outcome{.kind = Outcome::Kind::unknown, .took_effect = true}; });
  world_.append("one", 0, "x");
  run_until_idle();
  world_.store("a")->set_reads(MemoryStore::Reads::fail);
  const std::string next =
      plan(pipeline("p", "log: one", "", "events: { store: { store: b } }, dlq: { store: { store: letters } }",
                    "reload: { drain: 5s }"));
  std::optional<Result<ReloadReport>> report;
  std::exception_ptr failure;
  spawn("apply", run_into(supervisor_->apply(parse(next)), report, failure));
  advance(1min);
  EXPECT_FALSE(report.has_value()) << "the old store cannot say what it has";
  EXPECT_THAT(supervisor_->waiting_for(), ElementsAre(HasSubstr("pipeline 'p': ")));
  world_.store("a")->set_reads(MemoryStore::Reads::work);
  advance(5min);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->has_value());
  EXPECT_THAT(supervisor_->waiting_for(), IsEmpty());
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1"));
  EXPECT_THAT(stored("b", "x"), IsEmpty()) << "what the old store has is not sent to the new one";
  drain();
}

TEST_F(ReloadTest, WhatTheConsumerIsMadeOfMakesItRejoin) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.append("one", 0, "x");
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one, group: g", "", kSinks))).has_value());
  EXPECT_THAT(world_.notes, ElementsAre("close sink a", "close sink letters", "leave p", "join p", "open sink a",
                                        "open sink letters"));
  EXPECT_EQ(world_.log("one")->committed({"t", 0}), 2) << "committed before it left";
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1", "t/0/2"));
  drain();
}

TEST_F(ReloadTest, APauseByAPersonOutlivesARejoin) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  runner("p")->pause();
  run_until_idle();
  world_.append("one", 0, "x");
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one, group: g", "", kSinks))).has_value());
  EXPECT_EQ(world_.count("join p"), 1u);
  EXPECT_TRUE(runner("p")->status().paused_by_request);
  advance(1min);
  EXPECT_THAT(stored("a", "x"), IsEmpty());
  runner("p")->resume();
  run_until_idle();
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1"));
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  EXPECT_FALSE(runner("p")->status().paused_by_request) << "nobody has paused that one";
  drain();
}

TEST_F(ReloadTest, OneThatLeavesIsGoneBeforeItsSuccessorComes) {
  ASSERT_TRUE(apply(plan(pipeline("old", "log: one", "", kSinks))).has_value());
  world_.store("a")->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 3s}; });
  world_.append("one", 0, "x");
  run_until_idle();
  ASSERT_TRUE(apply(plan(pipeline("new", "log: one", "", kSinks))).has_value());
  const auto left = std::ranges::find(world_.notes, "leave old");
  const auto joined = std::ranges::find(world_.notes, "join new");
  EXPECT_LT(left - world_.notes.begin(), joined - world_.notes.begin());
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1")) << "once";
  drain();
}

TEST_F(ReloadTest, AConnectionTakesItsUsersWithItAndIsClosedAfterThem) {
  const std::string source = "log: one, connection: c";
  ASSERT_TRUE(apply(plan(pipeline("p", source, "", kSinks), "c: { place: { at: here } }")).has_value());
  ASSERT_TRUE(apply(plan(pipeline("p", source, "", kSinks), "c: { place: { at: there } }")).has_value());
  EXPECT_THAT(world_.notes, ElementsAre("expect one at there", "open there", "close sink a", "close sink letters",
                                        "leave p", "join p", "open sink a", "open sink letters", "close here"));
  drain();
  EXPECT_EQ(world_.notes.back(), "close there");
}

TEST_F(ReloadTest, AConnectionThatStaysHearsOfWhatIsNewAndOpensItForThat) {
  const std::string c = "c: { place: { at: here } }";
  const std::string first = pipeline("first", "log: one, connection: c", "", kSinks);
  ASSERT_TRUE(apply(plan(first, c)).has_value());
  ASSERT_TRUE(apply(plan(first + pipeline("second", "log: two, connection: c", "", kSinks), c)).has_value());
  EXPECT_THAT(world_.notes, Contains("expect two at here"));
  EXPECT_EQ(world_.count("open here"), 1u) << "once more, for the new topic";
  ASSERT_TRUE(apply(plan(first, c)).has_value());
  EXPECT_EQ(world_.count("open here"), 0u) << "nothing is new";
  EXPECT_EQ(world_.count("close here"), 0u);
  drain();
}

TEST_F(ReloadTest, I7_WhatCannotBeBuiltChangesNothing) {
  const std::string good = pipeline("p", "log: one", "", kSinks);
  ASSERT_TRUE(apply(plan(good)).has_value());
  const Result<ReloadReport> report =
      apply(plan(pipeline("p", "log: one, group: g", "", kSinks) +
                     pipeline("q", "log: two", "", "events: { store: { store: b, broken: true } }"),
                 "c: { place: { at: here } }"));
  ASSERT_TRUE(report.has_error());
  EXPECT_EQ(report.error().message(), "pipeline 'q', sink 'events': it is broken");
  EXPECT_THAT(world_.notes, IsEmpty());
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1")) << "the old one runs on";
  EXPECT_TRUE(supervisor_->changes_to(parse(plan(good))).empty());
  drain();
}

TEST_F(ReloadTest, I7_AConnectionThatCanNeverWorkChangesNothing) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.open_errors["nowhere"] = Error(Errc::invalid_argument, "no such mechanism");
  const Result<ReloadReport> report =
      apply(plan(pipeline("p", "log: one, group: g", "", kSinks) + pipeline("q", "log: two, connection: d", "", kSinks),
                 "c: { place: { at: here } }, d: { place: { at: nowhere } }"));
  ASSERT_TRUE(report.has_error());
  EXPECT_EQ(report.error().message(), "connection 'd': no such mechanism");
  EXPECT_EQ(world_.count("leave p") + world_.count("join q"), 0u);
  EXPECT_EQ(world_.count("close here"), 1u) << "what was opened already is closed again";
  EXPECT_EQ(world_.count("close nowhere"), 1u) << "and what was only tried: it may have begun something";
  drain();
}

TEST_F(ReloadTest, AConnectionWhosePeerIsAwayIsNoReasonToRefuse) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.open_errors["away"] = Error(Errc::unavailable, "nobody answers");
  const std::string with =
      plan(pipeline("p", "log: one", "", kSinks) + pipeline("q", "log: two, connection: c", "", kSinks),
           "c: { place: { at: away } }");
  ASSERT_TRUE(apply(with).has_value());
  EXPECT_EQ(world_.count("join q"), 1u);
  world_.open_errors.clear();
  advance(10s);
  EXPECT_GE(world_.count("open away"), 2u);
  drain();
  EXPECT_EQ(world_.notes.back(), "close away");
}

TEST_F(ReloadTest, I7_ASinkThatCannotBeOpenedChangesNothing) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks) + pipeline("q", "log: two", "", kSinks))).has_value());
  world_.open_errors["bad"] = Error(Errc::permission_denied, "not yours");
  const std::string sinks = "events: { store: { store: bad } }, dlq: { store: { store: letters } }";
  const Result<ReloadReport> report =
      apply(plan(pipeline("p", "log: one", "", "events: { store: { store: b } }, dlq: { store: { store: letters } }") +
                 pipeline("q", "log: two", "", sinks)));
  ASSERT_TRUE(report.has_error());
  EXPECT_THAT(report.error().message(), HasSubstr("pipeline 'q': "));
  EXPECT_THAT(report.error().message(), HasSubstr("not yours"));
  EXPECT_EQ(world_.count("close sink a"), 0u);
  EXPECT_EQ(world_.count("open sink b"), world_.count("close sink b")) << "what p had opened is closed again";
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1"));
  EXPECT_THAT(stored("b", "x"), IsEmpty());
  drain();
}

TEST_F(ReloadTest, OneChangeAtATime) {
  world_.opening = 10s;
  std::optional<Result<ReloadReport>> first;
  std::exception_ptr failure;
  spawn("apply", run_into(supervisor_->apply(parse(plan(pipeline("p", "log: one, connection: c", "", kSinks),
                                                        "c: { place: { at: slow } }"))),
                          first, failure));
  run_until_idle();
  const Result<ReloadReport> second = run(supervisor_->apply(parse(plan(pipeline("q", "log: two", "", kSinks)))), 1ms);
  ASSERT_TRUE(second.has_error());
  EXPECT_THAT(second.error().message(), HasSubstr("another configuration is being applied"));
  advance(20s);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->has_value());
  drain();
}

TEST_F(ReloadTest, I8_AStopBeforeAnythingChangedRefusesTheChange) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.opening = 10s;
  world_.notes.clear();
  std::optional<Result<ReloadReport>> report;
  std::exception_ptr failure;
  spawn("apply", run_into(supervisor_->apply(parse(plan(pipeline("p", "log: one, group: g", "", kSinks) +
                                                            pipeline("q", "log: two, connection: c", "", kSinks),
                                                        "c: { place: { at: slow } }"))),
                          report, failure));
  advance(1s);
  drain();
  ASSERT_TRUE(report.has_value());
  ASSERT_TRUE(report->has_error());
  EXPECT_EQ(report->error().code(), Errc::cancelled);
  EXPECT_EQ(world_.count("join p") + world_.count("join q"), 0u);
  EXPECT_EQ(world_.count("close slow"), 1u);
  const Result<ReloadReport> after = run(supervisor_->apply(parse(plan(pipeline("p", "log: one", "", kSinks)))));
  ASSERT_TRUE(after.has_error());
  EXPECT_EQ(after.error().code(), Errc::cancelled);
}

TEST_F(ReloadTest, I8_AStopWhileAnOldSinkIsWaitedForEndsTheChange) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.store("a")->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Outcome::Kind::never}; });
  world_.store("a")->set_reads(MemoryStore::Reads::fail);
  world_.append("one", 0, "x");
  run_until_idle();
  std::optional<Result<ReloadReport>> report;
  std::exception_ptr failure;
  spawn("apply",
        run_into(supervisor_->apply(parse(plan(pipeline("p", "log: one", "", "events: { store: { store: b } }") +
                                               pipeline("q", "log: two", "", kSinks)))),
                 report, failure));
  advance(2min);
  EXPECT_FALSE(report.has_value());
  drain();
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(supervisor_->running());
  EXPECT_EQ(world_.log("one")->committed({"t", 0}), 1) << "what has no verdict is read again";
}

TEST_F(ReloadTest, I8_AStopWhileOneLeavesStartsNoSuccessor) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  world_.store("a")->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 5s}; });
  world_.append("one", 0, "x");
  run_until_idle();
  world_.notes.clear();
  std::optional<Result<ReloadReport>> report;
  std::exception_ptr failure;
  spawn("apply",
        run_into(supervisor_->apply(parse(plan(pipeline("p", "log: one, group: g", "", kSinks)))), report, failure));
  advance(1s);
  drain();
  EXPECT_TRUE(report.has_value());
  EXPECT_EQ(world_.count("join p"), 0u);
  EXPECT_EQ(world_.log("one")->committed({"t", 0}), 2);
}

TEST_F(ReloadTest, APipelineThatHasFailedIsStartedAnewByAChangeOfIt) {
  world_.open_errors["bad"] = Error(Errc::invalid_argument, "not yours");
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", "events: { store: { store: bad } }") +
                         pipeline("q", "log: two", "", kSinks)))
                  .has_value());
  ASSERT_TRUE(supervisor_->failure().has_value());
  const Result<ReloadReport> report = apply(
      plan(pipeline("p", "log: one", "", "events: { store: { store: a } }") + pipeline("q", "log: two", "", kSinks)));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->changes.pipelines[0].what, PipelineChange::What::rejoined);
  EXPECT_THAT(report->changes.pipelines[0].reasons, ElementsAre("it has failed"));
  EXPECT_FALSE(supervisor_->failure().has_value()) << "what is gone is no reason for an exit code";
  world_.append("one", 0, "x");
  run_until_idle();
  EXPECT_THAT(stored("a", "x"), ElementsAre("t/0/1"));
  drain();
}

TEST_F(ReloadTest, WaitingForTheEndGoesOnWhileSomethingRejoins) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks))).has_value());
  bool ended = false;
  std::exception_ptr failure;
  spawn("wait", detail::store_done(supervisor_->wait_until_ended(), ended, failure));
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one, group: g", "", kSinks))).has_value());
  EXPECT_FALSE(ended);
  drain();
  run_until_idle();
  EXPECT_TRUE(ended);
}

TEST_F(ReloadTest, TheTimeForAStopIsThatOfThePlanThatRuns) {
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks, "drain_timeout: 3s"))).has_value());
  EXPECT_EQ(supervisor_->drain_timeout(), 3s);
  ASSERT_TRUE(apply(plan(pipeline("p", "log: one", "", kSinks, "drain_timeout: 9s"))).has_value());
  EXPECT_EQ(supervisor_->drain_timeout(), 9s);
  drain();
}

}  // namespace
}  // namespace weir::testing
