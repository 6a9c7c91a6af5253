// What a start makes of the files that a crash, a power cut or a bad disk left.
#include "tests/embedded/broker/storage/log_fixture.hpp"

#include <cerrno>
#include <random>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;
using Operation = FaultFileSystem::Operation;

class RecoveryTest : public LogFixture {
 protected:
  std::string contents_of_all() {
    std::string all;
    for (const ReadBatch& batch : read_all()) all += batch.bytes;
    return all;
  }
};

BatchBuilder sized(std::size_t bytes, int records = 1) {
  return BatchBuilder().records(records, std::string(bytes, 'r'));
}

TEST_F(RecoveryTest, AKilledBrokerLosesNothing) {
  open();
  for (int i = 0; i < 5; ++i) store(sized(50, 2));
  append(sized(50));  // written, not durable: may stay, as it is whole
  const std::string before = disk.contents(kFirstLog);
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(log->end(), 11);
  EXPECT_EQ(log->high_watermark(), 11);
  EXPECT_EQ(contents_of_all(), before);
  lose_power(3);
  open({.leader_epoch = 2});
  EXPECT_EQ(contents_of_all(), before) << "what was shown after the start had to be durable";
}

// The pages of the failed sync count as written, so that syncing once more would prove nothing.
TEST_F(RecoveryTest, WhatIsShownAfterAFailedSyncStays) {
  for (const std::uint64_t segment_bytes : {1'000'000U, 400U}) {
    SCOPED_TRACE("segments of " + std::to_string(segment_bytes) + " bytes");
    ASSERT_TRUE(disk.remove_tree(kDirectory));
    settings.segment_bytes = segment_bytes;
    open();
    for (int i = 0; i < 3; ++i) store(sized(50, 2));
    for (int i = 0; i < 3; ++i) append(sized(60));
    disk.fail_all(Operation::sync, EIO);
    flusher.run_until_idle();
    ASSERT_TRUE(log->failed());
    kill();
    open({.leader_epoch = 1});
    ASSERT_EQ(log->high_watermark(), 9);
    const std::string shown = contents_of_all();
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      lose_power(seed);
      open({.leader_epoch = 2});
      EXPECT_EQ(contents_of_all(), shown);
    }
    kill();
  }
}

TEST_F(RecoveryTest, AFullDiskDoesNotPreventAStart) {
  settings.segment_bytes = 400;
  settings.fsync = Fsync::never;  // no index is written before a segment is synced
  open();
  for (int i = 0; i < 12; ++i) append(sized(60));
  ASSERT_GT(files().size(), 4U);
  const std::string before = contents_of_all();
  kill();
  disk.set_capacity(0);
  open({.leader_epoch = 1});
  EXPECT_EQ(contents_of_all(), before);
  EXPECT_EQ(append(sized(10)).error, ErrorCode::kafka_storage_error);
  disk.set_capacity(std::nullopt);
  EXPECT_EQ(store(sized(10)), 12);
  close();
  open({.clean = true});
  EXPECT_EQ(log->end(), 13);
}

// What a roll leaves when its file could be made and nothing more, and appends then went on in the segment before.
TEST_F(RecoveryTest, AnEmptyFileOfARollThatWasGivenUpIsNoDamage) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 8; ++i) store(sized(60));
  close();
  const std::string all = [this] {
    open({.clean = true});
    return contents_of_all();
  }();
  close();
  for (const bool clean : {true, false}) {
    disk.put(kDirectory / "00000000000000000001.log", "");
    disk.put(kDirectory / "00000000000000000004.log", "");
    open({.clean = clean, .leader_epoch = 1});
    EXPECT_EQ(contents_of_all(), all);
    EXPECT_EQ(disk.exists(kDirectory / "00000000000000000001.log").value(), false);
    close();
  }
}

