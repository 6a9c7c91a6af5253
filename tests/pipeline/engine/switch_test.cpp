// Another graph is taken into use while the pipeline works (I7): what becomes of what is in flight, and of what has no
// verdict. Stops in the midst of it are in switch_stop_test.cpp.
#include "tests/pipeline/engine/switch_fixture.hpp"

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Kind = Outcome::Kind;

Task<void> revoke_all(MemorySource& source, TimePoint deadline, bool& done) {
  std::vector<TopicPartition> ids = source.assigned();
  co_await source.revoke(std::move(ids), deadline);
  done = true;
}

// ---------------------------------------------------------------- only stages

TEST_F(SwitchTest, I7_OtherStagesTakeTheNextBatchAndLoseNothing) {
  produce(200, 2, 3);
  begin(2);
  const std::shared_ptr<MarkingStage::Seen> old = seen_;
  const std::shared_ptr<MarkingStage::Seen> next = use_marking_stage();
  prepare(all_kept());
  ASSERT_TRUE(is_prepared());
  switch_over(only_stages());
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->run_again, 0u);
  EXPECT_EQ(old->ids.size(), 400u);
  produce(50, 2, 3);
  kit_.source->notify();
  advance(3s);
  EXPECT_EQ(old->ids.size(), 400u) << "what is read after the switch goes through the new stages";
  EXPECT_EQ(next->ids.size(), 100u);
  expect_all_stored_once();
  check_order();
  expect_all_committed();
  stop();
}

TEST_F(SwitchTest, I7_ABatchInFlightFinishesOnTheGraphItCameThrough) {
  produce(30);
  kit_.store->cork(true);
  begin();
  const std::shared_ptr<MarkingStage::Seen> old = seen_;
  use_marking_stage();
  prepare(all_kept());
  switch_over(only_stages());
  ASSERT_TRUE(is_switched()) << "nothing has to be waited for";
  advance(10s);
  EXPECT_FALSE(old->gone) << "its hooks hang on acks that are open";
  EXPECT_EQ(old->settled, 0u);
  kit_.store->cork(false);
  advance(2s);
  EXPECT_EQ(old->settled, 30u);
  EXPECT_TRUE(old->gone);
  EXPECT_EQ(committed(), 30);
  stop();
}

TEST_F(SwitchTest, I7_ASinkThatIsKeptIsTheSameObjectAndNotOpenedAgain) {
  watch_sinks("first");
  produce(10);
  begin();
  MemorySink* const sink = kit_.sinks[0];
  watch_sinks("second");
  prepare(all_kept());
  switch_over(only_stages());
  ASSERT_TRUE(is_switched());
  produce(10);
  kit_.source->notify();
  advance(2s);
  EXPECT_EQ(sink->opens(), 1u);
  EXPECT_TRUE(sink->is_open());
  EXPECT_THAT(diary_, ElementsAre("open first"));
  stop();
  EXPECT_THAT(diary_, ElementsAre("open first", "close first"));
}

// A stage that cannot work holds the batch; the next configuration, which has mended it, takes the batch over.
TEST_F(SwitchTest, I7_ABatchThatAStageCannotProcessTakesTheNewStages) {
  kit_.make_stages = [](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"broken", std::make_unique<FunctionStage>([](Batch& batch, StageContext& ctx) -> Result<void> {
                        ctx.fail(batch.messages().front(), Error(Errc::data, "taken for bad"));
                        return Error(Errc::unavailable, "cannot work");
                      })});
    return stages;
  };
  produce(10);
  begin();
  advance(200ms);
  use_marking_stage();
  prepare(all_kept());
  switch_over(only_stages());
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 10u) << "also what the old stage had taken for bad: it begins anew";
  EXPECT_EQ(kit_.dead_letters->events(), 0u);
  EXPECT_EQ(committed(), 10);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

TEST_F(SwitchTest, I7_WhatABreakerSaysLivesOnAndSoDoesTheRetry) {
  kit_.settings.persist.retry = {.attempts = 2, .initial = 100ms, .multiplier = 2, .max = 1s};
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  produce(5);
  begin();
  advance(3s);
  ASSERT_THAT(runner_->status().paused, ElementsAre(HasSubstr("sink 'events'")));
  log::configure(log::Level::info, log::Format::json);
  prepare(all_kept());
  switch_over(only_stages());
  ASSERT_TRUE(is_switched());
  EXPECT_THAT(runner_->status().paused, ElementsAre(HasSubstr("sink 'events'")));
  EXPECT_THAT(log_lines_, Not(HasSubstr("no longer paused")));
  log::configure(log::Level::error, log::Format::json);
  kit_.store->set_script({});
  advance(5s);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  EXPECT_EQ(committed(), 5);
  stop();
}

