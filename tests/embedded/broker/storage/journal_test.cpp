#include "embedded/broker/storage/journal.hpp"

#include "embedded/broker/storage/journal_format.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"
#include "tests/samples.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <set>

namespace weir::embedded::broker::storage {
namespace {

using Operation = FaultFileSystem::Operation;
using Entries = std::vector<std::string>;

class JournalTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Journal>> try_open(bool repair = false) {
    replayed.clear();
    const auto replay = [this](std::string_view entry) -> Result<void> {
      replayed.emplace_back(entry);
      return {};
    };
    return Journal::open(disk, flusher, kPath, replay, repair);
  }
  void open(bool repair = false) {
    journal.reset();
    Result<std::unique_ptr<Journal>> opened = try_open(repair);
    ASSERT_TRUE(opened) << opened.error().message();
    journal = std::move(*opened);
  }
  void append(const Entries& entries) {
    for (const std::string& entry : entries) {
      const Result<void> done = journal->append(entry);
      ASSERT_TRUE(done) << done.error().message();
    }
  }
  // "asked" until the round has come.
  std::shared_ptr<std::string> sync() {
    auto outcome = std::make_shared<std::string>("asked");
    journal->sync([outcome](const Result<void>& result) { *outcome = result ? "ok" : result.error().message(); });
    return outcome;
  }
  void append_synced(const Entries& entries) {
    for (const std::string& entry : entries) {
      append({entry});
      const auto outcome = sync();
      flusher.run_round();
      ASSERT_EQ(*outcome, "ok");
    }
  }
  // The process ends without a word, and a new one begins.
  void kill() {
    disk.kill();
    restart();
  }
  void lose_power(std::uint64_t seed) {
    disk.lose_power(seed);
    restart();
  }
  void restart() {
    journal.reset();
    flusher.forget();
    disk.restart();
    disk.heal();
  }

