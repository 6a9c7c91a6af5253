// OrderedWrites: what the sinks leave to it, with a sender that a test plays by hand.
#include "pipeline/ordered_writes.hpp"

#include "pipeline/testing/fixture.hpp"
#include "tests/samples.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

namespace weir {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kWritten = Verdict::written;
constexpr auto kFailed = Verdict::failed;
constexpr auto kRejected = Verdict::rejected;

// Keeps what is sent until the test answers. Key and size are those of the message; a message without key has no order;
// the payload "bad" is rejected.
class HandSender final : public OrderedWrites::Sender {
 public:
  struct Sent {
    OrderedWrites::Run run;
    std::string key;
    std::vector<std::uint64_t> sequences;
  };

  Result<Order> key_of(const Message& message, std::string& key) override {
    EXPECT_TRUE(key.empty());
    if (message.payload == "bad") return Error(Errc::data, "nobody wants it");
    if (message.key.data() == nullptr) return Order::none;
    key.append(message.key);
    return Order::by_key;
  }
  void send(OrderedWrites::Run run, MessageRefs messages) override {
    Sent made{run, std::string(run.key()), {}};
    for (const Message* message : messages) made.sequences.push_back(message->sequence);
    sent.push_back(made);
    if (on_send) on_send(sent.back());
  }

  std::deque<Sent> sent;  // all runs, also those that were answered
  std::function<void(Sent&)> on_send;
};

class OrderedWritesTest : public testing::VirtualTimeTest {
 protected:
  using Report = std::optional<Result<WriteReport>>;

  void TearDown() override {
    if (writes_ != nullptr) run(writes_->close());
    run_until_idle();
    VirtualTimeTest::TearDown();
  }
  void make(OrderGate::Limits limits, std::size_t most_runs) {
    writes_ = std::make_unique<OrderedWrites>(sender_, limits, most_runs);
  }

  const Message& add(const char* key, std::string_view payload = "x") {
    Message& message = messages_.emplace_back();
    message.sequence = messages_.size();
    if (key != nullptr) message.key = key;
    message.payload = payload;
    return message;
  }
  using Refs = std::vector<const Message*>;

  // Starts a write() beside the test, in a group of its own, so that it can be cancelled alone.
  struct Write {
    Write(OrderedWrites& writes, Refs what, Executor executor) : messages(std::move(what)), group(executor) {
      group.spawn("write", await(writes, messages, report));
    }
    static Task<void> await(OrderedWrites& writes, const Refs& messages, Report& report) {
      const MessageRefs view = messages;
      Result<WriteReport> result = co_await writes.write(view);
      report.emplace(std::move(result));
    }
    bool done() const { return report.has_value(); }
    std::vector<Verdict> verdicts() const {
      std::vector<Verdict> result;
      for (std::size_t i = 0; done() && i < (*report)->size(); ++i) result.push_back((*report)->verdict(i));
      return result;
    }
    std::string reason(std::size_t i = 0) const {
      const Error* error = (*report)->error(i);
      return error != nullptr ? error->message() : "";
    }
    Refs messages;
    Report report;
    TaskGroup group;
  };
  Write& start(Refs messages) {
    Write& made = writing_.emplace_back(*writes_, std::move(messages), executor());
    run_until_idle();
    return made;
  }
  void cancel(Write& write) {
    write.group.cancel();
    run_until_idle();
    EXPECT_TRUE(write.group.empty()) << "a cancelled write did not end at once";
    EXPECT_FALSE(write.done());
  }
  void forget(const Message& message) {
    const Message* const gone[] = {&message};
    writes_->forget(gone);
    run_until_idle();
  }

