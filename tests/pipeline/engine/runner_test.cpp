// The runner under virtual time: one test, or several, for each invariant it keeps. README.md says which of them fails
// when the code is broken on purpose.
#include "tests/pipeline/engine/runner_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Kind = Outcome::Kind;

// A record that its sink refuses, and one behind it that is well.
class DeadLetterWayTest : public RunnerTest {
 protected:
  void make_fail(const std::string& payload, std::vector<std::pair<std::string, std::string>> headers) {
    kit_.log->append("t", 0, "k", payload, std::move(headers));
    kit_.log->append("t", 0, "other", "p");
    kit_.store->set_script([](const MemoryStore::Append& append) {
      return Outcome{.kind = append.stream == "k" ? Kind::reject : Kind::write};
    });
  }
  static std::string header(const MemoryStore::Event& event, std::string_view name) {
    for (const auto& [known, value] : event.headers) {
      if (known == name) return value;
    }
    return "<none>";
  }
};

TEST_F(RunnerTest, MovesEverythingAndCommitsTheEnd) {
  produce(100, 4, 3);
  kit_.source_settings.finite = true;
  start(2);
  advance(5s);
  ASSERT_TRUE(ended());
  EXPECT_TRUE(result_->has_value());
  EXPECT_EQ(kit_.store->events(), 400u);
  expect_all_committed();
  check_order();
  EXPECT_EQ(count("weir_messages_consumed_total"), 400u);
  EXPECT_EQ(count("weir_messages_written_total"), 400u);
  EXPECT_EQ(metrics_.counter("kafka_messages_consumed_total", {{"topic", "t"}}).value(), 400u);
  EXPECT_EQ(runner_->status().state, RunnerState::stopped);
  EXPECT_EQ(metrics_.gauge("weir_inflight_messages", {{"pipeline", "test"}}).value(), 0);
}

// ---------------------------------------------------------------- I1: no loss

TEST_F(RunnerTest, I1_NoLoss_NothingIsCommittedBeforeTheSinkConfirms) {
  produce(30);
  kit_.store->cork(true);
  start();
  advance(10s);
  EXPECT_EQ(committed(), -1);
  kit_.store->cork(false);
  advance(2s);
  EXPECT_EQ(committed(), 30);
  stop();
}

TEST_F(RunnerTest, I1_NoLoss_TheWatermarkStopsBeforeTheOneMessageThatIsMissing) {
  produce(20, 1, 4);  // streams k0..k3; k1 never answers: offsets 1, 5, 9 ...
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k1" ? Kind::never : Kind::write};
  });
  start();
  advance(10s);
  EXPECT_EQ(kit_.store->events(), 15u) << "the other streams are not held up";
  EXPECT_LE(committed(), 1);
  stop();
  EXPECT_LE(committed(), 1);
}

TEST_F(RunnerTest, I1_NoLoss_HolesInTheOffsetsAreStepsLikeAnyOther) {
  kit_.log->append("t", 0, "k", "a");
  kit_.log->append("t", 0, "k", "b", {}, 7);
  kit_.log->append("t", 0, "k", "c", {}, 1000);
  kit_.source_settings.finite = true;
  start();
  advance(2s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(committed(), 1010);
  EXPECT_EQ(kit_.store->events(), 3u);
}

TEST_F(RunnerTest, I1_NoLoss_AnAbortRedeliversAndTheNextRunBringsTheRest) {
  produce(40, 1, 4);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k2" ? Kind::never : Kind::write};
  });
  start();
  advance(3s);
  runner_->abort();
  advance(2s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  kit_.store->set_script({});
  start();
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 40u);
  EXPECT_EQ(committed(), 40);
  check_order();
  stop();
}

TEST_F(RunnerTest, I1_NoLoss_AFailedCommitIsTriedAgain) {
  produce(10);
  start();
  kit_.source->fail_commits(3, Error(Errc::unavailable, "no broker"));
  advance(3500ms);
  EXPECT_EQ(committed(), -1);
  EXPECT_THAT(runner_->status().last_source_error, HasSubstr("no broker"));
  advance(1s);
  EXPECT_EQ(committed(), 10);
  stop();
}

// ---------------------------------------------------------------- I2: no reorder

TEST_F(RunnerTest, I2_NoReorder_LaterMessagesOfAStreamWaitForAFailedOne) {
  produce(60, 1, 2);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.number % 3 == 1 ? Kind::first_half_only : Kind::write};
  });
  start();
  advance(60s);
  EXPECT_EQ(kit_.store->events(), 60u);
  check_order();
  EXPECT_GT(count("weir_message_retries_total"), 0u);
  EXPECT_EQ(committed(), 60);
  stop();
}

TEST_F(RunnerTest, I2_NoReorder_APartitionThatComesBackBehindAMixedBatchKeepsItsOrder) {
  // Two partitions of one lane share their batches; one of them
  // is lost and comes back while its first message has failed.
  produce(20, 2, 1);
  kit_.source_settings.batch_messages = 4;
  bool down = true;
  kit_.store->set_script([&down](const MemoryStore::Append& append) {
    return Outcome{.kind = down && append.stream == "p1-k0" ? Kind::fail : Kind::write};
  });
  start();
  advance(100ms);
  kit_.source->lose({{"t", 1}});
  down = false;
  kit_.source->assign({{"t", 1}});
  advance(30s);
  EXPECT_EQ(kit_.store->events(), 40u);
  check_order();
  expect_all_committed();
  stop();
}