  static inline const std::filesystem::path kPath = "/data/meta/groups.log";
  FaultFileSystem disk;
  ManualFlusher flusher;
  Entries replayed;
  std::unique_ptr<Journal> journal;
};

TEST_F(JournalTest, GivesBackWhatWasAppendedInOrder) {
  open();
  EXPECT_EQ(replayed, Entries());
  append({"one", std::string("t\0o", 3), std::string(100'000, 'x')});
  const std::uint64_t size = journal->size();
  open();
  EXPECT_EQ(replayed, (Entries{"one", std::string("t\0o", 3), std::string(100'000, 'x')}));
  EXPECT_EQ(journal->size(), size);
  append({"four"});
  open();
  EXPECT_EQ(replayed.size(), 4u);
  EXPECT_EQ(replayed.back(), "four");
}

TEST_F(JournalTest, RefusesEntriesThatItCouldNotReadBack) {
  open();
  EXPECT_EQ(journal->append("").error().code(), Errc::invalid_argument);
  EXPECT_EQ(journal->append(std::string(Journal::kMaxEntry + 1, 'x')).error().code(), Errc::too_large);
  EXPECT_FALSE(journal->rewrite({"fine", ""}));
  append({std::string(Journal::kMaxEntry, 'x')});
  open();
  ASSERT_EQ(replayed.size(), 1u);
  EXPECT_EQ(replayed[0].size(), Journal::kMaxEntry);
}

TEST_F(JournalTest, SaysWhichEntryItsOwnerCouldNotTake) {
  open();
  append({"one", "two"});
  journal.reset();
  const auto opened = Journal::open(disk, flusher, kPath, [](std::string_view entry) -> Result<void> {
    if (entry == "two") return Error(Errc::unsupported, "what is that");
    return {};
  });
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Error(Errc::unsupported, "journal '/data/meta/groups.log', entry 2: what is that"));
}

// ---- durability -----------------------------------------------------------------------------------------------------

TEST_F(JournalTest, ASyncIsAnsweredByTheRoundAndCoversWhatWasAppendedBefore) {
  open();
  append({"one"});
  const auto first = sync();
  const auto second = sync();
  EXPECT_EQ(*first, "asked");
  flusher.run_round();
  EXPECT_EQ(*first, "ok");
  EXPECT_EQ(*second, "ok");
  EXPECT_EQ(flusher.stats().syncs, 1u);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    lose_power(seed);
    open();
    EXPECT_EQ(replayed, Entries{"one"});
  }
}

TEST_F(JournalTest, ASyncAtOnceNeedsNoRound) {
  open();
  append({"one"});
  ASSERT_TRUE(journal->sync_now());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    lose_power(seed);
    open();
    EXPECT_EQ(replayed, Entries{"one"});
  }
}

TEST_F(JournalTest, AKilledProcessLosesNothingAndWhatWasReplayedStays) {
  open();
  append({"one", "two"});
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two"}));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    lose_power(seed);
    open();
    EXPECT_EQ(replayed, (Entries{"one", "two"})) << "it was shown after the first restart";
  }
}

TEST_F(JournalTest, TheCallbackOfASyncMayComeAfterTheJournal) {
  open();
  append({"one"});
  const auto outcome = sync();
  journal.reset();
  flusher.run_round();
  EXPECT_EQ(*outcome, "ok");
}

// ---- torn tails and damage ------------------------------------------------------------------------------------------

TEST_F(JournalTest, ATornLastEntryIsCutOffWhereverItWasTorn) {
  open();
  append_synced({"one", "two"});
  const std::uint64_t whole = journal->size();
  append({"three"});
  kill();
  const std::string bytes = disk.contents(kPath);
  for (std::uint64_t size = whole; size < bytes.size(); ++size) {
    disk.put(kPath, bytes.substr(0, size));
    open();
    ASSERT_EQ(replayed, (Entries{"one", "two"})) << size;
    ASSERT_EQ(journal->size(), whole);
    append({"3"});
    kill();
    open();
    ASSERT_EQ(replayed, (Entries{"one", "two", "3"})) << size;
    kill();
  }
}

TEST_F(JournalTest, ATailOfZerosIsTorn) {
  open();
  append_synced({"one"});
  kill();
  disk.put(kPath, disk.contents(kPath) + std::string(5000, '\0'));
  open();
  EXPECT_EQ(replayed, Entries{"one"});
}

// A disk may write the later of two unsynced entries only: nobody was told about either.
TEST_F(JournalTest, AnUnsyncedEntryMissingBeforeAnotherIsTorn) {
  open();
  append_synced({"one"});
  const std::uint64_t end = journal->size();
  append({"two", "three", "four"});
  kill();
  disk.corrupt(kPath, end + kJournalEntryHead);
  open();
  EXPECT_EQ(replayed, Entries{"one"});
  EXPECT_EQ(journal->size(), end);
}

// What was cut off must not come back behind a new entry that happens to end where it began.
TEST_F(JournalTest, WhatStoodBehindATornEntryDoesNotComeBack) {
  open();
  append_synced({"one"});
  const std::uint64_t end = journal->size();
  append({"two", "three"});
  kill();
  disk.corrupt(kPath, end + kJournalEntryHead);
  open();
  append({"new"});
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "new"}));
}

// An entry that came after the disk's work is not covered by it, even when it came before the callback.
TEST_F(JournalTest, ASyncVouchesOnlyForWhatWasThereWhenItWasAskedFor) {
  open();
  append({"one"});
  journal->sync([this](const Result<void>&) { append({"late"}); });
  const auto outcome = sync();
  flusher.run_round();
  ASSERT_EQ(*outcome, "ok");
  append({"later"});
  kill();
  disk.corrupt(kPath, kJournalHead + 2 * kJournalEntryHead + 3);
  open();
  EXPECT_EQ(replayed, Entries{"one"}) << "nobody was told that the others are on disk";
}

TEST_F(JournalTest, DamageInWhatWasOnDiskRefusesToOpen) {
  open();
  append_synced({"one", "two"});
  const std::uint64_t synced = journal->size();
  append({"three"});
  kill();
  for (std::uint64_t at = kJournalHead; at < synced; ++at) {
    disk.corrupt(kPath, at);
    const auto opened = try_open();
    ASSERT_FALSE(opened) << at;
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    const std::uint64_t begin =
        at < kJournalHead + kJournalEntryHead + 3 ? kJournalHead : kJournalHead + kJournalEntryHead + 3;
    EXPECT_NE(
        opened.error().message().find("'/data/meta/groups.log' is damaged at byte " + std::to_string(begin) + ","),
        std::string::npos)
        << opened.error().message();
    EXPECT_NE(opened.error().message().find("repair"), std::string::npos);
    EXPECT_EQ(replayed, Entries()) << "nothing is replayed from a file that is refused";
    disk.corrupt(kPath, at);
  }
  open();
  EXPECT_EQ(replayed.size(), 3u);
}

TEST_F(JournalTest, AfterAnOrderlyEndTheLastEntryIsGuardedToo) {
  open();
  append({"one", "two"});
  const auto outcome = sync();
  flusher.run_round();
  const std::uint64_t synced = journal->size();
  ASSERT_TRUE(journal->close());
  for (std::uint64_t at = kJournalHead; at < synced; ++at) {
    disk.corrupt(kPath, at);
    ASSERT_FALSE(try_open()) << at;
    disk.corrupt(kPath, at);
  }
  // Opening and closing alone does not make the file grow.
  open();
  const std::uint64_t size = journal->size();
  ASSERT_TRUE(journal->close());
  open();
  ASSERT_TRUE(journal->close());
  open();
  EXPECT_EQ(journal->size(), size);
}

TEST_F(JournalTest, AFileThatLostItsEndIsDamaged) {
  open();
  ASSERT_TRUE(journal->rewrite({"one", "two", "three"}));
  kill();
  const std::string bytes = disk.contents(kPath);
  disk.put(kPath, bytes.substr(0, kJournalHead + kJournalEntryHead + 3));
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("ends at byte 39, but had safely been written up to byte 79"),
            std::string::npos)
      << opened.error().message();
}