TEST_F(RecoveryTest, ATailTornAnywhereIsCut) {
  open();
  for (int i = 0; i < 3; ++i) store(sized(20));
  const std::string durable = disk.contents(kFirstLog);
  append(sized(40));
  append(sized(30));
  const std::string all = disk.contents(kFirstLog);
  const std::size_t fourth = durable.size() + sized(40).build().size();
  const std::string point = disk.contents(kDirectory / "recovery-point");
  kill();
  for (std::size_t size = durable.size(); size <= all.size(); ++size) {
    disk.put(kFirstLog, all.substr(0, size));
    const Offset want = size == all.size() ? 5 : size >= fourth ? 4 : 3;
    open();
    ASSERT_EQ(log->end(), want) << size;
    ASSERT_EQ(disk.contents(kFirstLog).size(), want == 5 ? all.size() : want == 4 ? fourth : durable.size());
    ASSERT_EQ(static_cast<Offset>(read_all().size()), want);
    ASSERT_EQ(store(sized(10)), want);
    kill();
    disk.put(kDirectory / "recovery-point", point);
  }
}

TEST_F(RecoveryTest, ZerosBehindTheEndAreCut) {
  open();
  store(sized(20));
  const std::string durable = disk.contents(kFirstLog);
  kill();
  for (const std::size_t zeros : {1UL, 60UL, 61UL, 5000UL, 300'000UL}) {
    disk.put(kFirstLog, durable + std::string(zeros, '\0'));
    open();
    EXPECT_EQ(log->end(), 1);
    EXPECT_EQ(disk.contents(kFirstLog), durable);
    kill();
  }
}

TEST_F(RecoveryTest, FlippedBitsBehindTheDurableEndAreCut) {
  open();
  for (int i = 0; i < 3; ++i) store(sized(20));
  const std::string durable = disk.contents(kFirstLog);
  append(sized(40));
  const std::string all = disk.contents(kFirstLog);
  const std::string point = disk.contents(kDirectory / "recovery-point");
  kill();
  for (std::size_t at = durable.size(); at < all.size(); ++at) {
    if (at - durable.size() >= 12 && at - durable.size() < 16) continue;  // the leader epoch: outside the checksum
    disk.put(kFirstLog, all);
    disk.put(kDirectory / "recovery-point", point);
    disk.corrupt(kFirstLog, at);
    open();
    ASSERT_EQ(log->end(), 3) << at;
    ASSERT_EQ(disk.contents(kFirstLog), durable);
    kill();
  }
}

TEST_F(RecoveryTest, AcknowledgedBytesAreNeverCutSilently) {
  open({.leader_epoch = 4});
  for (int i = 0; i < 4; ++i) store(sized(20));
  const std::string all = disk.contents(kFirstLog);
  const std::size_t size = all.size() / 4;
  kill();
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (at % size >= 12 && at % size < 16) continue;  // the leader epoch: outside the checksum
    disk.put(kFirstLog, all);
    disk.corrupt(kFirstLog, at);
    const auto opened = try_open({.leader_epoch = 5});
    ASSERT_FALSE(opened) << at;
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_EQ(disk.contents(kFirstLog).size(), all.size()) << "nothing may be changed";
  }
  for (std::size_t cut = 0; cut < all.size(); ++cut) {
    disk.put(kFirstLog, all.substr(0, cut));
    ASSERT_FALSE(try_open({.leader_epoch = 5})) << cut;
  }
  disk.put(kFirstLog, all);
  open({.leader_epoch = 5});
  EXPECT_EQ(log->end(), 4);
}

TEST_F(RecoveryTest, TheRefusalSaysWhatIsWrongAndWhatToDo) {
  open();
  for (int i = 0; i < 4; ++i) store(sized(20, 10));
  kill();
  const std::size_t size = disk.contents(kFirstLog).size() / 4;
  disk.corrupt(kFirstLog, size + 70);
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  const std::string message = opened.error().message();
  for (const std::string& part :
       {std::string("'orders' partition 3"), kFirstLog.string(), "byte " + std::to_string(size),
        std::string("offsets 10 to 39"), std::string("checksum"), std::string("--repair")}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }
}

TEST_F(RecoveryTest, ARepairCutsAndGoesOn) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(100).producer(1, 0, i));
  kill();
  // The middle of the newest segment that has a batch.
  const std::filesystem::path last = kDirectory / "00000000000000000010.log";
  ASSERT_EQ(disk.contents(last).size(), sized(100).build().size() * 2);
  disk.corrupt(last, sized(100).build().size() + 80);
  ASSERT_FALSE(try_open());
  open({.repair = true, .leader_epoch = 1});
  EXPECT_EQ(log->end(), 11);
  EXPECT_EQ(read_all().size(), 11U);
  EXPECT_TRUE(append(sized(100).producer(1, 0, 10)).duplicate);
  EXPECT_EQ(store(sized(100).producer(1, 0, 11)), 11);
  kill();
  open({.leader_epoch = 2});
  EXPECT_EQ(log->end(), 12);
}