// Ends a cancelled write only after some steps, as a sink does that has to cancel a request of its own first.
class SlowToCancel final : public Sink {
 public:
  SlowToCancel(std::unique_ptr<Sink> inner, Executor executor)
      : inner_(std::move(inner)), executor_(std::move(executor)) {}
  Task<Result<void>> open() override { return inner_->open(); }
  Task<Result<WriteReport>> write(MessageRefs messages) override {
    Result<WriteReport> report = Error(Errc::unknown_outcome, "cancelled");
    TaskGroup group(executor_);
    group.spawn("inner", write_inner(messages, report));
    bool cancelled = false;
    try {
      co_await group.join();
    } catch (const boost::system::system_error&) {
      cancelled = true;
    }
    if (cancelled) {
      co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
      for (int i = 0; i < 100; ++i) co_await boost::asio::post(executor_, boost::asio::use_awaitable);
      group.cancel();
      co_await group.join();
      throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    co_return std::move(report);
  }
  void forget(MessageRefs messages) override { inner_->forget(messages); }
  Task<void> close() override { return inner_->close(); }

 private:
  Task<void> write_inner(MessageRefs messages, Result<WriteReport>& report) {
    Result<WriteReport> result = co_await inner_->write(messages);
    report = std::move(result);
  }
  std::unique_ptr<Sink> inner_;
  Executor executor_;
};

TEST_F(RunnerTest, I2_NoReorder_WhatWasTakenAwayIsForgottenOnlyWhenAllItsWritesHaveEnded) {
  produce(12, 1, 1);
  kit_.source_settings.batch_messages = 2;
  kit_.wrap_sink = [this](std::unique_ptr<Sink> inner) {
    return std::make_unique<SlowToCancel>(std::move(inner), executor());
  };
  bool down = true;
  kit_.store->set_script(
      [&down](const MemoryStore::Append&) { return Outcome{.kind = down ? Kind::fail : Kind::write}; });
  start();
  advance(100ms);  // the first batch has failed, the others wait behind it
  down = false;
  kit_.source->lose({{"t", 0}});
  run_until_idle();
  EXPECT_EQ(kit_.store->events(), 0u)
      << "a message that waited behind a failed one was written after its partition was lost";
  kit_.source->assign({{"t", 0}});
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 12u);
  check_order();
  stop();
}

// ---------------------------------------------------------------- I4: bounded memory

TEST_F(RunnerTest, I4_BoundedMemory_ASinkThatIsDownForHoursLeavesThePipelineFlat) {
  produce(5000);
  kit_.settings.window = {.batches = 4, .items = 1000, .bytes = 1 << 20};
  kit_.store->cork(true);
  start();
  advance(1s);
  const std::size_t read = kit_.source->batches_read();
  EXPECT_EQ(read, 4u) << "a lane with a full window does not read";
  advance(60s);
  EXPECT_EQ(kit_.source->batches_read(), read);
  EXPECT_LE(metrics_.gauge("weir_inflight_messages", {{"pipeline", "test"}}).value(), 40);
  kit_.store->cork(false);
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 5000u);
  stop();
}

TEST_F(RunnerTest, I4_BoundedMemory_BytesAndItemsBoundTheWindowToo) {
  produce(500);
  kit_.settings.window = {.batches = 1000, .items = 1000000, .bytes = 400};  // "payload 123" + key: some 16 bytes each
  kit_.store->cork(true);
  start();
  advance(1s);
  EXPECT_LE(metrics_.gauge("weir_inflight_bytes", {{"pipeline", "test"}}).value(), 400);
  EXPECT_LE(kit_.source->batches_read(), 4u);
  kit_.store->cork(false);
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 500u);
  stop();
}

TEST_F(RunnerTest, I4_BoundedMemory_AnEmptyWindowAdmitsAnyOneBatch) {
  kit_.settings.window = {.batches = 8, .items = 1, .bytes = 10};
  for (int i = 0; i < 25; ++i) kit_.log->append("t", 0, "k", std::string(1000, 'x'));
  start();
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 25u) << "batches larger than the bounds wedge the lane";
  stop();
}

// ---------------------------------------------------------------- I5: one settlement

// Forgets every seventh message: the bug that I5 is about.
class LeakingStage final : public Stage {
 public:
  Task<Result<void>> process(Batch& batch, StageContext&) override {
    for (Message& message : batch.messages()) {
      if (message.origin.offset % 7 == 6) message.ack = Ack();
    }
    co_return Result<void>();
  }
};