TEST_F(JournalTest, AFileThatIsNoJournalIsRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("WEIRJRNL"), std::string(100, '\0'), std::string(100, 'x')}) {
    disk.put(kPath, bytes);
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_NE(opened.error().message().find("repair"), std::string::npos) << opened.error().message();
    EXPECT_EQ(disk.contents(kPath), bytes) << "it may be somebody's";
  }
}

TEST_F(JournalTest, RepairOfAFileThatIsNoJournalBeginsAnEmptyOneBesideACopy) {
  for (const std::string& bytes : {std::string(), std::string(100, 'x')}) {
    journal.reset();
    disk.put(kPath, bytes);
    open(true);
    EXPECT_TRUE(replayed.empty());
    EXPECT_EQ(disk.contents("/data/meta/groups.log.damaged"), bytes);
    append_synced({"one"});
    kill();
    open();
    EXPECT_EQ(replayed, Entries{"one"});
  }
}

TEST_F(JournalTest, RepairKeepsWhatStandsBeforeTheDamageAndACopyOfAll) {
  open();
  ASSERT_TRUE(journal->rewrite({"one", "two", "three"}));
  append_synced({"four"});
  kill();
  disk.corrupt(kPath, kJournalHead + 2 * (kJournalEntryHead + 3));
  const std::string damaged = disk.contents(kPath);
  ASSERT_FALSE(try_open());
  open(true);
  EXPECT_EQ(replayed, (Entries{"one", "two"}));
  EXPECT_EQ(disk.contents("/data/meta/groups.log.damaged"), damaged);
  append_synced({"five"});
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two", "five"}));
}

// ---- failures -------------------------------------------------------------------------------------------------------