TEST_F(RecoveryTest, ARepairKeepsWhatItTakesOut) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(60));
  kill();
  const std::size_t batch = sized(60).build().size();
  const std::string first = disk.contents(kFirstLog);
  const auto names = files();
  disk.corrupt(kFirstLog, batch + 80);
  const std::string damaged = disk.contents(kFirstLog);
  open({.repair = true, .leader_epoch = 1});
  EXPECT_EQ(log->end(), 1);
  EXPECT_EQ(disk.contents(kFirstLog.string() + ".damaged"), damaged.substr(batch));
  for (const std::string& name : names) {
    if (name.ends_with(".log") && name != kFirstLog.filename()) {
      EXPECT_NE(disk.contents(kDirectory / (name + ".damaged")), "") << name;
    }
  }
  store(sized(60));
  kill();
  open({.leader_epoch = 2});
  EXPECT_EQ(log->end(), 2);
}

// A partition's first append is refused by a full disk when its files are there and nothing is in them.
TEST_F(RecoveryTest, EmptyFilesOnAFullDiskAreAnEmptyLog) {
  open();
  disk.set_capacity(0);
  EXPECT_EQ(append(sized(60)).error, ErrorCode::kafka_storage_error);
  disk.put(kFirstLog, "");
  disk.put(kDirectory / "recovery-point", "");
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(log->end(), 0);
  disk.set_capacity(std::nullopt);
  EXPECT_EQ(store(sized(60)), 0);
}

TEST_F(RecoveryTest, ALostLogStartIsRefused) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(60));
  ASSERT_EQ(log->delete_before(1).log_start, 1);
  close();
  for (const bool damaged : {false, true}) {
    if (damaged) {
      disk.put(kDirectory / "log-start", std::string(1024, 'x'));
    } else {
      ASSERT_TRUE(disk.remove(kDirectory / "log-start"));
    }
    const auto opened = try_open({.clean = true});
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message().find("log-start"), std::string::npos) << opened.error().message();
  }
  open({.repair = true, .leader_epoch = 1});
  EXPECT_EQ(log->log_start(), 0);
  kill();
  open({.leader_epoch = 2});
  EXPECT_EQ(read_all().size(), 12U);
}

// After a failed sync and a kill the file looks like any other, and is not on disk.
TEST_F(RecoveryTest, ALogStartWhoseSyncFailedIsWrittenAnew) {
  settings.segment_bytes = 400;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_TRUE(disk.remove_tree(kDirectory));
    open();
    for (int i = 0; i < 2; ++i) store(sized(100));
    disk.fail_all(Operation::sync, EIO);
    ASSERT_EQ(append(sized(100)).error, ErrorCode::kafka_storage_error) << "a second segment wants the file";
    kill();
    open({.leader_epoch = 1});
    for (int i = 0; i < 3; ++i) store(sized(100));
    lose_power(seed);
    open({.leader_epoch = 2});
    EXPECT_EQ(read_all().size(), 5U);
  }
}

TEST_F(RecoveryTest, NothingIsDeletedForALogStartWhoseSyncFailed) {
  settings.segment_bytes = 400;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_TRUE(disk.remove_tree(kDirectory));
    open();
    for (int i = 0; i < 12; ++i) store(sized(100));
    disk.fail_all(Operation::sync, EIO);
    EXPECT_EQ(log->delete_before(9).error, ErrorCode::kafka_storage_error);
    kill();
    open({.leader_epoch = 1});
    const Offset begin = log->log_start();
    lose_power(seed);
    open({.leader_epoch = 2});
    EXPECT_EQ(log->log_start(), begin);
    EXPECT_EQ(log->end(), 12);
  }
}