TEST_F(RunnerTest, I5_OneSettlement_ALeakedAckIsCountedAndHoldsTheWatermark) {
  produce(20);
  kit_.make_stages = [](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"leaky", std::make_unique<LeakingStage>()});
    return stages;
  };
  start();
  advance(5s);
  EXPECT_EQ(committed(), 6);
  EXPECT_EQ(runner_->status().leaked_acks, 2u);
  EXPECT_EQ(runner_->idle_for(), 0s) << "a leaked message is not settled";
  stop();
}

// Counts how each message was settled.
class CountingHook final : public SettleHook, public Stage {
 public:
  explicit CountingHook(std::map<std::uint64_t, std::vector<Settlement>>& settled) : settled_(settled) {}
  Task<Result<void>> process(Batch& batch, StageContext& ctx) override {
    for (Message& message : batch.messages()) {
      message.ack.on_settle(*this, static_cast<std::uint64_t>(message.origin.offset));
      if (message.origin.offset % 5 == 0) ctx.drop(message, "every fifth");
      if (message.origin.offset % 5 == 1) ctx.fail(message, Error(Errc::data, "bad one"));
    }
    co_return Result<void>();
  }
  void settled(std::uint64_t token, Settlement how) noexcept override { settled_[token].push_back(how); }

 private:
  std::map<std::uint64_t, std::vector<Settlement>>& settled_;
};

TEST_F(RunnerTest, I5_OneSettlement_EveryMessageIsSettledOnceAndHooksHearHow) {
  produce(50);
  std::map<std::uint64_t, std::vector<Settlement>> settled;
  kit_.make_stages = [&settled](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"counting", std::make_unique<CountingHook>(settled)});
    return stages;
  };
  kit_.source_settings.finite = true;
  for (Offset offset = 0; offset < 50; offset += 5) dropped_.insert("t/0/" + std::to_string(offset));
  start();
  advance(5s);
  ASSERT_TRUE(ended());
  ASSERT_EQ(settled.size(), 50u);
  for (const auto& [offset, how] : settled) {
    const Settlement expected = offset % 5 == 0   ? Settlement::dropped
                                : offset % 5 == 1 ? Settlement::dead_lettered
                                                  : Settlement::stored;
    EXPECT_THAT(how, ElementsAre(expected)) << offset;
  }
  EXPECT_EQ(metrics_.counter("weir_messages_dropped_total", {{"pipeline", "test"}, {"reason", "every fifth"}}).value(),
            10u);
  EXPECT_EQ(count("weir_messages_dead_lettered_total"), 10u);
  EXPECT_EQ(committed(), 50);
}

TEST_F(RunnerTest, I5_OneSettlement_AnAbortRedeliversWhatIsOpenAndLeaksNothing) {
  produce(100);
  std::map<std::uint64_t, std::vector<Settlement>> settled;
  kit_.make_stages = [&settled](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"counting", std::make_unique<CountingHook>(settled)});
    return stages;
  };
  for (Offset offset = 0; offset < 100; offset += 5) dropped_.insert("t/0/" + std::to_string(offset));
  kit_.settings.window.batches = 3;
  kit_.store->cork(true);
  kit_.dead_letters->cork(true);
  start();
  advance(1s);
  runner_->abort();
  advance(1s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  for (const auto& [offset, how] : settled) {
    EXPECT_THAT(how, ElementsAre(offset % 5 == 0 ? Settlement::dropped : Settlement::redelivered)) << offset;
  }
}

// ---------------------------------------------------------------- I6: errors have a class