TEST_F(JournalTest, AFailedWriteEndsTheJournal) {
  open();
  append_synced({"one"});
  disk.fail(Operation::write, 1, EIO);
  ASSERT_FALSE(journal->append("two"));
  const Result<void> again = journal->append("three");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message().find("takes no more entries"), std::string::npos) << again.error().message();
  EXPECT_FALSE(journal->rewrite({"one"}));
  EXPECT_FALSE(journal->sync_now());
  const auto outcome = sync();
  flusher.run_round();
  EXPECT_NE(*outcome, "ok");
  kill();
  open();
  EXPECT_EQ(replayed, Entries{"one"});
}

TEST_F(JournalTest, AFailedSyncEndsTheJournal) {
  open();
  append({"one"});
  const auto outcome = sync();
  disk.fail(Operation::sync, 1, EIO);
  flusher.run_round();
  EXPECT_NE(outcome->find("takes no more entries"), std::string::npos) << *outcome;
  EXPECT_FALSE(journal->append("two"));
  const auto later = sync();
  flusher.run_round();
  EXPECT_NE(*later, "ok") << "a sync after a failed one proves nothing";

  open();
  append({"three"});
  disk.fail(Operation::sync, 1, EIO);
  EXPECT_FALSE(journal->sync_now());
  EXPECT_FALSE(journal->append("four"));
}

// The pages of the failed sync count as written, so that syncing once more would prove nothing.
TEST_F(JournalTest, WhatIsReplayedAfterAFailedSyncStays) {
  open();
  append_synced({"one"});
  append({"two"});
  disk.fail(Operation::sync, 1, EIO);
  ASSERT_FALSE(journal->sync_now());
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two"}));
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    lose_power(seed);
    open();
    EXPECT_EQ(replayed, (Entries{"one", "two"}));
  }
}

TEST_F(JournalTest, AFullDiskRefusesTheEntryAndNoMore) {
  open();
  append_synced({"one"});
  disk.fail(Operation::write, 1, ENOSPC);
  const Result<void> refused = journal->append(std::string(100, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_disk_full(refused.error())) << refused.error().message();
  EXPECT_EQ(disk.contents(kPath).size(), journal->size()) << "what was written of it is taken back";
  append_synced({"two"});
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two"}));
}

// ---- the reserve ----------------------------------------------------------------------------------------------------

TEST_F(JournalTest, AFullDiskTakesEntriesAsLongAsTheReserveLasts) {
  open();
  disk.set_capacity(0);
  const std::string entry(1000, 'x');
  std::size_t taken = 0;
  Result<void> done = journal->append(entry);
  for (; done; done = journal->append(entry)) ++taken;
  EXPECT_GT(taken, 60u);
  EXPECT_LT(taken, 66u);
  EXPECT_TRUE(is_disk_full(done.error())) << done.error().message();
  EXPECT_EQ(disk.contents(kPath).size(), journal->size());
  kill();
  open();
  EXPECT_EQ(replayed.size(), taken);
}

TEST_F(JournalTest, AnEntryThatFindsNoRoomDoesNotCostTheReserve) {
  open();
  disk.set_capacity(0);
  const Result<void> refused = journal->append(std::string(2 * Journal::kReserve, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_disk_full(refused.error())) << refused.error().message();
  append_synced({"small"});
}

TEST_F(JournalTest, TheReserveIsFilledUpWhenThereIsRoomAgain) {
  open();
  disk.set_capacity(0);
  const std::string entry(Journal::kReserve * 2 / 3, 'x');
  append({entry});
  EXPECT_FALSE(journal->append(entry));
  disk.set_capacity(std::nullopt);
  append({"small"});
  disk.set_capacity(0);
  append({entry});
}

TEST_F(JournalTest, ARestartAndARewriteOnAFullDiskKeepTheReserve) {
  open();
  append_synced({"one"});
  ASSERT_TRUE(journal->rewrite({"two"}));
  disk.set_capacity(0);
  kill();
  open();
  append_synced({std::string(Journal::kReserve / 2, 'x')});
}

TEST_F(JournalTest, TheReserveMayBeSpared) {
  open();
  disk.set_capacity(0);
  EXPECT_TRUE(journal->spare_reserve(0));
  const Result<void> refused = journal->spare_reserve(1);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_disk_full(refused.error())) << refused.error().message();
  append_synced({"freed something"});
  EXPECT_FALSE(journal->spare_reserve(0)) << "less than all of it is left";
  disk.set_capacity(std::nullopt);
  EXPECT_TRUE(journal->spare_reserve(1000));
}

TEST_F(JournalTest, AFileSystemThatReservesNothingWillDo) {
  disk.fail_all(Operation::reserve, EOPNOTSUPP);
  open();
  EXPECT_TRUE(journal->spare_reserve(1000));
  append_synced({"one", "two"});
  disk.set_capacity(0);
  const Result<void> refused = journal->append("three");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_disk_full(refused.error())) << refused.error().message();
}

