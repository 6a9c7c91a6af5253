// A stop in each phase of a switch wins, is clean (I8), and loses nothing (I1, I5).
#include "tests/pipeline/engine/switch_fixture.hpp"

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Kind = Outcome::Kind;

enum class How { drain, abort };

class SwitchStopTest : public SwitchTest, public ::testing::WithParamInterface<How> {
 protected:
  void end() {
    if (GetParam() == How::drain) {
      runner_->drain(clock().now() + 20s);
    } else {
      runner_->abort();
    }
    for (int i = 0; i < 300 && !ended(); ++i) advance(100ms);
    ended_at_ = clock().now();
    ASSERT_TRUE(ended()) << "the runner did not stop";
    EXPECT_TRUE(result_->has_value());
    EXPECT_EQ(runner_->status().leaked_acks, 0u);
    runner_.reset();
  }
  Duration ended_after(TimePoint asked) const { return ended_at_ - asked; }
  // What a stop has left is brought by the next start, with the configuration that the switch wanted.
  void expect_the_next_start_brings_the_rest() {
    for (const std::shared_ptr<MemoryStore>& store : stores()) {
      store->set_script({});
      store->cork(false);
    }
    kit_.wrap_sink = {};
    begin();
    advance(5s);
    expect_all_committed();
    check_order();
    stop();
  }

  TimePoint ended_at_{};
};

TEST_P(SwitchStopTest, I8_WhileTheNewSinksAreOpened) {
  watch_sinks("first");
  produce(10);
  begin();
  watch_sinks("second");
  GraphParts next = events_replaced();
  kit_.sinks[0]->fail_opens(1000, Error(Errc::unavailable, "connection refused"));
  prepare(std::move(next), 1h);
  advance(1s);
  end();
  ASSERT_TRUE(prepared_.has_value());
  EXPECT_EQ(prepared_->error().code(), Errc::cancelled);
  EXPECT_EQ(diary_.back(), "close first");
  expect_the_next_start_brings_the_rest();
}

TEST_P(SwitchStopTest, I8_WithASwitchPreparedAndNotBegun) {
  watch_sinks("first");
  produce(10);
  begin();
  watch_sinks("second");
  prepare(events_replaced());
  ASSERT_TRUE(is_prepared());
  end();
  EXPECT_THAT(diary_, ElementsAre("open first", "open second", "close second", "close first"));
  expect_the_next_start_brings_the_rest();
}

TEST_P(SwitchStopTest, I8_WhileWhatIsInFlightIsWaitedFor) {
  watch_sinks("first");
  produce(30);
  kit_.store->cork(true);
  begin();
  watch_sinks("second");
  const std::shared_ptr<MemoryStore> second = use_another_store();
  prepare(events_replaced());
  switch_over(other_sinks(1h));
  advance(1s);
  older_stores_[0]->cork(false);
  end();
  EXPECT_FALSE(is_switched());
  EXPECT_EQ(second->events(), 0u);
  if (GetParam() == How::drain) {
    EXPECT_EQ(committed(), 30) << "what was begun is finished on its own graph";
  }
  EXPECT_THAT(diary_, ElementsAre("open first", "open second", "close second", "close first"));
  expect_the_next_start_brings_the_rest();
}

// To the old sink nothing may be sent any more: the first of a stream was given up there.
TEST_P(SwitchStopTest, I8_WhileTheOldSinkIsAsked) {
  watch_sinks("first");
  produce(30, 1, 3);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  kit_.store->set_reads(MemoryStore::Reads::fail);
  begin();
  advance(1s);
  watch_sinks("second");
  use_another_store();
  prepare(events_replaced());
  switch_over(other_sinks(1s));
  advance(10s);
  EXPECT_FALSE(is_switched());
  const std::shared_ptr<MemoryStore> first = older_stores_[0];
  first->set_script({});
  const TimePoint asked = clock().now();
  end();
  EXPECT_LT(ended_after(asked), 1s) << "whoever waits for the old sink waits in vain";
  EXPECT_EQ(first->events(), 0u);
  EXPECT_THAT(diary_, ElementsAre("open first", "open second", "close second", "close first"));
  expect_the_next_start_brings_the_rest();
  expect_all_stored_once();
}

TEST_P(SwitchStopTest, I8_WhileTheRestTakesTheNewWay) {
  produce(30, 1, 3);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  begin();
  advance(1s);
  const std::shared_ptr<MemoryStore> second = use_another_store();
  second->cork(true);
  prepare(events_replaced());
  switch_over(other_sinks(1s));
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->run_again, 30u);
  second->cork(false);
  end();
  if (GetParam() == How::drain) {
    EXPECT_EQ(committed(), 30) << "it was begun";
  }
  expect_the_next_start_brings_the_rest();
  expect_all_stored_once();
}

INSTANTIATE_TEST_SUITE_P(Both, SwitchStopTest, ::testing::Values(How::drain, How::abort),
                         [](const ::testing::TestParamInfo<How>& info) {
                           return info.param == How::drain ? "drain" : "abort";
                         });

TEST_F(SwitchTest, I8_NothingIsPreparedForARunnerThatStops) {
  produce(10);
  begin();
  GraphParts next = events_replaced();
  kit_.store->cork(true);
  produce(10);
  kit_.source->notify();
  advance(1s);
  runner_->drain(clock().now() + 20s);
  run_until_idle();
  prepare(std::move(next));
  ASSERT_TRUE(prepared_->has_error());
  EXPECT_EQ(prepared_->error().code(), Errc::cancelled);
  kit_.store->cork(false);
  advance(20s);
  prepare(GraphParts());
  EXPECT_EQ(prepared_->error().code(), Errc::cancelled);
  EXPECT_TRUE(ended());
}

}  // namespace
}  // namespace weir::testing
