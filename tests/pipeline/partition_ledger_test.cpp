// The books: PartitionLedger, Ack, CommitBook, Window, Breaker, StopSignal.
#include "pipeline/base/log.hpp"
#include "pipeline/base/stop_signal.hpp"
#include "pipeline/engine/breaker.hpp"
#include "pipeline/engine/commit_book.hpp"
#include "pipeline/engine/window.hpp"
#include "pipeline/testing/fixture.hpp"
#include "tests/samples.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace weir {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TopicPartition kFirst{"t", 0};
const TopicPartition kSecond{"t", 1};

TEST(PartitionLedgerTest, I1_TheWatermarkIsTheFirstUnsettledDelivery) {
  PartitionLedger ledger(kFirst, 1, 100);
  EXPECT_EQ(ledger.watermark(), 100);
  Ack a = ledger.deliver(105);  // a hole from 100 to 104
  Ack b = ledger.deliver(106);
  Ack c = ledger.deliver(110);
  EXPECT_EQ(ledger.position(), 111);
  EXPECT_EQ(ledger.unsettled(), 3u);
  std::move(b).done(Settlement::stored);
  EXPECT_EQ(ledger.watermark(), 100);
  std::move(a).done(Settlement::dropped);
  EXPECT_EQ(ledger.watermark(), 110) << "the hole between 106 and 110 is a step like any other";
  std::move(c).done(Settlement::dead_lettered);
  EXPECT_EQ(ledger.watermark(), 111);
  EXPECT_EQ(ledger.unsettled(), 0u);
}

TEST(PartitionLedgerTest, TheOldestUnsettledIsTheOneThatTheWatermarkWaitsFor) {
  PartitionLedger ledger(kFirst, 1, 0);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), -1);
  Ack a = ledger.deliver(0, 1000);
  Ack b = ledger.deliver(1, 900);  // its producer's clock is behind
  Ack c = ledger.deliver(2, 3000);
  Ack d = ledger.deliver(3, std::numeric_limits<std::int64_t>::max());
  Ack e = ledger.deliver(4, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ledger.oldest_unsettled_ms(), 1000);
  std::move(b).done(Settlement::stored);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), 1000);
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), 3000);
  std::move(c).done(Settlement::stored);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), (std::int64_t{1} << 55) - 1) << "as late as there is room for";
  std::move(d).done(Settlement::stored);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), -1);
  std::move(e).done(Settlement::stored);
  EXPECT_EQ(ledger.oldest_unsettled_ms(), -1);
  EXPECT_EQ(ledger.watermark(), 5);
}

TEST(PartitionStatusTest, LagIsKnownWhereTheEndIs) {
  PartitionStatus status;
  status.watermark = 7;
  status.end = 10;
  EXPECT_EQ(status.lag(), std::nullopt) << "it is not ours";
  status.assigned = true;
  EXPECT_EQ(status.lag(), 3u);
  status.end = 5;
  EXPECT_EQ(status.lag(), 0u) << "what is known of the end is older than the watermark";
  status.end = -1;
  EXPECT_EQ(status.lag(), std::nullopt);
  status.end = 10;
  status.watermark = -1;
  EXPECT_EQ(status.lag(), std::nullopt);
}

TEST(PartitionLedgerTest, WhatIsPassedWaitsForWhatWasDeliveredBeforeIt) {
  PartitionLedger ledger(kFirst, 1, 0);
  Ack a = ledger.deliver(0);
  ledger.pass(5);
  EXPECT_EQ(ledger.position(), 5);
  EXPECT_EQ(ledger.watermark(), 0);
  EXPECT_FALSE(ledger.accepts(4));
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(ledger.watermark(), 5);
  ledger.pass(7);
  EXPECT_EQ(ledger.watermark(), 7);
  ledger.pass(6);
  EXPECT_EQ(ledger.watermark(), 7);
  ledger.void_acks();
  ledger.pass(9);
  EXPECT_EQ(ledger.watermark(), 7);
}