TEST_F(RunnerTest, I6_ErrorsHaveAClass_ADataErrorIsDeadLetteredAtOnce) {
  produce(10, 1, 10);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k3" ? Kind::reject : Kind::write};
  });
  start();
  advance(1100ms);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/3"));
  EXPECT_EQ(kit_.dead_letters->events(), 1u);
  EXPECT_EQ(kit_.store->events(), 9u);
  EXPECT_EQ(kit_.store->appends(), 10u) << "no retry can help";
  EXPECT_EQ(committed(), 10);
  EXPECT_EQ(metrics_.counter("weir_message_errors_total", {{"pipeline", "test"}, {"class", "data"}}).value(), 1u);
  EXPECT_EQ(metrics_.counter("kafka_message_errors_total", {{"topic", "t"}}).value(), 1u);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_AnInfrastructureErrorPausesAndNeverDeadLetters) {
  produce(10);
  bool down = true;
  kit_.store->set_script(
      [&down](const MemoryStore::Append&) { return Outcome{.kind = down ? Kind::fail : Kind::write}; });
  start();
  advance(1s);
  EXPECT_THAT(runner_->status().paused, IsEmpty()) << "attempts are left";
  advance(1h);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("sink 'events': the store is not available"));
  EXPECT_EQ(metrics_.gauge("weir_breaker_open", {{"pipeline", "test"}, {"component", "events"}}).value(), 1);
  EXPECT_LT(kit_.store->appends(), 140u) << "it probes with the longest backoff";
  EXPECT_GT(kit_.store->appends(), 100u) << "it goes on probing";
  EXPECT_EQ(committed(), -1);
  down = false;
  advance(31s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_EQ(kit_.dead_letters->events(), 0u);
  EXPECT_EQ(committed(), 10);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  EXPECT_EQ(metrics_.gauge("weir_breaker_open", {{"pipeline", "test"}, {"component", "events"}}).value(), 0);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_OnExhaustedDlqDeadLettersAfterTheAttempts) {
  produce(4, 1, 2);
  kit_.settings.persist.on_exhausted = OnExhausted::dlq;
  std::size_t tries = 0;
  kit_.store->set_script([&tries](const MemoryStore::Append& append) {
    if (append.stream != "p0-k1") return Outcome{};
    ++tries;
    return Outcome{.kind = Kind::fail};
  });
  start();
  advance(9200ms);  // 300 + 600 + 1200 + 2400 + 4800 = 9300 ms
  EXPECT_EQ(kit_.dead_letters->events(), 0u);
  advance(2s);
  EXPECT_EQ(tries, 6u) << "the first try, and five more";
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/1"));
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/3"));
  EXPECT_EQ(kit_.sinks[0]->gate_keys(), 0u) << "the sink still waits for messages that will never come";
  EXPECT_EQ(committed(), 4);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_AnUnknownOutcomeIsSentAgainWithTheSameIds) {
  produce(10);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return append.number == 1 ? Outcome{.kind = Kind::unknown, .took_effect = true} : Outcome{};
  });
  start();
  advance(2s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_EQ(kit_.store->stream("p0-k0").size(), 10u);
  EXPECT_EQ(count("weir_messages_duplicate_total"), 10u);
  EXPECT_EQ(committed(), 10);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_WithoutADlqThePipelinePausesAndSaysSo) {
  produce(10, 1, 10);
  kit_.with_dlq = false;
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k3" ? Kind::reject : Kind::write};
  });
  start();
  advance(1h);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("t/0 offset 3"));
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("no sink named 'dlq'"));
  EXPECT_LE(committed(), 3);
  stop();
  EXPECT_LE(committed(), 3);
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_ADlqThatIsDownPausesAndSkipsNothing) {
  produce(10, 1, 10);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k3" ? Kind::reject : Kind::write};
  });
  bool down = true;
  kit_.dead_letters->set_script(
      [&down](const MemoryStore::Append&) { return Outcome{.kind = down ? Kind::fail : Kind::write}; });
  start();
  advance(1h);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("sink 'dlq'"));
  EXPECT_LE(committed(), 3);
  down = false;
  advance(31s);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/3"));
  EXPECT_EQ(committed(), 10);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

// ---------------------------------------------------------------- a dead letter has a way out

TEST_F(DeadLetterWayTest, OneThatIsTooLargeIsCutAndSaysSo) {
  make_fail(std::string(5000, 'x'), {{"tenant", "acme"}});
  kit_.dead_letters->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.events[0].payload.size() > 2000 ? Kind::too_large : Kind::write};
  });
  start();
  advance(2s);
  ASSERT_TRUE(kit_.dead_letters->holds("t/0/0"));
  const MemoryStore::Event letter = kit_.dead_letters->stream("k").at(0);
  EXPECT_EQ(letter.payload, std::string(1024, 'x'));
  EXPECT_EQ(header(letter, "tenant"), "acme");
  EXPECT_EQ(header(letter, "weir-payload-cut"), "true");
  EXPECT_EQ(header(letter, "weir-payload-size"), "5000");
  EXPECT_EQ(header(letter, "weir-payload-sha256"), "c59d3c0480cc2d71d8f646e735e92da65450311eec46e81a5db8c7e6e8a92054");
  EXPECT_EQ(header(letter, "weir-headers-cut"), "<none>");
  EXPECT_EQ(header(letter, "kafka_dlt-original-topic"), "t");
  EXPECT_THAT(header(letter, "weir-reason"), HasSubstr("refuses"));
  EXPECT_EQ(committed(), 2) << "what comes after it goes on";
  EXPECT_EQ(count("weir_messages_dead_lettered_total"), 1u);
  stop();
}

