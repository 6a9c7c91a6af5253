// Which partitions stand still, and what keeps a program from being ready.
#include "pipeline/admin/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::admin {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PartitionStatus partition(Partition number, Offset watermark, Offset end, std::uint64_t unsettled = 0) {
  PartitionStatus out;
  out.id = {"orders", number};
  out.lane = static_cast<LaneIndex>(number);
  out.assigned = true;
  out.watermark = watermark;
  out.position = watermark + static_cast<Offset>(unsettled);
  out.end = end;
  out.unsettled = unsettled;
  return out;
}

PipelineSummary pipeline(std::vector<PartitionStatus> partitions, std::string state = "running") {
  PipelineSummary out;
  out.name = "orders";
  out.state = std::move(state);
  out.partitions = std::move(partitions);
  return out;
}

Summary summary(PipelineSummary one) {
  Summary out;
  out.pipelines.push_back(std::move(one));
  return out;
}

const TimePoint kBegin{1h};

std::vector<Partition> stalled(const StallWatch& watch) {
  std::vector<Partition> out;
  for (const Stall& stall : watch.stalled()) out.push_back(stall.id.partition);
  return out;
}

TEST(StallWatchTest, OnlyAPartitionWithRecordsLeftThatDoesNotMoveStandsStill) {
  StallWatch watch(60s);
  Offset moving = 5;
  for (Duration after = 0s; after < 60s; after += 1s) {
    watch.look(summary(pipeline({partition(0, 10, 20), partition(1, 10, 10), partition(2, moving++, 100)})),
               kBegin + after);
    EXPECT_THAT(stalled(watch), IsEmpty());
  }
  watch.look(summary(pipeline({partition(0, 10, 20), partition(1, 10, 10), partition(2, moving, 100)})), kBegin + 60s);
  ASSERT_THAT(stalled(watch), ElementsAre(0));
  EXPECT_EQ(watch.stalled()[0].lag, 10u);
  EXPECT_EQ(watch.stalled()[0].watermark, 10);
  EXPECT_EQ(watch.stalled()[0].standing, 60s);
  EXPECT_EQ(watch.standing("orders", {"orders", 0}), 60s);
  EXPECT_EQ(watch.standing("orders", {"orders", 1}), 0s);
}

TEST(StallWatchTest, ItIsOverWithTheFirstStep) {
  StallWatch watch(60s);
  watch.look(summary(pipeline({partition(0, 10, 20)})), kBegin);
  watch.look(summary(pipeline({partition(0, 10, 20)})), kBegin + 90s);
  EXPECT_THAT(stalled(watch), ElementsAre(0));
  watch.look(summary(pipeline({partition(0, 11, 20)})), kBegin + 91s);
  EXPECT_THAT(stalled(watch), IsEmpty());
  watch.look(summary(pipeline({partition(0, 11, 20)})), kBegin + 150s);
  EXPECT_THAT(stalled(watch), IsEmpty()) << "counts anew";
}

TEST(StallWatchTest, WhatWasReadAndIsNotSettledCountsWhereTheEndIsNotKnown) {
  StallWatch watch(60s);
  for (const Duration after : {0s, 60s}) {
    watch.look(summary(pipeline({partition(0, 10, -1, 3), partition(1, 10, -1, 0), partition(2, -1, 7)})),
               kBegin + after);
  }
  EXPECT_THAT(stalled(watch), ElementsAre(0, 2)) << "2 was never read at all";
}

TEST(StallWatchTest, WhoIsPausedByAPersonOrHasLostThePartitionDoesNotStandStill) {
  StallWatch watch(60s);
  PipelineSummary paused = pipeline({partition(0, 10, 20)});
  paused.paused_by_request = true;
  PipelineSummary without = pipeline({partition(0, 10, 20)});
  without.partitions[0].assigned = false;
  for (const PipelineSummary& one : {paused, without}) {
    watch.look(summary(one), kBegin);
    watch.look(summary(one), kBegin + 1h);
    EXPECT_THAT(stalled(watch), IsEmpty());
  }
  watch.look(summary(pipeline({partition(0, 10, 20)})), kBegin + 1h);
  EXPECT_THAT(stalled(watch), IsEmpty()) << "the pause does not count";
}