// A commit that is not believed is replaced at once, by a lower one if need be.
TEST(PartitionLedgerTest, WhatIsPassedFromAnUnknownStartIsDue) {
  const auto ledger = std::make_shared<PartitionLedger>(kFirst, 1, -1);
  ledger->pass(3);
  CommitBook book;
  book.assigned({AssignedPartition{ledger, 0}});
  const CommitBook::Due due = book.due();
  ASSERT_EQ(due.commits.size(), 1u);
  EXPECT_EQ(due.commits[0].offset, 3);
  book.confirmed(due);
  EXPECT_THAT(book.due().commits, IsEmpty());
}

TEST(PartitionLedgerTest, AnUnknownStartIsTheFirstDelivery) {
  PartitionLedger ledger(kFirst, 1, -1);
  EXPECT_EQ(ledger.watermark(), -1);
  EXPECT_EQ(ledger.position(), -1);
  Ack a = ledger.deliver(42);
  EXPECT_EQ(ledger.start(), 42);
  EXPECT_EQ(ledger.watermark(), 42);
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(ledger.watermark(), 43);
  EXPECT_FALSE(ledger.accepts(42));
  EXPECT_TRUE(ledger.accepts(43));
}

TEST(PartitionLedgerTest, ARedeliveredMessageHoldsTheWatermarkForTheRestOfTheAssignment) {
  PartitionLedger ledger(kFirst, 1, 0);
  Ack a = ledger.deliver(0);
  Ack b = ledger.deliver(1);
  std::move(a).redeliver();
  std::move(b).done(Settlement::stored);
  EXPECT_EQ(ledger.watermark(), 0);
  EXPECT_EQ(ledger.unsettled(), 1u);
  EXPECT_EQ(ledger.leaked(), 0u);
}

TEST(PartitionLedgerTest, I5_AnAckThatIsDestroyedUnsettledIsALeak) {
  PartitionLedger ledger(kFirst, 1, 0);
  {
    const Ack a = ledger.deliver(0);
  }
  EXPECT_EQ(ledger.leaked(), 1u);
  Ack b = ledger.deliver(1);
  b = ledger.deliver(2);  // overwritten: a leak as well
  EXPECT_EQ(ledger.leaked(), 2u);
  Ack c = std::move(b);
  EXPECT_FALSE(b.pending());
  std::move(c).done(Settlement::stored);
  EXPECT_EQ(ledger.leaked(), 2u);
  EXPECT_EQ(ledger.watermark(), 0);
}

TEST(PartitionLedgerTest, AfterVoidNothingMoves) {
  PartitionLedger ledger(kFirst, 1, 0);
  Ack a = ledger.deliver(0);
  ledger.void_acks();
  EXPECT_TRUE(a.is_void());
  EXPECT_FALSE(a.is_released()) << "the lane has not been told yet";
  ledger.release();
  EXPECT_TRUE(a.is_released());
  EXPECT_FALSE(ledger.accepts(1));
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(ledger.watermark(), 0);
}