TEST_F(RecoveryTest, ARepairSurvivesLateFaults) {
  const std::filesystem::path point = kDirectory / "recovery-point";
  open();
  for (int i = 0; i < 6; ++i) store(sized(100));
  close();
  const std::size_t size = sized(100).build().size();
  disk.corrupt(kFirstLog, 2 * size + 80);
  ASSERT_FALSE(try_open());
  open({.repair = true});
  EXPECT_EQ(log->end(), 2);
  kill();
  open();
  EXPECT_EQ(log->end(), 2) << "nothing may go on saying that there were more";
  kill();
  const std::string repaired = disk.contents(point);
  for (const std::uint64_t slot : {0U, 512U}) {
    disk.put(point, repaired);
    disk.corrupt(point, slot, 36);
    open();
    EXPECT_EQ(log->end(), 2) << "nor may the older slot";
    kill();
  }
  lose_power(5);
  open();
  EXPECT_EQ(store(sized(100)), 2);
  close();
  open({.clean = true});
  EXPECT_EQ(read_all().size(), 3U);
}

// A stop in order does not say that what was written long ago can still be read.
TEST_F(RecoveryTest, ARepairLooksAtClosedSegmentsToo) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(60));
  close();
  const std::size_t batch = sized(60).build().size();
  disk.corrupt(kFirstLog, batch + 80);
  open({.clean = true});
  EXPECT_EQ(log->end(), 12);
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(log->end(), 12) << "a start trusts what was closed";
  kill();
  open({.repair = true, .leader_epoch = 2});
  EXPECT_EQ(log->end(), 1);
  EXPECT_EQ(read_all().size(), 1U);
}

// Shortened at the border of two batches: nothing that is left looks wrong.
TEST_F(RecoveryTest, ARepairOfAShortenedLogHoldsAtTheNextStarts) {
  open();
  for (int i = 0; i < 4; ++i) store(sized(20));
  close();
  const std::string all = disk.contents(kFirstLog);
  disk.put(kFirstLog, all.substr(0, all.size() / 2));
  ASSERT_FALSE(try_open({.clean = true}));
  open({.repair = true, .leader_epoch = 1});
  EXPECT_EQ(log->end(), 2);
  EXPECT_EQ(store(sized(20)), 2);
  kill();
  open({.leader_epoch = 2});
  EXPECT_EQ(log->end(), 3);
}

TEST_F(RecoveryTest, ALostSegmentIsRefused) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(100));
  kill();
  ASSERT_TRUE(disk.remove(kDirectory / "00000000000000000004.log"));
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("offset 4"), std::string::npos) << opened.error().message();
  open({.repair = true});
  EXPECT_EQ(log->end(), 4);
  EXPECT_EQ(store(sized(100)), 4);
  kill();
  open();
  EXPECT_EQ(log->end(), 5);
}

TEST_F(RecoveryTest, ALostFirstSegmentIsRefused) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(100));
  ASSERT_EQ(log->delete_before(3).log_start, 3);
  close();
  ASSERT_TRUE(disk.remove(kDirectory / "00000000000000000002.log"));
  EXPECT_FALSE(try_open({.clean = true}));
  open({.clean = true, .repair = true});
  EXPECT_EQ(log->log_start(), 4);
  EXPECT_EQ(read_all().size(), 8U);
  EXPECT_EQ(store(sized(100)), 12);
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(log->log_start(), 4) << "repaired once, it is so";
  EXPECT_EQ(read_all().size(), 9U);
}

TEST_F(RecoveryTest, AllFilesLostIsRefused) {
  open();
  store(sized(100));
  kill();
  ASSERT_TRUE(disk.remove(kFirstLog));
  EXPECT_FALSE(try_open());
  open({.repair = true});
  EXPECT_EQ(log->end(), 0);
}

TEST_F(RecoveryTest, IndexesAreOnlyACache) {
  settings.segment_bytes = 3000;
  open();
  for (int i = 0; i < 60; ++i) store(sized(200).producer(1, 0, i));
  const std::string all = contents_of_all();
  close();
  for (const bool clean : {true, false}) {
    for (const char* damage : {"remove", "cut", "flip"}) {
      for (const std::string& name : files()) {
        if (name.ends_with(".log") || name == "recovery-point" || name == "log-start") continue;
        const std::filesystem::path path = kDirectory / name;
        if (damage == std::string_view("remove")) {
          ASSERT_TRUE(disk.remove(path));
        } else if (damage == std::string_view("cut")) {
          disk.put(path, disk.contents(path).substr(0, 20));
        } else {
          disk.corrupt(path, 25);
        }
      }
      open({.clean = clean});
      EXPECT_EQ(contents_of_all(), all);
      EXPECT_TRUE(append(sized(200).producer(1, 0, 58)).duplicate);
      EXPECT_EQ(append(sized(200).producer(1, 0, 7)).error, ErrorCode::out_of_order_sequence_number);
      close();
    }
  }
}