TEST_F(DeadLetterWayTest, OneWhoseHeadersAreTooLargeLosesThem) {
  make_fail("small", {{"big", std::string(100'000, 'h')}, {"also", "1"}});
  kit_.dead_letters->set_script([](const MemoryStore::Append& append) {
    std::size_t size = 0;
    for (const auto& [name, value] : append.events[0].headers) size += name.size() + value.size();
    return Outcome{.kind = size > 10'000 ? Kind::too_large : Kind::write};
  });
  start();
  advance(2s);
  ASSERT_TRUE(kit_.dead_letters->holds("t/0/0"));
  const MemoryStore::Event letter = kit_.dead_letters->stream("k").at(0);
  EXPECT_EQ(letter.payload, "small");
  EXPECT_EQ(header(letter, "big"), "<none>");
  EXPECT_EQ(header(letter, "weir-headers-cut"), "2");
  EXPECT_EQ(header(letter, "weir-payload-cut"), "<none>");
  EXPECT_EQ(header(letter, "kafka_dlt-original-topic"), "t");
  EXPECT_EQ(committed(), 2);
  stop();
}

TEST_F(DeadLetterWayTest, I1_NoLoss_OneThatIsRefusedForGoodEndsThePipeline) {
  for (const Kind kind : {Kind::reject, Kind::too_large}) {
    kit_ = RunnerKit();
    make_fail(std::string(5000, 'x'), {{"a", "1"}});
    kit_.dead_letters->set_script([kind](const MemoryStore::Append&) { return Outcome{.kind = kind}; });
    start();
    advance(2s);
    ASSERT_TRUE(ended()) << "it would try for ever";
    ASSERT_TRUE(result_->has_error());
    EXPECT_TRUE(result_->error().is_data_error()) << "what the exit code goes by";
    EXPECT_THAT(result_->error().message(), HasSubstr("'dlq' refuses the dead letter of t/0 offset 0"));
    EXPECT_LE(kit_.dead_letters->appends(), 3u);
    EXPECT_LE(committed(), 0);
    EXPECT_EQ(runner_->status().leaked_acks, 0u);
    EXPECT_EQ(runner_->status().state, RunnerState::failed);
    runner_.reset();
  }
}

TEST_F(DeadLetterWayTest, OneThatMayNotBeWrittenIsTriedForAndEndsThePipeline) {
  make_fail("p", {});
  bool forbidden = true;
  kit_.dead_letters->set_script(
      [&](const MemoryStore::Append&) { return Outcome{.kind = forbidden ? Kind::forbid : Kind::write}; });
  start();
  advance(5s);
  EXPECT_FALSE(ended()) << "a right that was given may take its time";
  advance(10s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(kit_.dead_letters->appends(), 6u);
  EXPECT_THAT(result_->error().message(), HasSubstr("may not write there"));
  EXPECT_LE(committed(), 0);
  runner_.reset();
  start();
  advance(1s);
  forbidden = false;
  advance(2s);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/0"));
  EXPECT_EQ(committed(), 2);
  stop();
}

TEST_F(DeadLetterWayTest, ADiskThatHasRoomAgainIsFoundWithinSeconds) {
  make_fail("p", {});
  bool full = true;
  kit_.dead_letters->set_script(
      [&](const MemoryStore::Append&) { return Outcome{.kind = full ? Kind::full : Kind::write}; });
  start();
  advance(1h);
  EXPECT_THAT(runner_->status().paused.at(0), HasSubstr("sink 'dlq': the disk is full"));
  full = false;
  advance(3100ms);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/0"));
  EXPECT_EQ(committed(), 2);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

TEST_F(DeadLetterWayTest, OneThatComesBackIsDroppedAndCounted) {
  make_fail("p", {});
  kit_.settings.is_own_letter = [](const Message& message) {
    return message.origin.offset == 0;
  };
  dropped_.insert("t/0/0");
  start();
  advance(2s);
  EXPECT_EQ(kit_.dead_letters->events(), 0u);
  EXPECT_EQ(metrics_.counter(kMessagesDropped, {{"pipeline", "test"}, {"reason", "own_dead_letter"}}).value(), 1u);
  EXPECT_EQ(committed(), 2);
  stop();
}

TEST_F(DeadLetterWayTest, TheEndTellsOfThoseThatWereNotLogged) {
  log::configure(log::Level::warn, log::Format::json);
  produce(58, 1, 58);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::reject}; });
  start();
  advance(10ms);
  stop();
  EXPECT_THAT(log_lines_, HasSubstr("more messages failed like those above"));
  EXPECT_THAT(log_lines_, HasSubstr("\"messages\":57"));
}

// ---------------------------------------------------------------- waiting is said

TEST_F(RunnerTest, AWriteThatNobodyAnswersIsMentionedAfterFiveSeconds) {
  log::configure(log::Level::warn, log::Format::json);
  produce(3);
  kit_.store->cork(true);
  start();
  advance(4900ms);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  EXPECT_EQ(log_lines_, "");
  advance(1200ms);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_TRUE(runner_->status().only_waits);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("sink 'events': no answer for 5 s to a write of 3 messages"));
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("t/0 offset 0"));
  EXPECT_THAT(log_lines_, HasSubstr("waits and keeps trying"));
  kit_.store->cork(false);
  advance(2s);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  EXPECT_EQ(committed(), 3);
  stop();
}

TEST_F(RunnerTest, ASinkThatIsMissingSomethingAtTheStartIsAskedEveryTwoSeconds) {
  produce(10);
  runner_ = kit_.make(clock(), metrics_, executor(), {executor()});
  kit_.sinks[0]->fail_opens(60, Error(Errc::not_found, "the topic 'out' does not exist"));
  spawn("runner", run_made());
  advance(100s);
  EXPECT_TRUE(runner_->status().only_waits);
  EXPECT_THAT(runner_->status().paused.at(0), HasSubstr("'out' does not exist"));
  advance(20s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_THAT(runner_->status().paused, IsEmpty());
  stop();
}

TEST_F(RunnerTest, AStopSaysWhatWasNotWrittenAndNotThatAllIsWell) {
  log::configure(log::Level::info, log::Format::json);
  produce(602);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  start();
  advance(1min);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_FALSE(runner_->status().only_waits);
  log_lines_.clear();
  drain(8s);
  EXPECT_TRUE(ended());
  EXPECT_THAT(log_lines_, Not(HasSubstr("no longer paused")));
  EXPECT_THAT(log_lines_, HasSubstr("not everything was finished; what is left is read again at the next start"));
  EXPECT_THAT(log_lines_, HasSubstr("\"messages\":80")) << "so many were read";
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_AStageThatCannotWorkGetsTheBatchAgain) {
  produce(10);
  int failures = 0;
  kit_.make_stages = [&failures](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"moody", std::make_unique<FunctionStage>([&failures](Batch&, StageContext&) -> Result<void> {
                        if (++failures <= 3) return Error(Errc::unavailable, "not now");
                        return Result<void>();
                      })});
    return stages;
  };
  start();
  advance(1s);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("stage 'moody': not now"));
  advance(10s);
  EXPECT_EQ(kit_.store->events(), 10u);
  EXPECT_EQ(committed(), 10);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_AStageThatFailsHalfWayIsNotGivenAgainWhatItMarked) {
  produce(10);
  std::vector<std::vector<Offset>> calls;
  kit_.make_stages = [&calls](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back(
        {"half", std::make_unique<FunctionStage>([&calls](Batch& batch, StageContext& ctx) -> Result<void> {
           std::vector<Offset>& seen = calls.emplace_back();
           for (Message& message : batch.messages()) {
             seen.push_back(message.origin.offset);
             if (message.origin.offset == 0) ctx.drop(message, "on purpose");
             if (message.origin.offset == 1) ctx.fail(message, Error(Errc::data, "bad one"));
             if (calls.size() == 1 && seen.size() == 3) return Error(Errc::unavailable, "not now");
           }
           return Result<void>();
         })});
    return stages;
  };
  dropped_ = {"t/0/0"};
  start();
  advance(10s);
  ASSERT_GE(calls.size(), 2u);
  EXPECT_THAT(calls[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(calls[1], ElementsAre(2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(metrics_.counter("weir_messages_dropped_total", {{"pipeline", "test"}, {"reason", "on purpose"}}).value(),
            1u);
  EXPECT_EQ(kit_.store->events(), 8u);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/1"));
  EXPECT_EQ(committed(), 10);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_ASourceThatCannotBeReadIsTriedAgain) {
  produce(10);
  kit_.source_settings.assign_at_open = false;
  start();
  kit_.source->fail_reads(4, Error(Errc::unavailable, "the broker is away"));
  kit_.source->assign({{"t", 0}});
  advance(1s);
  ASSERT_EQ(runner_->status().paused.size(), 1u);
  EXPECT_THAT(runner_->status().paused[0], HasSubstr("source: the broker is away"));
  advance(10s);
  EXPECT_EQ(kit_.store->events(), 10u);
  stop();
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_ASinkThatIsAwayAtStartIsOpenedLater) {
  produce(10);
  runner_ = kit_.make(clock(), metrics_, executor(), {executor()});
  kit_.sinks[0]->fail_opens(3, Error(Errc::unavailable, "connection refused"));
  std::unique_ptr<Runner> made = std::move(runner_);
  std::optional<Result<void>> result;
  struct Run {
    static Task<void> run(Runner& runner, std::optional<Result<void>>& place) {
      Result<void> r = co_await runner.run();
      place.emplace(std::move(r));
    }
  };
  spawn("runner", Run::run(*made, result));
  advance(1s);
  EXPECT_EQ(made->status().paused.size(), 1u);
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 10u);
  made->drain(clock().now() + 5s);
  advance(5s);
  EXPECT_TRUE(result.has_value());
}

TEST_F(RunnerTest, I6_ErrorsHaveAClass_ASinkThatRefusesItsSettingsFailsThePipeline) {
  produce(10);
  runner_ = kit_.make(clock(), metrics_, executor(), {executor()});
  kit_.sinks[0]->fail_opens(1, Error(Errc::invalid_argument, "no such option"));
  Result<void> result = run(runner_->run());
  ASSERT_TRUE(result.has_error());
  EXPECT_THAT(result.error().message(), HasSubstr("opening sink 'events': no such option"));
  EXPECT_EQ(runner_->status().state, RunnerState::failed);
}

// ---------------------------------------------------------------- I8: stop is clean

TEST_F(RunnerTest, I8_StopIsClean_ADrainFinishesWhatWasBegunAndCommitsIt) {
  produce(1000);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 50ms}; });
  start();
  advance(130ms);
  runner_->drain(clock().now() + 10s);
  advance(2s);
  ASSERT_TRUE(ended()) << "nothing is stuck: it ends long before its deadline";
  EXPECT_LT(kit_.store->events(), 1000u);
  EXPECT_EQ(committed(), static_cast<Offset>(kit_.store->events()));
  EXPECT_FALSE(kit_.sinks[0]->is_open());
}