// ---- rewriting ------------------------------------------------------------------------------------------------------

TEST_F(JournalTest, RewritePutsNewEntriesInThePlaceOfAll) {
  open();
  append({"one", "two", "three"});
  const std::uint64_t before = journal->size();
  ASSERT_TRUE(journal->rewrite({"six"}));
  EXPECT_LT(journal->size(), before);
  append({"seven"});
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"six", "seven"}));
  ASSERT_TRUE(journal->rewrite({}));
  open();
  EXPECT_EQ(replayed, Entries());
  EXPECT_FALSE(*disk.exists("/data/meta/groups.log.new"));
}

TEST_F(JournalTest, ASyncAskedForBeforeARewriteIsAnsweredByIt) {
  open();
  append({"one"});
  const auto outcome = sync();
  ASSERT_TRUE(journal->rewrite({"one"}));
  disk.fail(Operation::sync, 1, EIO);
  flusher.run_round();
  EXPECT_EQ(*outcome, "ok") << "the old file's sync failed, but the new file holds the entry";
  append_synced({"two"});
}

TEST_F(JournalTest, ARewriteThatFailsBeforeTheRenameChangesNothing) {
  open();
  append_synced({"one"});
  for (const Operation operation : {Operation::remove, Operation::open, Operation::write, Operation::sync}) {
    disk.fail(operation, 1, operation == Operation::write ? ENOSPC : EIO);
    const Result<void> rewritten = journal->rewrite({"six"});
    ASSERT_FALSE(rewritten);
    EXPECT_EQ(is_disk_full(rewritten.error()), operation == Operation::write);
    append_synced({"more"});
  }
  kill();
  open();
  EXPECT_EQ(replayed, (Entries{"one", "more", "more", "more", "more"}));
}

TEST_F(JournalTest, ARewriteThatFailsAfterTheRenameEndsTheJournal) {
  for (const Operation operation : {Operation::rename, Operation::sync_directory}) {
    open();
    disk.fail(operation, 1, EIO);
    ASSERT_FALSE(journal->rewrite({"six"}));
    EXPECT_FALSE(journal->append("seven")) << "after a crash the old file might be back";
  }
}

TEST_F(JournalTest, ACrashDuringARewriteLeavesTheOldEntriesOrTheNew) {
  const Entries before = {"one", "two"};
  const Entries after = {"six", std::string(3000, '7'), "eight"};
  int old_ones = 0;
  int new_ones = 0;
  for (const Operation operation : {Operation::write, Operation::sync, Operation::rename, Operation::sync_directory}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      disk.put(kPath, journal_head(7));
      open();
      append_synced(before);
      disk.fail(operation, 1, EIO);
      ASSERT_FALSE(journal->rewrite(after));
      lose_power(seed);
      open();
      ASSERT_TRUE(replayed == before || replayed == after) << seed;
      ++(replayed == before ? old_ones : new_ones);
      ASSERT_FALSE(*disk.exists("/data/meta/groups.log.new"));
      kill();
    }
  }
  EXPECT_GT(old_ones, 0);
  EXPECT_GT(new_ones, 0);
}