// Settles in random order and compares with the definition.
TEST(PartitionLedgerTest, I1_RandomOrdersAgreeWithTheDefinition) {
  for (unsigned seed = 1; seed <= samples(200u); ++seed) {
    std::mt19937 random(seed);
    PartitionLedger ledger(kFirst, 1, 0);
    std::vector<std::pair<Offset, Ack>> open;
    std::set<Offset> unsettled;
    std::set<Offset> delivered;
    Offset next = 0;
    for (int step = 0; step < 300; ++step) {
      if (open.empty() || random() % 2 == 0) {
        next += static_cast<Offset>(random() % 3);
        open.emplace_back(next, ledger.deliver(next));
        delivered.insert(next);
        unsettled.insert(next++);
      } else {
        const std::size_t at = random() % open.size();
        const auto how = static_cast<Settlement>(random() % 4);
        if (how == Settlement::redelivered) {
          std::move(open[at].second).redeliver();
        } else {
          std::move(open[at].second).done(how);
          unsettled.erase(open[at].first);
        }
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
      // Nothing unsettled lies below the watermark, and nothing that is settled above it but behind something
      // unsettled. (A hole above the watermark may be stepped over when the next message is settled.)
      const Offset expected = unsettled.empty() ? next : *unsettled.begin();
      ASSERT_LE(ledger.watermark(), expected) << "seed " << seed;
      const auto between = delivered.lower_bound(ledger.watermark());
      ASSERT_TRUE(between == delivered.end() || *between >= expected) << "seed " << seed;
      ASSERT_EQ(ledger.unsettled(), unsettled.size());
    }
    for (auto& [offset, ack] : open) std::move(ack).redeliver();
  }
}

AssignedPartition assign(const TopicPartition& id, AssignmentEpoch epoch, Offset start, LaneIndex lane = 0) {
  return {std::make_shared<PartitionLedger>(id, epoch, start), lane};
}

TEST(CommitBookTest, OnlyWhatHasMovedIsDueAndOnlyOnce) {
  CommitBook book;
  const AssignedPartition first = assign(kFirst, 1, 5);
  const AssignedPartition second = assign(kSecond, 1, -1);
  book.assigned({first, second});
  EXPECT_THAT(book.due().commits, IsEmpty());
  Ack a = first.ledger->deliver(5);
  Ack b = second.ledger->deliver(70);
  EXPECT_THAT(book.due().commits, IsEmpty()) << "delivered is not settled";
  std::move(a).done(Settlement::stored);
  const CommitBook::Due due = book.due();
  ASSERT_EQ(due.commits.size(), 1u);
  EXPECT_EQ(due.commits[0].offset, 6);
  EXPECT_THAT(book.due({kSecond}).commits, IsEmpty());
  book.confirmed(due);
  EXPECT_THAT(book.due().commits, IsEmpty());
  std::move(b).done(Settlement::stored);
  EXPECT_EQ(book.due().commits.at(0).offset, 71);
}

TEST(CommitBookTest, I1_WhatWasTakenAwayIsNeverDueAgain) {
  CommitBook book;
  const AssignedPartition old = assign(kFirst, 1, 0);
  book.assigned({old});
  Ack a = old.ledger->deliver(0);
  Ack b = old.ledger->deliver(1);
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(book.take_away({kFirst, kSecond}).size(), 1u);
  std::move(b).done(Settlement::stored);
  EXPECT_THAT(book.due().commits, IsEmpty());
  EXPECT_EQ(book.unsettled(), 0u);
}

TEST(CommitBookTest, I1_ANewEpochSpeaksForThePartitionAndTheOldOneIsSilent) {
  CommitBook book;
  const AssignedPartition old = assign(kFirst, 1, 0);
  book.assigned({old});
  Ack late = old.ledger->deliver(0);
  const CommitBook::Due on_its_way = book.due();
  const AssignedPartition now = assign(kFirst, 2, 0);
  const std::vector<AssignedPartition> replaced = book.assigned({now});
  ASSERT_EQ(replaced.size(), 1u);
  EXPECT_EQ(replaced[0].ledger, old.ledger);
  std::move(late).done(Settlement::stored);
  EXPECT_EQ(old.ledger->watermark(), 1);
  EXPECT_THAT(book.due().commits, IsEmpty()) << "the old ledger's watermark counts for nothing";
  Ack a = now.ledger->deliver(0);
  std::move(a).done(Settlement::stored);
  EXPECT_EQ(book.due().commits.at(0).offset, 1);
  book.confirmed(on_its_way);
}

TEST(CommitBookTest, AVoidLedgerHasNoSay) {
  CommitBook book;
  const AssignedPartition first = assign(kFirst, 1, 0);
  book.assigned({first});
  Ack a = first.ledger->deliver(0);
  std::move(a).done(Settlement::stored);
  first.ledger->void_acks();
  EXPECT_THAT(book.due().commits, IsEmpty());
}

TEST(CommitBookTest, TheSummaryKeepsWhatWasCommittedAfterThePartitionIsGone) {
  CommitBook book;
  const AssignedPartition first = assign(kFirst, 1, 0);
  book.assigned({first});
  Ack a = first.ledger->deliver(0);
  std::move(a).done(Settlement::stored);
  book.confirmed(book.due());
  book.take_away({kFirst});
  ASSERT_EQ(book.status().size(), 1u);
  EXPECT_EQ(book.status()[0].committed, 1);
  EXPECT_FALSE(book.status()[0].assigned);
}

TEST(WindowTest, I4_BoundsBatchesItemsAndBytesAndAnEmptyOneAdmitsAnything) {
  Window<int> window({.batches = 2, .items = 10, .bytes = 100});
  EXPECT_TRUE(window.admits(1000, 100000));
  window.push(std::make_unique<int>(1), 6, 50);
  EXPECT_TRUE(window.admits(4, 50));
  EXPECT_FALSE(window.admits(5, 50));
  EXPECT_FALSE(window.admits(4, 51));
  EXPECT_FALSE(window.full());
  window.push(std::make_unique<int>(2), 4, 50);
  EXPECT_FALSE(window.admits(0, 0)) << "two batches are the bound";
  EXPECT_TRUE(window.full());
  EXPECT_EQ(*window.pop_oldest(), 1);
  EXPECT_EQ(window.items(), 4u);
  EXPECT_EQ(window.bytes(), 50u);
  window.pop_oldest();
  EXPECT_TRUE(window.admits(1000, 100000));
}

TEST(BreakerTest, IsOpenWhileAnyoneHoldsIt) {
  std::string lines;
  log::redirect([&lines](std::string_view line) { lines += line; });
  Gauge gauge;
  Breaker breaker("p", "sink 'events'", gauge);
  EXPECT_FALSE(breaker.reason().has_value());
  Breaker::Hold first = breaker.hold(Error(Errc::unavailable, "refused"));
  EXPECT_EQ(gauge.value(), 1);
  Breaker::Hold second = breaker.hold(Error(Errc::unavailable, "timed out"));
  EXPECT_EQ(*breaker.reason(), "sink 'events': timed out");
  second = breaker.hold(Error(Errc::unavailable, "still timed out"));
  EXPECT_EQ(*breaker.reason(), "sink 'events': still timed out");
  second.release();
  EXPECT_EQ(*breaker.reason(), "sink 'events': refused");
  Breaker::Hold moved = std::move(first);
  EXPECT_TRUE(breaker.reason().has_value());
  moved = Breaker::Hold();
  EXPECT_FALSE(breaker.reason().has_value());
  EXPECT_EQ(gauge.value(), 0);
  log::redirect({});
  EXPECT_THAT(lines, HasSubstr("paused and keeps trying"));
  EXPECT_THAT(lines, HasSubstr("no longer paused"));
}

class StopSignalTest : public testing::VirtualTimeTest {};

Task<void> note_when_stopped(StopSignal& stop, bool& noted) {
  co_await stop.wait();
  noted = true;
}

TEST_F(StopSignalTest, DrainsThenAbortsAndALaterDrainOnlyShortens) {
  StopSignal stop(executor());
  bool noted = false;
  spawn("waiter", note_when_stopped(stop, noted));
  run_until_idle();
  EXPECT_FALSE(noted);
  const TimePoint now = clock().now();
  stop.drain(now + 20s);
  run_until_idle();
  EXPECT_TRUE(noted);
  EXPECT_EQ(StopSignal::abort_at(now, stop.deadline()), now + 15s);
  stop.drain(now + 30s);
  EXPECT_EQ(stop.deadline(), now + 20s);
  stop.drain(now + 4s);
  EXPECT_EQ(stop.deadline(), now + 4s);
  EXPECT_FALSE(stop.aborting());
  stop.abort();
  EXPECT_TRUE(stop.aborting());
}

}  // namespace
}  // namespace weir