TEST_F(RunnerTest, I8_StopIsClean_AStuckSinkIsAbortedAtThreeQuartersAndNamed) {
  produce(10, 1, 2);
  log::configure(log::Level::warn, log::Format::json);
  kit_.store->set_script([](const MemoryStore::Append& append) {
    return Outcome{.kind = append.stream == "p0-k1" ? Kind::never : Kind::write};
  });
  start();
  advance(1s);
  runner_->drain(clock().now() + 20s);
  advance(14900ms);
  EXPECT_FALSE(ended());
  EXPECT_THAT(log_lines_, HasSubstr("write to events"));
  advance(200ms);
  EXPECT_TRUE(ended());
  EXPECT_LE(committed(), 1);
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
}

TEST_F(RunnerTest, I8_StopIsClean_StopBeforeStartAndTwiceAreHarmless) {
  produce(10);
  runner_ = kit_.make(clock(), metrics_, executor(), {executor()});
  runner_->drain(clock().now() + 1s);
  runner_->drain(clock().now() + 5s);
  Result<void> result = run(runner_->run());
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(kit_.store->events(), 0u);
  runner_->abort();
  runner_->drain(clock().now() + 1s);
  EXPECT_EQ(runner_->status().state, RunnerState::stopped);
}

TEST_F(RunnerTest, I8_StopIsClean_ADrainWhileEverythingIsDownEndsInTime) {
  produce(100, 2);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  kit_.settings.window.batches = 2;
  start();
  kit_.source->fail_commits(1000, Error(Errc::unavailable, "no broker"));
  advance(1h);
  drain(8s);
  EXPECT_TRUE(ended());
  EXPECT_EQ(committed(), -1);
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
}