  // The sequences of the n-th run.
  std::vector<std::uint64_t> sent(std::size_t n) const {
    return n < sender_.sent.size() ? sender_.sent[n].sequences : std::vector<std::uint64_t>{};
  }
  std::size_t runs() const { return sender_.sent.size(); }
  void settle(std::size_t n, Verdict verdict) {
    if (verdict == kFailed) {
      sender_.sent[n].run.settle(verdict, Error(Errc::unavailable, "away"));
    } else {
      sender_.sent[n].run.settle(verdict);
    }
    run_until_idle();
  }
  void settle(std::size_t n, std::initializer_list<Verdict> verdicts) {
    WriteReport report(verdicts.size());
    std::size_t i = 0;
    for (Verdict verdict : verdicts) report.set(i++, verdict);
    sender_.sent[n].run.settle(report);
    run_until_idle();
  }

  HandSender sender_;
  std::unique_ptr<OrderedWrites> writes_ = std::make_unique<OrderedWrites>(sender_, OrderGate::Limits{});
  std::deque<Message> messages_;
  std::deque<Write> writing_;
};

TEST_F(OrderedWritesTest, MessagesOfAKeyGatherWhileItIsOutAndKeysGoSideBySide) {
  Write& first = start({&add("a"), &add("b")});
  Write& second = start({&add("a"), &add("a")});
  ASSERT_EQ(runs(), 2u);
  EXPECT_EQ(sender_.sent[0].key, "a");
  EXPECT_EQ(sender_.sent[1].key, "b");
  settle(0, kWritten);
  ASSERT_EQ(runs(), 3u);
  EXPECT_THAT(sent(2), ElementsAre(3, 4));
  EXPECT_FALSE(first.done()) << "b is out";
  settle(2, {kWritten, Verdict::duplicate});
  EXPECT_THAT(second.verdicts(), ElementsAre(kWritten, Verdict::duplicate));
  settle(1, kWritten);
  EXPECT_TRUE((*first.report)->all_written());
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, AWriteOfNothingIsDone) {
  EXPECT_TRUE(start({}).done());
}

TEST_F(OrderedWritesTest, AFailedMessageHoldsItsKeyBackUntilItIsWrittenAgain) {
  const Message& one = add("a");
  Write& first = start({&one});
  Write& later = start({&add("a"), &add("b")});
  settle(0, kFailed);
  EXPECT_THAT(first.verdicts(), ElementsAre(kFailed));
  EXPECT_EQ(first.reason(), "away");
  ASSERT_EQ(runs(), 2u) << "2 must not overtake 1";
  Write& again = start({&one});
  ASSERT_EQ(runs(), 3u);
  EXPECT_THAT(sent(2), ElementsAre(1, 2));
  settle(2, kWritten);
  EXPECT_THAT(again.verdicts(), ElementsAre(kWritten));
  settle(1, kWritten);
  EXPECT_THAT(later.verdicts(), Each(kWritten));
}

TEST_F(OrderedWritesTest, OfARunThatFailsInPartOnlyTheRestHoldsBack) {
  const Message& one = add("a");
  const Message& two = add("a");
  Write& first = start({&one, &two});
  settle(0, {kWritten, kFailed});
  EXPECT_THAT(first.verdicts(), ElementsAre(kWritten, kFailed));
  start({&add("a")});
  EXPECT_EQ(runs(), 1u);
  forget(one);  // was written: holds nothing
  EXPECT_EQ(runs(), 1u);
  start({&two});
  EXPECT_THAT(sent(1), ElementsAre(2, 3));
  settle(1, kWritten);
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, WhatWaitsBehindAFailedMessageOfItsOwnWriteFailsWithIt) {
  make({1, 0}, 10);
  const Message& one = add("a");
  const Message& two = add("a");
  Write& write = start({&one, &add("b"), &two});
  Write& later = start({&add("a")});
  settle(1, kWritten);
  settle(0, kFailed);
  EXPECT_THAT(write.verdicts(), ElementsAre(kFailed, kWritten, kFailed)) << "a write that never ends";
  EXPECT_EQ(write.reason(2), "not sent, behind a message that failed: away");
  EXPECT_FALSE(later.done());
  Write& again = start({&one, &two});
  for (std::size_t i = 2; i < runs(); ++i) settle(i, kWritten);
  EXPECT_THAT(again.verdicts(), Each(kWritten));
  EXPECT_THAT(later.verdicts(), Each(kWritten));
  EXPECT_THAT(sent(4), ElementsAre(4));
}

TEST_F(OrderedWritesTest, ARejectedMessageHoldsNothingBack) {
  Write& first = start({&add("a", "bad"), &add("a")});
  EXPECT_THAT(sent(0), ElementsAre(2)) << "refused before it was sent";
  Write& second = start({&add("a")});
  settle(0, kRejected);
  EXPECT_THAT(first.verdicts(), ElementsAre(kRejected, kRejected));
  EXPECT_EQ(first.reason(), "nobody wants it");
  EXPECT_THAT(sent(1), ElementsAre(3));
  settle(1, kWritten);
  EXPECT_THAT(second.verdicts(), ElementsAre(kWritten));
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, MessagesWithoutOrderGoAtOnceAndAlone) {
  const Message& one = add(nullptr);
  Write& first = start({&one, &add(nullptr), &add("a")});
  ASSERT_EQ(runs(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(sent(i), ElementsAre(i + 1));
  settle(0, kFailed);
  Write& second = start({&add(nullptr)});
  EXPECT_EQ(runs(), 4u) << "a failed one holds no other back";
  settle(1, kWritten);
  settle(2, kWritten);
  EXPECT_THAT(first.verdicts(), ElementsAre(kFailed, kWritten, kWritten));
  settle(3, kWritten);
  EXPECT_TRUE(second.done());
  forget(one);
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, RunsInFlightAndTheirSizeAreBounded) {
  make({2, 1000}, 3);
  Refs all;
  for (int i = 0; i < 5; ++i) all.push_back(&add(i % 2 == 0 ? nullptr : "a"));
  for (int i = 0; i < 3; ++i) all.push_back(&add("a"));
  Write& write = start(all);
  ASSERT_EQ(runs(), 3u);
  EXPECT_THAT(sent(1), ElementsAre(2, 4)) << "at most two in a run";
  for (std::size_t i = 0; i < runs(); ++i) {
    settle(i, kWritten);
    EXPECT_LE(runs(), i + 1 + 3);
  }
  EXPECT_THAT(write.verdicts(), Each(kWritten));
  EXPECT_EQ(runs(), 6u);
}

TEST_F(OrderedWritesTest, ACancelledWaitBlocksItsKeyUntilItIsWrittenAgain) {
  Write& out = start({&add("a")});
  const Message& two = add("a");
  Write& waiting = start({&two, &add("b", "bad")});
  cancel(waiting);
  settle(0, kWritten);
  EXPECT_TRUE(out.done());
  start({&add("a")});
  EXPECT_EQ(runs(), 1u) << "4 must not overtake 2";
  start({&two});
  EXPECT_THAT(sent(1), ElementsAre(2, 4));
  settle(1, kWritten);
}

TEST_F(OrderedWritesTest, AWriteCancelledWhileItIsOutHoldsBackUntilItIsSettled) {
  const Message& one = add("a");
  Write& write = start({&one});
  cancel(write);
  Write& later = start({&add("a")});
  EXPECT_EQ(runs(), 1u) << "it is still out";
  settle(0, kFailed);
  EXPECT_EQ(runs(), 1u) << "it may come again";
  forget(one);
  EXPECT_THAT(sent(1), ElementsAre(2));
  settle(1, kWritten);
  EXPECT_TRUE(later.done());
}

TEST_F(OrderedWritesTest, WrittenAgainWhileItIsOutHasTheOutcomeOfThatRun) {
  const Message& one = add("a");
  cancel(start({&one}));
  Write& again = start({&one});
  EXPECT_EQ(runs(), 1u);
  settle(0, kWritten);
  EXPECT_THAT(again.verdicts(), ElementsAre(kWritten));
  EXPECT_EQ(writes_->keys(), 0u);
}

// What a look-up can say of messages without asking anybody.
TEST_F(OrderedWritesTest, KnowsWhatWasNeverSentWhatIsOutAndWhatFailed) {
  const Message& a = add("k");
  const Message& b = add("k");
  const Message& c = add("l");
  Write& first = start({&a, &c});
  Write& second = start({&b});
  settle(1, kFailed);
  cancel(first);
  cancel(second);
  const Refs all{&a, &b, &c};
  EXPECT_THAT(writes_->look_up(all), ElementsAre(Presence::unknown, Presence::absent, Presence::only_writing_tells));
  settle(0, kWritten);
  EXPECT_THAT(writes_->look_up(all), ElementsAre(Presence::present, Presence::absent, Presence::only_writing_tells));
  writes_->forget(all);
  EXPECT_EQ(writes_->keys(), 0u);
}

// A write() ends as a whole: one of its messages may have its verdict long before.
TEST_F(OrderedWritesTest, AVerdictThatACancelledWriteHadGotIsNotLost) {
  const Message& a = add("k");
  const Message& b = add("l");
  Write& cut = start({&a, &b});
  settle(0, kWritten);
  cancel(cut);
  const Refs both{&a, &b};
  EXPECT_THAT(writes_->look_up(both), ElementsAre(Presence::present, Presence::unknown));
  const std::size_t before = sender_.sent.size();
  Write& again = start({&a});
  EXPECT_THAT(again.verdicts(), ElementsAre(kWritten));
  EXPECT_EQ(sender_.sent.size(), before) << "it is not sent a second time";
  settle(1, kWritten);
}

TEST_F(OrderedWritesTest, TheSameMessageInTwoWritesIsABug) {
  const Message& one = add("a");
  Write& first = start({&one});
  Write& second = start({&one});
  EXPECT_THAT(second.verdicts(), ElementsAre(kFailed));
  settle(0, kWritten);
  EXPECT_THAT(first.verdicts(), ElementsAre(kWritten));
}

TEST_F(OrderedWritesTest, WhatIsForgottenWhileItIsOutNeverBlocks) {
  cancel(start({&add("a"), &add("a")}));
  Refs gone{&messages_[0], &messages_[1]};
  writes_->forget(gone);
  messages_.clear();  // its memory is gone
  Message& third = messages_.emplace_back();
  third.sequence = 3;
  third.key = "a";
  Write& later = start({&third});
  EXPECT_EQ(runs(), 1u) << "it is still out";
  settle(0, kFailed);
  EXPECT_EQ(runs(), 2u);
  settle(1, kWritten);
  EXPECT_TRUE(later.done());
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, ForgettingWhatWaitsEndsItsWrite) {
  start({&add("a")});
  const Message& two = add("a");
  Write& waiting = start({&two, &add("a")});
  forget(two);
  settle(0, kWritten);
  EXPECT_THAT(sent(1), ElementsAre(3));
  settle(1, kWritten);
  EXPECT_THAT(waiting.verdicts(), ElementsAre(kFailed, kWritten));
  EXPECT_EQ(writes_->keys(), 0u);
}

TEST_F(OrderedWritesTest, ASenderThatThrowsFailsTheRun) {
  sender_.on_send = [](HandSender::Sent&) {
    throw std::logic_error("oops");
  };
  const Message& one = add("a");
  Write& write = start({&one, &add("b")});
  EXPECT_THAT(write.verdicts(), ElementsAre(kFailed, kFailed));
  EXPECT_THAT(write.reason(), HasSubstr("oops"));
  sender_.on_send = nullptr;
  start({&one});
  settle(2, kWritten);
  settle(0, kWritten);  // late, and ignored
  EXPECT_EQ(writes_->keys(), 1u) << "b still blocks";
}

TEST_F(OrderedWritesTest, ARunMayBeSettledFromWithinSend) {
  sender_.on_send = [](HandSender::Sent& sent) {
    sent.run.settle(kWritten);
  };
  make({1, 0}, 1);
  Write& write = start({&add("a"), &add("a"), &add("b")});
  EXPECT_THAT(write.verdicts(), Each(kWritten));
  EXPECT_EQ(runs(), 3u);
}

TEST_F(OrderedWritesTest, AnAnswerOfTheWrongSizeFailsTheRun) {
  Write& write = start({&add("a"), &add("a")});
  settle(0, {kWritten});
  EXPECT_THAT(write.verdicts(), ElementsAre(kFailed, kFailed));
}

// What a coroutine of a sender does in these tests.
enum class Ends { with_report, with_error, throwing, never };
Task<Result<WriteReport>> send_by_task(Ends ends, std::size_t messages, Clock& clock, bool& ended) {
  struct AtExit {
    bool& flag;
    ~AtExit() { flag = true; }
  } at_exit{ended};
  co_await clock.sleep_for(std::chrono::milliseconds(10));
  if (ends == Ends::never) co_await clock.sleep_for(std::chrono::hours(24));
  if (ends == Ends::throwing) throw std::logic_error("oops");
  if (ends == Ends::with_error) co_return Error(Errc::unavailable, "away");
  co_return WriteReport(messages);
}

class OrderedTasksTest : public OrderedWritesTest {
 protected:
  OrderedTasksTest() {
    sender_.on_send = [this](HandSender::Sent& sent) {
      sent.run.settle_by("send", send_by_task(ends_, sent.sequences.size(), clock(), ended_));
    };
  }
  Ends ends_ = Ends::with_report;
  bool ended_ = false;
};

TEST_F(OrderedTasksTest, ATaskAnswers) {
  Write& write = start({&add("a"), &add("a")});
  advance(std::chrono::milliseconds(10));
  EXPECT_THAT(write.verdicts(), ElementsAre(kWritten, kWritten));
}

TEST_F(OrderedTasksTest, ATaskThatFailsOrThrowsFailsItsRun) {
  for (const Ends ends : {Ends::with_error, Ends::throwing}) {
    ends_ = ends;
    Write& write = start({&add("a"), &add("a")});
    advance(std::chrono::milliseconds(10));
    EXPECT_THAT(write.verdicts(), ElementsAre(kFailed, kFailed));
    EXPECT_THAT(write.reason(1), HasSubstr(ends == Ends::throwing ? "oops" : "away"));
    writes_->forget(write.messages);
    EXPECT_EQ(writes_->keys(), 0u);
  }
}

TEST_F(OrderedTasksTest, CloseEndsTheTasksThatAreOut) {
  ends_ = Ends::never;
  Write& write = start({&add("a")});
  advance(std::chrono::seconds(1));
  run(writes_->close());
  EXPECT_TRUE(ended_);
  EXPECT_THAT(write.verdicts(), ElementsAre(kFailed));
}

TEST_F(OrderedWritesTest, CloseGivesUpWhatIsOutAndWhatWaits) {
  Write& write = start({&add("a")});
  Write& waiting = start({&add("a")});
  run(writes_->close());
  EXPECT_THAT(write.verdicts(), ElementsAre(kFailed));
  EXPECT_EQ((*write.report)->error(0)->code(), Errc::unknown_outcome);
  EXPECT_THAT(waiting.verdicts(), ElementsAre(kFailed));
  settle(0, kWritten);  // late, and ignored
  EXPECT_THAT(start({&add("a")}).verdicts(), ElementsAre(kFailed));
  EXPECT_EQ(runs(), 1u);
}

TEST_F(OrderedWritesTest, ARunMayOutliveAllElse) {
  cancel(start({&add("a")}));
  writes_.reset();
  settle(0, kWritten);
  make({}, 1);
  EXPECT_EQ(writes_->keys(), 0u);
}

// I2 over random answers, cancellations and forgotten messages: what is written of a key is in order, every message
// ends, and at last nothing is held back.
TEST_F(OrderedWritesTest, RandomHistoriesKeepTheOrder) {
  for (unsigned seed = 1; seed <= samples(60u); ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](unsigned end) {
      return random() % end;
    };
    static constexpr const char* kKeys[] = {"a", "b", "c", nullptr};
    sender_.sent.clear();
    writing_.clear();
    messages_.clear();
    make({1 + below(4), 1000}, 1 + below(4));
    std::vector<std::size_t> out;  // places in sent
    std::size_t seen = 0;
    std::map<std::string, std::vector<std::uint64_t>> stored;
    std::map<std::uint64_t, bool> settled;  // written or forgotten
    std::set<std::uint64_t> written;
    std::vector<std::set<std::uint64_t>> to_retry;  // by batch, as the runner does
    std::vector<std::size_t> batch_of;              // by write
    const auto start_batch = [&](std::size_t batch, const Refs& messages) {
      batch_of.push_back(batch);
      start(messages);
    };
    const auto message_of = [this](std::uint64_t sequence) {
      return &messages_[sequence - 1];
    };
    const auto collect = [&](Write& write, std::size_t batch) {
      for (std::size_t i = 0; i < write.messages.size(); ++i) {
        const std::uint64_t sequence = write.messages[i]->sequence;
        if (!write.done() || (*write.report)->verdict(i) == kFailed) {
          to_retry[batch].insert(sequence);
        } else {
          settled[sequence] = true;
        }
      }
      write.messages.clear();
    };
    int steps = 0;
    while (messages_.size() < 60 || settled.size() < messages_.size()) {
      ASSERT_LT(++steps, 20000) << "stuck, seed " << seed;
      const bool peace = messages_.size() >= 60;
      if (!peace && below(2) == 0) {
        Refs batch;
        for (unsigned i = 1 + below(4); i-- > 0;) batch.push_back(&add(kKeys[below(4)]));
        to_retry.emplace_back();
        start_batch(to_retry.size() - 1, batch);
      }
      for (std::size_t i = 0; i < writing_.size(); ++i) {
        Write& write = writing_[i];
        if (write.messages.empty()) continue;
        if (!write.done() && !peace && below(40) == 0) cancel(write);
        if (write.done() || write.group.empty()) collect(write, batch_of[i]);
      }
      for (std::size_t i = 0; i < to_retry.size(); ++i) {
        if (to_retry[i].empty() || below(2) == 0) continue;
        Refs batch;
        for (std::uint64_t sequence : to_retry[i]) batch.push_back(message_of(sequence));
        to_retry[i].clear();
        if (below(5) == 0) {
          writes_->forget(batch);
          for (const Message* message : batch) settled[message->sequence] = true;
          run_until_idle();
        } else {
          start_batch(i, batch);
        }
      }
      for (; seen < sender_.sent.size(); ++seen) out.push_back(seen);
      if (out.empty() || below(3) == 0) continue;
      const std::size_t at = below(static_cast<unsigned>(out.size()));
      const HandSender::Sent& run = sender_.sent[out[at]];
      const std::size_t good =
          below(4) == 0 ? below(static_cast<unsigned>(run.sequences.size())) : run.sequences.size();
      WriteReport report(run.sequences.size(), kFailed);
      for (std::size_t i = 0; i < good; ++i) {
        report.set(i, kWritten);
        const Message& message = *message_of(run.sequences[i]);
        // What a cancelled write has written may come again: a store knows it by its id.
        const bool is_new = written.insert(message.sequence).second;
        if (is_new && message.key.data() != nullptr) stored[run.key].push_back(message.sequence);
      }
      run.run.settle(report);
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(at));
      run_until_idle();
    }
    for (std::size_t n : out) settle(n, kWritten);
    for (; seen < sender_.sent.size(); ++seen) settle(seen, kWritten);
    for (const auto& [key, order] : stored) {
      EXPECT_TRUE(std::is_sorted(order.begin(), order.end())) << key << ", seed " << seed;
    }
    EXPECT_EQ(writes_->keys(), 0u) << "seed " << seed;
    run(writes_->close());
  }
}

}  // namespace
}  // namespace weir