TEST_F(RecoveryTest, ALostRecoveryPointIsNoDisaster) {
  settings.segment_bytes = 3000;
  open();
  for (int i = 0; i < 60; ++i) store(sized(200));
  const std::string all = contents_of_all();
  kill();
  disk.corrupt(kDirectory / "recovery-point", 0, 36);
  open();
  EXPECT_EQ(contents_of_all(), all) << "the other slot";
  kill();
  disk.put(kDirectory / "recovery-point", "");
  open();
  EXPECT_EQ(contents_of_all(), all);
  kill();
  // Segments with an index are known to be durable even so.
  disk.put(kDirectory / "recovery-point", "");
  disk.put(kFirstLog, disk.contents(kFirstLog).substr(0, 700));
  EXPECT_FALSE(try_open());
}

TEST_F(RecoveryTest, ProducersAreKnownAfterACrash) {
  settings.segment_bytes = 1000;
  open();
  for (int i = 0; i < 30; ++i) store(sized(100).producer(7, 2, i));
  append(sized(100).producer(8, 0, 2147483647));
  kill();
  open();
  for (int i = 25; i < 30; ++i) EXPECT_TRUE(append(sized(100).producer(7, 2, i)).duplicate) << i;
  EXPECT_EQ(append(sized(100).producer(7, 2, 24)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(append(sized(100).producer(7, 1, 30)).error, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(append(sized(100).producer(7, 2, 31)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(append(sized(100).producer(7, 2, 30)).error, ErrorCode::none);
  EXPECT_EQ(append(sized(100).producer(8, 0, 0)).error, ErrorCode::none);
}

TEST_F(RecoveryTest, ProducersForgetWhatWasCut) {
  open();
  store(sized(50).producer(7, 0, 0));
  append(sized(50).producer(7, 0, 1));
  const std::string all = disk.contents(kFirstLog);
  kill();
  disk.put(kFirstLog, all.substr(0, all.size() - 1));
  open();
  EXPECT_EQ(log->end(), 1);
  const Appended again = append(sized(50).producer(7, 0, 1));
  EXPECT_FALSE(again.duplicate);
  EXPECT_EQ(again.base_offset, 1);
}

TEST_F(RecoveryTest, ARollWithoutItsOldTailIsTakenBack) {
  settings.segment_bytes = 400;
  settings.fsync = Fsync::never;
  open();
  for (int i = 0; i < 5; ++i) append(sized(100).producer(7, 0, i));
  kill();
  // As after a power cut: the old segment lost its end, the new ones are there.
  disk.put(kFirstLog, disk.contents(kFirstLog).substr(0, 200));
  open({.leader_epoch = 1});
  EXPECT_EQ(log->end(), 1);
  EXPECT_EQ(log->end_of_epoch(0).end, 1);
  EXPECT_EQ(files(), (std::vector<std::string>{"00000000000000000000.log", "log-start", "recovery-point"}));
  EXPECT_EQ(append(sized(100).producer(7, 0, 1)).base_offset, 1);
  EXPECT_EQ(read_all().size(), 2U);
}

TEST_F(RecoveryTest, ACrashWhileDeletingIsFinished) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) store(sized(100));
  disk.fail(Operation::remove, 3, EIO);
  log->delete_before(9);
  EXPECT_EQ(log->log_start(), 9);
  kill();
  open();
  EXPECT_EQ(log->log_start(), 9);
  EXPECT_EQ(log->end(), 12);
  EXPECT_EQ(log->read(8, 10, true).error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(files().front().substr(0, 20), "00000000000000000008");
}

TEST_F(RecoveryTest, AStartThatCannotReadSaysSoAndChangesNothing) {
  open();
  for (int i = 0; i < 5; ++i) store(sized(100));
  kill();
  const std::string before = disk.contents(kFirstLog);
  for (int nth = 1; nth < 12; ++nth) {
    disk.fail(Operation::read, nth, EIO);
    const auto opened = try_open();
    EXPECT_TRUE(opened || opened.error().code() == Errc::io) << nth;
    disk.heal();
    EXPECT_EQ(disk.contents(kFirstLog), before);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::storage