TEST_F(RunnerTest, I8_StopIsClean_ABugFailsThePipelineAndLosesNothing) {
  produce(100);
  bool buggy = true;
  kit_.make_stages = [&buggy](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"buggy", std::make_unique<FunctionStage>([&buggy](Batch& batch, StageContext&) -> Result<void> {
                        if (buggy && batch.messages().front().origin.offset == 50)
                          throw std::logic_error("index out of range");
                        return Result<void>();
                      })});
    return stages;
  };
  start(2);
  advance(5s);
  ASSERT_TRUE(ended());
  ASSERT_TRUE(result_->has_error());
  EXPECT_THAT(result_->error().message(), HasSubstr("index out of range"));
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  EXPECT_EQ(runner_->status().state, RunnerState::failed);
  buggy = false;
  start(2);
  advance(5s);
  EXPECT_EQ(kit_.store->events(), 100u);
  check_order();
  stop();
}

TEST_F(RunnerTest, I8_StopIsClean_ABugInASinkOrInTheSourceFailsThePipelineToo) {
  produce(100);
  kit_.store->set_script([](const MemoryStore::Append& append) -> Outcome {
    if (append.number == 3) throw std::logic_error("sink bug");
    return {};
  });
  start();
  advance(5s);
  runner_->drain(clock().now() + 4s);
  advance(5s);
  ASSERT_TRUE(ended());
  EXPECT_TRUE(result_->has_error());
  kit_.store->set_script({});
  start();
  kit_.source->on_commit = [](const Commit&) {
    throw std::logic_error("commit bug");
  };
  advance(5s);
  ASSERT_TRUE(ended()) << "a runner whose commit loop is dead must not go on";
  ASSERT_TRUE(result_->has_error());
  EXPECT_THAT(result_->error().message(), HasSubstr("commit bug"));
}

// ---------------------------------------------------------------- Assignments

Task<void> revoke(MemorySource& source, std::vector<TopicPartition> ids, TimePoint deadline, bool& done) {
  co_await source.revoke(std::move(ids), deadline);
  done = true;
}

TEST_F(RunnerTest, AGroupThatAssignsNothingForLongIsMentionedNowAndThen) {
  log::configure(log::Level::warn, log::Format::json);
  produce(10);
  start();
  advance(30s);
  EXPECT_THAT(log_lines_, Not(HasSubstr("still waiting"))) << "it has its partitions";
  bool revoked = false;
  spawn("revoke", revoke(*kit_.source, {TopicPartition{"t", 0}}, clock().now() + 5s, revoked));
  advance(9s);
  EXPECT_TRUE(revoked);
  EXPECT_THAT(log_lines_, Not(HasSubstr("still waiting"))) << "not for long yet";
  EXPECT_FALSE(runner_->status().only_waits);
  advance(3s);
  EXPECT_THAT(log_lines_, HasSubstr("still waiting for the group to assign partitions"));
  EXPECT_TRUE(runner_->status().only_waits);
  EXPECT_THAT(runner_->status().paused, ::testing::ElementsAre("source: no partitions are assigned"));
  runner_->drain(clock().now() + 20s);
  run_until_idle();
  EXPECT_TRUE(runner_->status().paused.empty()) << "whoever stops waits for nobody";
  stop();
}

TEST_F(RunnerTest, ARevokeWaitsUntilEverythingIsSettledThenCommits) {
  produce(50, 2);
  kit_.settings.commit_interval = 1h;
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 200ms}; });
  start();
  advance(10ms);
  bool done = false;
  spawn("revoke", revoke(*kit_.source, {{"t", 0}}, clock().now() + 10s, done));
  run_until_idle();
  EXPECT_FALSE(done);
  advance(9s);
  EXPECT_TRUE(done);
  EXPECT_GT(committed(0), 0);
  EXPECT_EQ(committed(1), -1) << "only what is taken away is committed at once";
  stop();
  EXPECT_EQ(committed(1), 50);
}