// Who changes `persist` does it because something is stuck.
TEST_F(SwitchTest, I7_APolicyThatIsChangedIsInForceForWhatIsInFlight) {
  kit_.settings.persist.retry = {.attempts = 2, .initial = 100ms, .multiplier = 2, .max = 1s};
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  produce(5);
  begin();
  advance(3s);
  kit_.settings.persist.on_exhausted = OnExhausted::dlq;
  prepare(all_kept());
  switch_over(only_stages());
  advance(3s);
  EXPECT_EQ(kit_.dead_letters->events(), 5u);
  EXPECT_EQ(committed(), 5);
  stop();
}

// ---------------------------------------------------------------- other sinks

TEST_F(SwitchTest, I7_AnotherSinkTakesOverWhenTheOldOneHasEverything) {
  watch_sinks("first");
  produce(100, 2, 3);
  begin(1);
  watch_sinks("second");
  const std::shared_ptr<MemoryStore> second = use_another_store();
  prepare(events_replaced());
  ASSERT_TRUE(is_prepared());
  EXPECT_THAT(diary_, ElementsAre("open first", "open second"));
  switch_over(other_sinks(30s));
  ASSERT_TRUE(is_switched());
  EXPECT_THAT(diary_, ElementsAre("open first", "open second", "close first"));
  EXPECT_EQ(report_->found, 0u);
  EXPECT_EQ(report_->run_again, 0u);
  produce(20, 2, 3);
  kit_.source->notify();
  advance(2s);
  EXPECT_EQ(older_stores_[0]->events(), 200u);
  EXPECT_EQ(second->events(), 40u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

// The new sink must not get a message of a stream before the old one has those before it.
TEST_F(SwitchTest, I7_NothingIsSubmittedUntilWhatIsInFlightHasArrived) {
  produce(15);
  kit_.store->cork(true);
  begin();
  const std::shared_ptr<MemoryStore> second = use_another_store();
  prepare(events_replaced());
  switch_over(other_sinks(30s));
  produce(15);
  kit_.source->notify();
  advance(5s);
  EXPECT_FALSE(is_switched());
  EXPECT_EQ(second->events(), 0u);
  EXPECT_THAT(waits_, Not(IsEmpty()));
  EXPECT_THAT(runner_->status().switching, HasSubstr("15 messages are on their way"));
  older_stores_[0]->cork(false);
  advance(2s);
  EXPECT_TRUE(is_switched());
  EXPECT_THAT(runner_->status().switching, IsEmpty());
  EXPECT_EQ(older_stores_[0]->events(), 15u);
  EXPECT_EQ(second->events(), 15u);
  expect_all_committed();
  stop();
}

class StuckSinkTest : public SwitchTest {
 protected:
  // Some records are on their way to a sink that behaves like that; then another sink on another store is wanted.
  void begin_stuck(Outcome outcome, Duration drain = 2s) {
    kit_.settings.persist.retry = {.attempts = 3, .initial = 200ms, .multiplier = 2, .max = 1s};
    kit_.store->set_script([outcome](const MemoryStore::Append&) { return outcome; });
    produce(12, 1, 3);
    begin();
    advance(1s);
    first_ = kit_.store;
    second_ = use_another_store();
    prepare(events_replaced());
    ASSERT_TRUE(is_prepared());
    switch_over(other_sinks(drain));
  }
  std::shared_ptr<MemoryStore> first_;
  std::shared_ptr<MemoryStore> second_;
};

TEST_F(StuckSinkTest, I7_WhatTheOldSinkTurnsOutToHoldIsNotWrittenAgain) {
  begin_stuck({.kind = Kind::unknown, .took_effect = true});
  EXPECT_FALSE(is_switched());
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->found, 12u);
  EXPECT_EQ(report_->run_again, 0u);
  EXPECT_EQ(second_->events(), 0u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

TEST_F(StuckSinkTest, I7_WhatTheOldSinkDoesNotHoldTakesTheNewWayInOrder) {
  begin_stuck({.kind = Kind::fail});
  const std::shared_ptr<MarkingStage::Seen> old = seen_;
  produce(12, 1, 3);
  kit_.source->notify();
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->found, 0u);
  EXPECT_EQ(report_->run_again, 12u);
  EXPECT_EQ(first_->events(), 0u);
  EXPECT_EQ(second_->events(), 24u);
  expect_all_stored_once();
  check_order();
  expect_all_committed();
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  stop();
}

// A batch that went through the old stages already, and waits for room, is behind all that is run again.
TEST_F(SwitchTest, I7_TheBatchInHandWaitsForWhatIsRunAgain) {
  kit_.settings.persist.retry = {.attempts = 3, .initial = 200ms, .multiplier = 2, .max = 1s};
  kit_.settings.window.items = 10;  // three batches, and one in the head's hands
  kit_.source_settings.batch_messages = 3;
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  produce(15, 1, 3);
  begin();
  advance(1s);
  use_another_store();
  kit_.settings.window.items = 3;  // one batch after the other
  prepare(events_replaced());
  switch_over(other_sinks(1s));
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->run_again, 9u);
  EXPECT_EQ(kit_.store->events(), 15u);
  expect_all_stored_once();
  check_order();
  expect_all_committed();
  stop();
}

TEST_F(StuckSinkTest, I7_WhatIsHalfThereIsSettledAndTheRestTakesTheNewWay) {
  begin_stuck({.kind = Kind::first_half_only});
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_GT(first_->events(), 0u);
  EXPECT_EQ(first_->events() + second_->events(), 12u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

TEST_F(StuckSinkTest, I7_WhileTheOldSinkCannotSayTheSwitchWaitsAndSaysSo) {
  kit_.store->set_reads(MemoryStore::Reads::fail);
  begin_stuck({.kind = Kind::fail});
  advance(60s);
  EXPECT_FALSE(is_switched());
  EXPECT_EQ(second_->events(), 0u);
  EXPECT_EQ(committed(), -1);
  ASSERT_THAT(waits_, Not(IsEmpty()));
  EXPECT_THAT(waits_.back(), HasSubstr("sink 'events' cannot say yet whether it has the message from t/0 offset 0"));
  EXPECT_THAT(waits_.back(), HasSubstr("the store cannot be read (scripted)"));
  EXPECT_EQ(runner_->status().switching, waits_.back());
  first_->set_reads(MemoryStore::Reads::work);
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(second_->events(), 12u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

// A write that is out may take effect after the reading: it is waited for.
TEST_F(StuckSinkTest, I7_AWriteThatIsStillOutIsNotTakenForAbsent) {
  kit_.source_settings.batch_messages = 12;
  begin_stuck({.kind = Kind::write, .delay = 20s}, 2s);
  advance(10s);
  EXPECT_FALSE(is_switched());
  advance(10s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(first_->events(), 12u);
  EXPECT_EQ(second_->events(), 0u);
  EXPECT_EQ(report_->found, 12u) << "it was not written a second time to find out";
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

// Kafka, for one.
TEST_F(StuckSinkTest, I7_ASinkThatCannotBeReadIsWrittenToUntilItsVerdict) {
  kit_.store->set_reads(MemoryStore::Reads::never);
  kit_.source_settings.batch_messages = 12;
  begin_stuck({.kind = Kind::fail});
  advance(30s);
  EXPECT_FALSE(is_switched());
  EXPECT_EQ(second_->events(), 0u);
  first_->set_script({});
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(first_->events(), 12u);
  EXPECT_EQ(second_->events(), 0u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

// What never went out is not in doubt, whatever the sink can or cannot say.
TEST_F(SwitchTest, I7_WhatWaitedBehindAnotherWriteNeedsNoLookUp) {
  kit_.settings.persist.retry = {.attempts = 3, .initial = 60s, .multiplier = 2, .max = 60s};
  kit_.source_settings.batch_messages = 1;
  kit_.store->set_reads(MemoryStore::Reads::never);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  produce(6, 1, 3);
  begin();
  advance(1s);
  const std::shared_ptr<MemoryStore> first = kit_.store;
  use_another_store();
  prepare(events_replaced());
  first->set_script({});
  switch_over(other_sinks(1s));
  advance(90s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(first->events(), 3u) << "the first of each stream, whose write had failed";
  EXPECT_EQ(kit_.store->events(), 3u);
  expect_all_stored_once();
  expect_all_committed();
  stop();
}

TEST_F(StuckSinkTest, I7_APartitionThatIsTakenAwayMeanwhileIsUpToItsNewOwner) {
  kit_.store->set_reads(MemoryStore::Reads::fail);
  begin_stuck({.kind = Kind::fail});
  advance(10s);
  kit_.source->lose({{"t", 0}});
  advance(5s);
  ASSERT_TRUE(is_switched()) << "nothing of it is ours any more";
  EXPECT_EQ(second_->events(), 0u);
  kit_.source->assign({{"t", 0}});
  advance(5s);
  EXPECT_EQ(second_->events(), 12u);
  expect_all_committed();
  stop();
}

// ---------------------------------------------------------------- dead letters

TEST_F(SwitchTest, I7_ADlqThatIsAddedTakesWhatThePipelineStoodStillFor) {
  kit_.with_dlq = false;
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k1" ? Kind::reject : Kind::write};
  });
  produce(9, 1, 3);
  begin();
  advance(3s);
  ASSERT_THAT(runner_->status().paused, ElementsAre(HasSubstr("dead letters")));
  kit_.with_dlq = true;
  prepare(kit_.make_graph(clock(), 1, {KeptSink{0}}));
  switch_over(other_sinks(1s));
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(kit_.dead_letters->events(), 3u);
  EXPECT_EQ(committed(), 9);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

TEST_F(SwitchTest, I7_ALetterThatTheOldSinkHoldsIsSettledAndTheOthersTakeTheNewWay) {
  kit_.settings.persist.retry = {.attempts = 3, .initial = 200ms, .multiplier = 2, .max = 1s};
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::reject}; });
  kit_.dead_letters->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k0" ? Kind::unknown : Kind::fail, .took_effect = true};
  });
  produce(6, 1, 2);
  begin();
  advance(1s);
  const std::shared_ptr<MemoryStore> old = kit_.dead_letters;
  kit_.dead_letters = std::make_shared<MemoryStore>();
  kit_.store->set_script({});  // what was refused is taken now
  prepare(dlq_replaced());
  switch_over(other_sinks(1s));
  // I1 is watched by the fixture over the new dead letters only.
  kit_.source->on_commit = {};
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->found, 3u);
  EXPECT_EQ(report_->run_again, 3u);
  EXPECT_EQ(old->events(), 3u);
  EXPECT_EQ(kit_.store->events(), 3u) << "from its original bytes, as if just read";
  EXPECT_EQ(kit_.dead_letters->events(), 0u);
  EXPECT_EQ(committed(), 6);
  stop();
}

// Both sinks are asked: the message may lie in the one and its letter in the other.
TEST_F(SwitchTest, I7_AMessageThatWasGivenUpIsLookedUpInBothOfItsSinks) {
  kit_.settings.persist.retry = {.attempts = 2, .initial = 100ms, .multiplier = 2, .max = 1s};
  kit_.settings.persist.on_exhausted = OnExhausted::dlq;
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k0" ? Kind::unknown : Kind::fail, .took_effect = true};
  });
  kit_.dead_letters->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  produce(6, 1, 2);
  begin();
  advance(2s);
  const std::shared_ptr<MemoryStore> second = use_another_store();
  prepare(kit_.make_graph(clock(), 1, {KeptSink{1}}));
  switch_over(other_sinks(1s));
  advance(5s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(report_->found, 3u);
  EXPECT_EQ(second->events(), 3u);
  expect_all_stored_once();
  EXPECT_EQ(committed(), 6);
  for (const MemorySink* sink : kit_.sinks) EXPECT_EQ(sink->gate_keys(), 0u) << "a kept sink waits for nothing";
  stop();
}

// ---------------------------------------------------------------- refused

TEST_F(SwitchTest, I7_ASinkThatRefusesToOpenLeavesEverythingAsItWas) {
  watch_sinks("first");
  produce(10);
  begin(2);
  watch_sinks("second");
  GraphParts next = events_replaced();
  kit_.sinks[0]->fail_opens(1, Error(Errc::invalid_argument, "no such stream"));
  prepare(std::move(next));
  ASSERT_TRUE(prepared_.has_value());
  ASSERT_TRUE(prepared_->has_error());
  EXPECT_THAT(prepared_->error().message(), HasSubstr("opening sink 'events': no such stream"));
  EXPECT_THAT(diary_,
              ::testing::UnorderedElementsAre("open first", "open first", "open second", "open second", "close second"))
      << "the other lane's was open already";
  EXPECT_EQ(runner_->state(), RunnerState::running);
  produce(10);
  kit_.source->notify();
  advance(2s);
  EXPECT_EQ(kit_.store->events(), 20u);
  expect_all_committed();
  switch_over(other_sinks(1s));
  EXPECT_FALSE(is_switched()) << "nothing is prepared";
  stop();
}

TEST_F(SwitchTest, I7_ASinkThatIsAwayIsAskedUntilTheLimit) {
  produce(10);
  begin();
  GraphParts next = events_replaced();
  MemorySink* const away = kit_.sinks[0];
  away->fail_opens(1000, Error(Errc::unavailable, "connection refused"));
  prepare(std::move(next), 10s);
  advance(7s);
  EXPECT_FALSE(prepared_.has_value());
  advance(4s);
  ASSERT_TRUE(prepared_.has_value());
  EXPECT_THAT(prepared_->error().message(), HasSubstr("connection refused"));
  next = events_replaced();
  kit_.sinks[0]->fail_opens(3, Error(Errc::unavailable, "connection refused"));
  prepare(std::move(next), 10s);
  advance(9s);
  EXPECT_TRUE(is_prepared());
  switch_over(other_sinks(1s));
  EXPECT_TRUE(is_switched());
  stop();
}

TEST_F(SwitchTest, I7_WhatIsPreparedCanBeThrownAwayAndOnlyOneIsAtATime) {
  watch_sinks("first");
  produce(10);
  begin();
  watch_sinks("second");
  prepare(events_replaced());
  ASSERT_TRUE(is_prepared());
  prepare(events_replaced());
  ASSERT_TRUE(prepared_->has_error());
  EXPECT_THAT(prepared_->error().message(), HasSubstr("being taken into use already"));
  discard();
  EXPECT_THAT(diary_, ElementsAre("open first", "open second", "close second"));
  GraphParts wrong = kit_.make_graph(clock(), 2);
  prepare(std::move(wrong));
  EXPECT_THAT(prepared_->error().message(), HasSubstr("number of lanes"));
  watch_sinks("third");
  prepare(events_replaced());
  ASSERT_TRUE(is_prepared());
  switch_over(other_sinks(1s));
  EXPECT_TRUE(is_switched());
  stop();
}

// The sink of the first configuration is not even there, and the second one names it rightly.
TEST_F(SwitchTest, I7_ASinkThatHasNeverOpenedIsReplaced) {
  watch_sinks("first");
  produce(10);
  lanes_ = 1;
  runner_ = kit_.make(clock(), metrics_, executor(), {executor()});
  kit_.sinks[0]->fail_opens(1000, Error(Errc::unavailable, "no such host"));
  spawn("runner", run_made());
  advance(5s);
  ASSERT_THAT(runner_->status().paused, ElementsAre(HasSubstr("no such host")));
  watch_sinks("second");
  prepare(events_replaced());
  ASSERT_TRUE(is_prepared());
  switch_over(other_sinks(1s));
  advance(3s);
  ASSERT_TRUE(is_switched());
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  EXPECT_THAT(diary_, Not(::testing::Contains("close first")));
  stop();
}

// ---------------------------------------------------------------- held by a person

TEST_F(SwitchTest, APauseTakesNothingNewAndFinishesWhatIsInFlight) {
  kit_.store->cork(true);
  produce(10);
  begin();
  runner_->pause();
  produce(10);
  kit_.source->notify();
  kit_.store->cork(false);
  advance(30s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_EQ(committed(), 10);
  EXPECT_TRUE(runner_->status().paused_by_request);
  EXPECT_THAT(runner_->status().paused, ElementsAre("paused by request"));
  EXPECT_FALSE(runner_->status().only_waits);
  prepare(events_replaced());
  switch_over(other_sinks(1s));
  ASSERT_TRUE(is_switched()) << "nothing is in flight";
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 10u) << "it survives a switch";
  runner_->resume();
  advance(2s);
  EXPECT_EQ(kit_.store->events(), 20u);
  EXPECT_EQ(committed(), 20);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

TEST_F(SwitchTest, WhatIsReadWhenAPauseComesWaitsAndIsLeftToTheNextOwner) {
  produce(5);
  begin();
  advance(1s);
  runner_->pause();  // while the lane waits for more
  produce(5);
  kit_.source->notify();
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 5u);
  const TimePoint begun = clock().now();
  bool revoked = false;
  spawn("revoke", revoke_all(*kit_.source, begun + 30s, revoked));
  advance(2s);
  EXPECT_TRUE(revoked) << "what a person holds is not waited for";
  EXPECT_EQ(committed(), 5);
  runner_->resume();
  kit_.source->assign({{"t", 0}});
  advance(2s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_EQ(committed(), 10);
  stop();
}

TEST_F(SwitchTest, AStopDuringAPauseWritesNothingMore) {
  produce(5);
  begin();
  advance(1s);
  runner_->pause();
  produce(5);
  kit_.source->notify();
  advance(1s);
  stop();
  EXPECT_EQ(kit_.store->events(), 5u);
  EXPECT_EQ(committed(), 5);
}

}  // namespace
}  // namespace weir::testing