// Any work, the power gone at any moment: all that was confirmed is there, in order, and nothing that was not appended.
TEST_F(JournalTest, PowerLossAtAnyMomentLosesNothingConfirmed) {
  int lost_something = 0;
  for (std::uint32_t seed = 0; seed < samples(400u); ++seed) {
    std::mt19937 random(seed);
    disk.put(kPath, journal_head(7));
    open();
    Entries appended;
    auto confirmed = std::make_shared<std::size_t>(0);
    for (std::uint32_t step = random() % 40; step > 0; --step) {
      switch (random() % 8) {
        case 0:
          ASSERT_TRUE(journal->rewrite(appended));
          *confirmed = appended.size();
          break;
        case 1:
          flusher.run_round();
          break;
        case 2:
        case 3:
          journal->sync([confirmed, count = appended.size()](const Result<void>& result) {
            if (result) *confirmed = std::max(*confirmed, count);
          });
          break;
        default:
          appended.push_back(std::to_string(step) + std::string(random() % 1500, 'x'));
          append({appended.back()});
      }
    }
    lose_power(seed);
    const auto opened = try_open();
    ASSERT_TRUE(opened) << "seed " << seed << ": " << opened.error().message();
    ASSERT_GE(replayed.size(), *confirmed) << seed;
    ASSERT_LE(replayed.size(), appended.size()) << seed;
    ASSERT_TRUE(std::equal(replayed.begin(), replayed.end(), appended.begin())) << seed;
    if (replayed.size() < appended.size()) ++lost_something;
  }
  EXPECT_GT(lost_something, 50) << "the disk of the test is too kind";
}

// Clients may write what would be an entry but for the seed: it must not speak for what stands before it.
TEST_F(JournalTest, AnEntryWithinAnEntryVouchesForNothing) {
  open();
  append_synced({"one"});
  const std::uint64_t end = journal->size();
  append({"x" + journal_entry_head(0, std::uint64_t{1} << 40, {}) + "x"});
  kill();
  disk.corrupt(kPath, end + kJournalEntryHead);
  open();
  EXPECT_EQ(replayed, Entries{"one"});
}

TEST_F(JournalTest, EveryFileHasASeedOfItsOwn) {
  open();
  std::set<std::string> heads = {disk.contents(kPath).substr(0, kJournalHead)};
  ASSERT_TRUE(journal->rewrite({"one", "two"}));
  heads.insert(disk.contents(kPath).substr(0, kJournalHead));
  kill();
  disk.corrupt(kPath, kJournalHead);
  open(true);
  heads.insert(disk.contents(kPath).substr(0, kJournalHead));
  EXPECT_EQ(heads.size(), 3u);
}

// Whoever closes a journal gives the file away, and may keep the object for a while.
TEST_F(JournalTest, NothingIsWrittenBehindTheClose) {
  open();
  append_synced({"one"});
  append({"two"});
  ASSERT_TRUE(journal->close());
  std::unique_ptr<Journal> closed = std::move(journal);
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two"}));
  append_synced({"three"});
  const std::string bytes = disk.contents(kPath);
  EXPECT_FALSE(closed->append("late"));
  EXPECT_FALSE(closed->rewrite({"late"}));
  EXPECT_TRUE(closed->close());
  closed.reset();
  EXPECT_EQ(disk.contents(kPath), bytes);
  open();
  EXPECT_EQ(replayed, (Entries{"one", "two", "three"}));
}

TEST_F(JournalTest, WithoutACloseNothingIsWrittenAtTheEnd) {
  open();
  append_synced({"one"});
  const std::string bytes = disk.contents(kPath);
  journal.reset();
  EXPECT_EQ(disk.contents(kPath), bytes);
}

}  // namespace
}  // namespace weir::embedded::broker::storage