TEST_F(RunnerTest, I1_NoLoss_AnAckThatComesAfterTheRevokeMovesNothing) {
  produce(10);
  kit_.store->cork(true);
  start();
  advance(1s);
  bool done = false;
  spawn("revoke", revoke(*kit_.source, {{"t", 0}}, clock().now() + 5s, done));
  advance(6s);
  EXPECT_TRUE(done) << "the deadline ends the wait";
  kit_.store->cork(false);
  advance(10s);
  EXPECT_EQ(committed(), -1) << "the partition belongs to someone else";
  EXPECT_EQ(kit_.sinks[0]->gate_keys(), 0u) << "what will never be sent again was not forgotten";
  kit_.source->assign({{"t", 0}});
  advance(2s);
  EXPECT_EQ(committed(), 10) << "it came back under a new epoch";
  EXPECT_EQ(kit_.store->stream("p0-k0").size(), 10u);
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  stop();
}

TEST_F(RunnerTest, I1_NoLoss_NothingOfALostPartitionIsCommitted) {
  produce(10, 2);
  kit_.settings.commit_interval = 500ms;
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 100ms}; });
  start();
  advance(200ms);  // all is written, nothing committed yet
  kit_.source->lose({{"t", 0}});
  advance(5s);
  EXPECT_EQ(committed(0), -1);
  EXPECT_EQ(committed(1), 10);
  stop();
  EXPECT_EQ(committed(0), -1);
}

TEST_F(RunnerTest, WhatWasTakenAwayIsNotTriedAgain) {
  produce(10, 2);
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.kind = Kind::fail}; });
  start();
  advance(5s);
  kit_.source->lose({{"t", 0}, {"t", 1}});
  advance(1s);
  const std::size_t appends = kit_.store->appends();
  advance(10min);
  EXPECT_EQ(kit_.store->appends(), appends);
  EXPECT_THAT(runner_->status().paused, ::testing::ElementsAre("source: no partitions are assigned"))
      << "nothing is tried any more";
  EXPECT_EQ(metrics_.gauge("weir_inflight_messages", {{"pipeline", "test"}}).value(), 0);
  stop();
}

TEST_F(RunnerTest, ThereIsOneCommitInFlightAndTheNextOneIsNeverOlder) {
  produce(400, 2);
  kit_.settings.commit_interval = 30ms;
  kit_.store->set_script([](const MemoryStore::Append&) { return Outcome{.delay = 20ms}; });
  start();
  kit_.source->slow_commits(clock(), 100ms);
  advance(200ms);
  bool done = false;
  spawn("revoke", revoke(*kit_.source, {{"t", 0}}, clock().now() + 5s, done));
  advance(6s);
  EXPECT_TRUE(done);
  EXPECT_EQ(kit_.source->most_commits_at_once(), 1u);
  stop();
  std::map<TopicPartition, Offset> last;
  for (const Commit& commit : kit_.log->commits()) {
    EXPECT_GE(commit.offset, last[commit.id]);
    last[commit.id] = commit.offset;
  }
}

TEST_F(RunnerTest, IdleMeansAtItsEndAndSettledForThatLong) {
  produce(10);
  start();
  advance(100ms);
  EXPECT_LT(runner_->idle_for(), 200ms);
  advance(2s);
  EXPECT_GE(runner_->idle_for(), 1900ms);
  kit_.store->cork(true);
  produce(5);
  kit_.source->notify();
  advance(2s);
  EXPECT_EQ(runner_->idle_for(), 0s) << "something is unsettled";
  kit_.store->cork(false);
  advance(1s);
  EXPECT_GE(runner_->idle_for(), 500ms);
  stop();
}

TEST_F(RunnerTest, AnEmptyShareIsIdleToo) {
  kit_.source_settings.assign_at_open = false;
  produce(10);
  start();
  advance(1s);
  EXPECT_EQ(runner_->idle_for(), 0s) << "the group has not settled yet";
  kit_.source->assign({});
  advance(1s);
  EXPECT_GE(runner_->idle_for(), 900ms);
  stop();
}

TEST_F(RunnerTest, AMessageWithoutASinkIsADataError) {
  produce(3);
  kit_.make_stages = [](LaneIndex) {
    std::vector<NamedStage> stages;
    stages.push_back({"misroute", std::make_unique<FunctionStage>([](Batch& batch, StageContext&) -> Result<void> {
                        for (Message& message : batch.messages()) {
                          if (message.origin.offset == 1) message.sink = 77;
                        }
                        return Result<void>();
                      })});
    return stages;
  };
  start();
  advance(2s);
  EXPECT_TRUE(kit_.dead_letters->holds("t/0/1"));
  EXPECT_EQ(committed(), 3);
  stop();
}

}  // namespace
}  // namespace weir::testing