TEST(StallWatchTest, WhatAPersonHasPausedFallsBehindAndItsPatienceBeginsAnewAfterwards) {
  StallWatch watch(60s);
  PipelineSummary going = pipeline({partition(0, 10, 20)});
  PipelineSummary paused = going;
  paused.paused_by_request = true;
  watch.look(summary(going), kBegin);
  watch.look(summary(paused), kBegin + 30s);
  watch.look(summary(paused), kBegin + 90s);
  EXPECT_THAT(stalled(watch), IsEmpty());
  EXPECT_EQ(watch.standing("orders", {"orders", 0}), 90s) << "its records wait";
  watch.look(summary(going), kBegin + 149s);
  EXPECT_THAT(stalled(watch), IsEmpty()) << "the pause does not count";
  watch.look(summary(going), kBegin + 150s);
  ASSERT_THAT(stalled(watch), ElementsAre(0));
  EXPECT_EQ(watch.stalled()[0].standing, 60s);
  EXPECT_EQ(watch.standing("orders", {"orders", 0}), 150s);
}

std::vector<std::string> reasons(const Summary& summary, const std::vector<Stall>& stalls = {}) {
  std::vector<std::string> out;
  for (const NotReady& reason : find_reasons(summary, stalls))
    out.push_back(reason.pipeline + "|" + reason.component + "|" + reason.reason);
  return out;
}

TEST(ReadinessTest, WorkingAndEndedAndSwitchedOffAreReady) {
  for (const char* state : {"running", "stopped", "disabled"})
    EXPECT_THAT(reasons(summary(pipeline({}, state))), IsEmpty()) << state;
}

TEST(ReadinessTest, EachKindOfTroubleIsNamed) {
  EXPECT_THAT(reasons(summary(pipeline({}, "created"))), ElementsAre("orders|pipeline|it is being started"));
  EXPECT_THAT(reasons(summary(pipeline({}, "draining"))), ElementsAre("orders|pipeline|it is being stopped"));
  PipelineSummary failed = pipeline({}, "failed");
  failed.reasons = {"no such topic"};
  EXPECT_THAT(reasons(summary(failed)), ElementsAre("orders|pipeline|failed: no such topic"));
  PipelineSummary paused = pipeline({}, "paused");
  paused.reasons = {"sink 'events': connection refused by 127.0.0.1:2113", "stages: no memory"};
  EXPECT_THAT(reasons(summary(paused)),
              ElementsAre("orders|sink 'events'|connection refused by 127.0.0.1:2113", "orders|stages|no memory"));
  PipelineSummary waiting = pipeline({});
  waiting.assigned = false;
  waiting.waiting_for = "no broker can be reached";
  EXPECT_THAT(reasons(summary(waiting)),
              ElementsAre("orders|source|the group has not assigned any partitions yet: no broker can be reached"));
}

TEST(ReadinessTest, AConnectionThatIsNotOpenIsAReason) {
  Summary all;
  all.connections = {{"store", "eventstoredb", false, "refused"}, {"broker", "kafka", true, {}}};
  EXPECT_THAT(reasons(all), ElementsAre("|connection 'store'|it is not open: refused"));
}

TEST(ReadinessTest, APauseThatAPersonAskedForIsNoReason) {
  PipelineSummary paused = pipeline({}, "paused");
  paused.paused_by_request = true;
  paused.reasons = {"paused by request"};
  EXPECT_THAT(reasons(summary(paused)), IsEmpty());
  paused.reasons.push_back("sink 'events': connection refused");
  EXPECT_THAT(reasons(summary(paused)), ElementsAre("orders|sink 'events'|connection refused"));
}

TEST(ReadinessTest, AStallNamesPartitionAndLane) {
  const Stall stall{.pipeline = "orders", .id = {"orders", 3}, .lane = 1, .watermark = 120, .lag = 42, .standing = 75s};
  EXPECT_THAT(reasons(summary(pipeline({})), {stall}),
              ElementsAre("orders|partition orders/3 on lane 1|42 records are left and the watermark has stood at 120 "
                          "for 75 s"));
}

TEST(ReadinessTest, DetailsAreForThoseWhoMaySeeThem) {
  const std::vector<NotReady> why = {{"orders", "sink 'events'", "10.0.0.7 refused"}};
  EXPECT_EQ(render_readiness(why, false), "{\"status\":\"not ready\"}\n");
  EXPECT_THAT(render_readiness(why, true), HasSubstr("\"reason\":\"10.0.0.7 refused\""));
  EXPECT_EQ(render_readiness({}, true), "{\"status\":\"ready\",\"reasons\":[]}\n");
}

}  // namespace
}  // namespace weir::admin
