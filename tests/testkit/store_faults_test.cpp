// Faults of a store by name, under a real pipeline.
#include "testkit/store_faults.hpp"

#include "tests/testkit/kit.hpp"

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// What one fault on the first of three appends does to a pipeline.
class StoreFaultsTest : public WorldTest {
 protected:
  Waited run(std::string_view fault, Duration time = {}) {
    const auto made = store_fault(fault, time);
    EXPECT_TRUE(made.has_value());
    produce_orders(world, 0, 3);
    world.store().on_append(0, *made);
    EXPECT_TRUE(process.start().has_value());
    return world.run_until_idle(30min);
  }
  World world;
  Process process{world, plan_of(kOrders)};
};

TEST_F(StoreFaultsTest, ATimeoutAfterTheCommitIsStoredOnce) {
  const Waited waited = run("timeout_after_commit");
  ASSERT_TRUE(waited) << waited.why;
  EXPECT_GT(waited.took, 10s) << "the client's deadline";
  EXPECT_EQ(world.store().appends().size(), 4u);
  EXPECT_EQ(world.store().appends().back().at - world.store().appends().front().at, 10s + 300ms);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 3), "");
  EXPECT_EQ(process.summary().pipelines[0].retried, 1u);
}

TEST_F(StoreFaultsTest, ATimeoutBeforeTheCommitIsStoredByTheNextTry) {
  ASSERT_TRUE(run("timeout_before_commit"));
  EXPECT_EQ(world.store().appends().size(), 4u);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 3), "");
}

TEST_F(StoreFaultsTest, UnavailableIsTriedAgain) {
  ASSERT_TRUE(run("unavailable"));
  const auto retried = std::ranges::find(world.happenings(), Happening::What::retried, &Happening::what);
  ASSERT_NE(retried, world.happenings().end());
  EXPECT_EQ(retried->count, 1u);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 3), "");
}

TEST_F(StoreFaultsTest, SlowTakesItsTime) {
  const Waited waited = run("slow", 3s);
  ASSERT_TRUE(waited);
  EXPECT_GE(waited.took, 3s);
  EXPECT_EQ(world.store().appends().size(), 3u);
}

TEST_F(StoreFaultsTest, RejectedIsADeadLetter) {
  ASSERT_TRUE(run("reject"));
  EXPECT_EQ(world.kafka().records("orders.dlq", 0).size(), 1u);
  EXPECT_EQ(world.store().events(), 2u);
}

TEST_F(StoreFaultsTest, TooLargeIsADeadLetter) {
  ASSERT_TRUE(run("too_large"));
  EXPECT_EQ(world.kafka().records("orders.dlq", 0).size(), 1u);
}

TEST_F(StoreFaultsTest, WhatNeverAnswersIsAbortedByAStop) {
  const Waited waited = run("never_answers");
  EXPECT_EQ(waited.end, Waited::End::time_limit);
  EXPECT_TRUE(process.stop());
  EXPECT_EQ(world.store().events(), 2u);
}

TEST_F(StoreFaultsTest, AWrongExpectedVersionEndsWell) {
  const Waited waited = run("wrong_expected_version");
  ASSERT_TRUE(waited) << waited.why;
  EXPECT_EQ(world.store().events() + world.kafka().records("orders.dlq", 0).size(), 3u);
}

TEST_F(StoreFaultsTest, AStoreThatIsAwayIsWaitedFor) {
  produce_orders(world, 0, 3);
  world.store().set_away(true);
  ASSERT_TRUE(process.start().has_value());
  world.advance(10min);
  EXPECT_EQ(world.store().events(), 0u);
  world.store().set_away(false);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 3), "");
}

TEST(StoreFaultNames, AreSuggestedAndCheckedForTheirTime) {
  EXPECT_THAT(store_fault("timeout_after_comit").error().message(), HasSubstr("did you mean 'timeout_after_commit'"));
  EXPECT_THAT(store_fault("slow").error().message(), HasSubstr("takes a time"));
  EXPECT_THAT(store_fault("unavailable", 3s).error().message(), HasSubstr("takes no time"));
  for (const StoreFaultName& one : store_fault_names())
    EXPECT_TRUE(store_fault(one.name, one.takes_time ? Duration(1s) : Duration()).has_value()) << one.name;
}

}  // namespace
}  // namespace weir::testkit
