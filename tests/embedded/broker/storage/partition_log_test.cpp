// Appending, reading, rolling, and what is durable when. Recovery is in recovery_test.cpp.
#include "tests/embedded/broker/storage/log_fixture.hpp"

#include <cerrno>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;
using Operation = FaultFileSystem::Operation;

class PartitionLogTest : public LogFixture {
 protected:
  // "waiting" until it is decided.
  std::shared_ptr<std::string> when_durable(Offset end) {
    auto outcome = std::make_shared<std::string>("waiting");
    log->when_durable(end, [outcome](ErrorCode error) { *outcome = wire::to_string(error); });
    return outcome;
  }
};

BatchBuilder batch(int records = 1, std::size_t bytes = 10) {
  return BatchBuilder().records(records, std::string(bytes, 'v'));
}

TEST_F(PartitionLogTest, AnUnusedPartitionHasNoFiles) {
  open();
  EXPECT_EQ(log->end(), 0);
  EXPECT_TRUE(read(0).empty());
  EXPECT_EQ(log->read(1, 100, true).error, ErrorCode::offset_out_of_range);
  log->tend();
  close();
  EXPECT_EQ(files(), std::vector<std::string>());
  EXPECT_EQ(disk.count(Operation::sync), 0U);
}

TEST_F(PartitionLogTest, StoresTheExactBytes) {
  open({.leader_epoch = 7});
  const std::string sent = batch(3).producer(5, 0, 0).build();
  const Appended appended = log->append(sent);
  EXPECT_EQ(appended.error, ErrorCode::none);
  EXPECT_EQ(appended.base_offset, 0);
  EXPECT_EQ(appended.end_offset, 3);
  EXPECT_EQ(appended.append_time_ms, -1);
  EXPECT_EQ(store(batch(2)), 3);
  const std::vector<ReadBatch> all = read_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].bytes.substr(16), sent.substr(16));
  EXPECT_EQ(all[0].header.leader_epoch, 7);
  EXPECT_EQ(all[1].header.base_offset, 3);
  EXPECT_EQ(log->size_bytes(), all[0].bytes.size() + all[1].bytes.size());
  EXPECT_EQ(disk.contents(kFirstLog), all[0].bytes + all[1].bytes);
}

TEST_F(PartitionLogTest, RefusedBatchesLeaveNothing) {
  open();
  EXPECT_EQ(append(batch().spoil_crc()).error, ErrorCode::corrupt_message);
  EXPECT_EQ(log->end(), 0);
  EXPECT_EQ(files(), std::vector<std::string>());
}

TEST_F(PartitionLogTest, ConsumersSeeOnlyWhatIsOnDisk) {
  open();
  append(batch(2));
  const auto done = when_durable(2);
  int changes = 0;
  const PartitionLog::Ticket ticket = log->watch([&] { ++changes; });
  EXPECT_EQ(log->end(), 2);
  EXPECT_EQ(log->high_watermark(), 0);
  EXPECT_TRUE(read(0).empty());
  EXPECT_TRUE(read(2).empty());
  EXPECT_EQ(log->available(0, 1000), 0U);
  EXPECT_EQ(*done, "waiting");
  flusher.run_round();
  EXPECT_EQ(*done, "NONE");
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(log->high_watermark(), 2);
  EXPECT_EQ(read(0).size(), 1U);
  EXPECT_EQ(*when_durable(2), "NONE");
}

TEST_F(PartitionLogTest, ARoundCoversOnlyWhatWasAskedBefore) {
  open();
  append(batch());
  append(batch());
  const auto second = when_durable(2);
  const auto first = when_durable(1);
  bool appended = false;
  const PartitionLog::Ticket ticket = log->watch([&] {
    if (!std::exchange(appended, true)) append(batch());
  });
  flusher.run_round();
  EXPECT_EQ(*first, "NONE");
  EXPECT_EQ(*second, "NONE");
  EXPECT_EQ(log->end(), 3);
  EXPECT_EQ(log->high_watermark(), 2);
  flusher.run_round();
  EXPECT_EQ(log->high_watermark(), 3);
}

TEST_F(PartitionLogTest, AppendsOfOneRoundShareOneRequest) {
  open();
  append(batch());
  append(batch());
  EXPECT_EQ(flusher.waiting(), 1U);
  flusher.begin_round();
  append(batch());  // too late for the round that is on its way
  append(batch());
  EXPECT_EQ(flusher.waiting(), 1U);
  flusher.end_round();
  EXPECT_EQ(log->high_watermark(), 2);
  flusher.run_round();
  EXPECT_EQ(log->high_watermark(), 4);
}

TEST_F(PartitionLogTest, AWatcherWithoutTicketHearsNothing) {
  open();
  int changes = 0;
  PartitionLog::Ticket ticket = log->watch([&] { ++changes; });
  PartitionLog::Ticket other = log->watch([&] { ticket.reset(); });
  store(batch());
  EXPECT_EQ(changes, 1);
  store(batch());
  EXPECT_EQ(changes, 1);
}

TEST_F(PartitionLogTest, WithoutSyncEverythingShowsAtOnce) {
  for (const Fsync fsync : {Fsync::never, Fsync::interval}) {
    settings.fsync = fsync;
    open();
    const Offset before = log->end();
    append(batch());
    EXPECT_EQ(log->high_watermark(), before + 1);
    EXPECT_EQ(*when_durable(before + 1), "NONE");
    log->tend();
    EXPECT_EQ(flusher.waiting(), 0U);
    log->sync();
    log->sync();
    EXPECT_EQ(flusher.waiting(), 1U);
    flusher.run_until_idle();
    log->sync();
    EXPECT_EQ(flusher.waiting(), 0U);
    close();
  }
}

TEST_F(PartitionLogTest, SwitchingTheModeTakesEffectAtOnce) {
  open();
  append(batch());
  settings.fsync = Fsync::never;
  log->set_settings(settings);
  EXPECT_EQ(log->high_watermark(), 1);
  append(batch());
  settings.fsync = Fsync::always;
  log->set_settings(settings);
  EXPECT_EQ(log->high_watermark(), 2);
  append(batch());
  EXPECT_EQ(log->high_watermark(), 2);
  flusher.run_until_idle();
  EXPECT_EQ(log->high_watermark(), 3);
}

TEST_F(PartitionLogTest, ReadsBeginWithTheBatchThatHoldsTheOffset) {
  open();
  for (int i = 0; i < 500; ++i) store(batch(3, static_cast<std::size_t>(i % 7) * 40));
  const std::vector<ReadBatch> all = read_all();
  ASSERT_EQ(all.size(), 500U);
  for (Offset from = 0; from < 1500; ++from) {
    const std::vector<ReadBatch> some = read(from, 1000);
    ASSERT_FALSE(some.empty());
    EXPECT_EQ(some.front().header.base_offset, from / 3 * 3);
    EXPECT_EQ(some.front().bytes, all[static_cast<std::size_t>(from / 3)].bytes);
  }
}

TEST_F(PartitionLogTest, ReadsKeepTheirLimit) {
  open();
  for (int i = 0; i < 200; ++i) store(batch(1, i % 9 == 0 ? 9000 : static_cast<std::size_t>(i)));
  for (std::uint32_t limit : {0U, 1U, 61U, 100U, 500U, 4095U, 4096U, 5000U, 9100U, 20'000U}) {
    for (Offset from = 0; from < 200; ++from) {
      const std::vector<ReadBatch> some = read(from, limit, false);
      std::size_t bytes = 0;
      for (const ReadBatch& each : some) bytes += each.bytes.size();
      EXPECT_LE(bytes, limit);
      const std::vector<ReadBatch> least = read(from, limit, true);
      ASSERT_FALSE(least.empty());
      EXPECT_EQ(least.front().header.base_offset, from);
      if (some.empty()) {
        EXPECT_EQ(least.size(), 1U) << limit << " from " << from;
        EXPECT_GT(least.front().bytes.size(), limit);
      } else if (from + static_cast<Offset>(some.size()) < 200) {
        // No more than one step of the index is left unused.
        const std::size_t next = read(from + static_cast<Offset>(some.size()), 1).front().bytes.size();
        EXPECT_GT(bytes + next + 4096, limit) << "from " << from;
      }
    }
  }
}

TEST_F(PartitionLogTest, ReadsOutsideAreRefused) {
  open();
  store(batch(3));
  EXPECT_EQ(log->read(-1, 100, true).error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(log->read(4, 100, true).error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(log->read(3, 100, true).error, ErrorCode::none);
  append(batch());
  EXPECT_EQ(log->read(4, 100, true).error, ErrorCode::none);  // not out of range: it is on its way
}

TEST_F(PartitionLogTest, RollsAndReadsAcross) {
  settings.segment_bytes = 1000;
  open();
  for (int i = 0; i < 50; ++i) store(batch(2, 100));
  EXPECT_GT(files().size(), 20U);
  const std::vector<ReadBatch> all = read_all();
  ASSERT_EQ(all.size(), 50U);
  const Fetched fetched = log->read(0, 1 << 20, false);
  EXPECT_GT(fetched.records.slices.size(), 5U);
  EXPECT_EQ(split(bytes_of(fetched.records)).size(), 50U);
  for (const wire::FileSlice& slice : fetched.records.slices) EXPECT_LE(slice.size, 1000U);
  EXPECT_EQ(read_all(700).size(), 50U);
  EXPECT_EQ(log->available(0, 1 << 20), log->size_bytes());
  EXPECT_EQ(log->available(0, 500), 500U);
}

TEST_F(PartitionLogTest, TheBatchThatDoesNotFitBeginsASegment) {
  const std::size_t size = batch(1, 100).build().size();
  settings.segment_bytes = size * 2;
  open();
  for (int i = 0; i < 5; ++i) store(batch(1, 100));
  EXPECT_EQ(disk.contents(kFirstLog).size(), size * 2);
  EXPECT_EQ(disk.contents(kDirectory / "00000000000000000004.log").size(), size);
}

TEST_F(PartitionLogTest, AnOldSegmentIsClosed) {
  settings.segment_age = std::chrono::hours(1);
  open();
  store(batch());
  clock.advance(std::chrono::minutes(59));
  log->tend();
  store(batch());
  EXPECT_EQ(log->size_bytes(), disk.contents(kFirstLog).size());
  clock.advance(std::chrono::minutes(2));
  log->tend();
  store(batch());
  EXPECT_LT(disk.contents(kFirstLog).size(), log->size_bytes());
  EXPECT_EQ(read_all().size(), 3U);
}

TEST_F(PartitionLogTest, WatermarkWaitsForTheOlderSegmentToo) {
  settings.segment_bytes = 200;
  open();
  append(batch(1, 100));
  append(batch(1, 100));
  append(batch(1, 100));
  flusher.fail_next(Error(Errc::io, "broken"));
  const auto done = when_durable(3);
  flusher.run_round();
  EXPECT_EQ(*done, "KAFKA_STORAGE_ERROR");
  EXPECT_EQ(log->high_watermark(), 0);
}

TEST_F(PartitionLogTest, AFailedSyncEndsThePartition) {
  open();
  store(batch());
  append(batch());
  const auto done = when_durable(2);
  int changes = 0;
  const PartitionLog::Ticket ticket = log->watch([&] { ++changes; });
  disk.fail(Operation::sync, 1, EIO);
  flusher.run_round();
  EXPECT_EQ(*done, "KAFKA_STORAGE_ERROR");
  EXPECT_EQ(changes, 1);
  EXPECT_TRUE(log->failed());
  EXPECT_EQ(append(batch()).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->read(0, 100, true).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->high_watermark(), 1);
  EXPECT_EQ(*when_durable(2), "KAFKA_STORAGE_ERROR");
  EXPECT_FALSE(log->close());
}

TEST_F(PartitionLogTest, AFailedWriteEndsThePartition) {
  open();
  store(batch());
  disk.fail(Operation::write, 1, EIO);
  EXPECT_EQ(append(batch()).error, ErrorCode::kafka_storage_error);
  EXPECT_TRUE(log->failed());
}

TEST_F(PartitionLogTest, AFullDiskRefusesAndGoesOn) {
  open();
  store(batch(1, 100));
  const std::string before = disk.contents(kFirstLog);
  disk.fail(Operation::write, 1, ENOSPC);
  const Appended refused = append(batch(1, 100).producer(1, 0, 0));
  EXPECT_EQ(refused.error, ErrorCode::kafka_storage_error);
  EXPECT_NE(refused.message.find("full"), std::string::npos);
  EXPECT_EQ(disk.contents(kFirstLog), before);
  EXPECT_FALSE(log->failed());
  EXPECT_EQ(read(0).size(), 1U);
  EXPECT_EQ(store(batch(1, 100).producer(1, 0, 0)), 1);  // and the refused one was not remembered
  kill();
  open();
  EXPECT_EQ(read_all().size(), 2U);
}

TEST_F(PartitionLogTest, AFullDiskAtTheFirstAppendGoesOnToo) {
  open();
  disk.fail(Operation::write, 1, ENOSPC);
  append(batch());
  flusher.run_until_idle();
  store(batch());
  kill();
  open();
  EXPECT_EQ(static_cast<Offset>(read_all().size()), log->end());
}

TEST_F(PartitionLogTest, FilesThatCannotBeOpenedMayPass) {
  settings.segment_bytes = 200;
  open();
  store(batch(1, 100));
  disk.fail_all(Operation::open, EMFILE);
  EXPECT_EQ(append(batch(1, 100)).error, ErrorCode::kafka_storage_error);
  disk.heal();
  EXPECT_EQ(store(batch(1, 100)), 1);
  EXPECT_EQ(read_all().size(), 2U);
}

// A roll that fails at any of its steps leaves nothing that a later start would take for damage.
TEST_F(PartitionLogTest, ARollThatIsGivenUpLeavesNothingBehind) {
  settings.segment_bytes = 600;
  const auto roll_fails = [this](Operation operation, int nth, int reason) {
    ASSERT_TRUE(disk.remove_tree(kDirectory));
    open();
    store(batch(1, 300));
    disk.fail(operation, nth, reason);
    EXPECT_EQ(append(batch(1, 300)).error, ErrorCode::kafka_storage_error);
    disk.heal();
    // A small one still fits into the segment before; then comes the roll.
    const Offset small = store(batch(1, 1));
    EXPECT_EQ(store(batch(1, 300)), small + 1);
    const std::size_t batches = read_all().size();
    kill();
    open({.leader_epoch = 1});
    EXPECT_EQ(read_all().size(), batches);
    EXPECT_FALSE(log->failed());
  };
  for (int nth = 1; nth <= 2; ++nth) {
    SCOPED_TRACE("call " + std::to_string(nth));
    roll_fails(Operation::open, nth, EMFILE);
    roll_fails(Operation::open, nth, ENOSPC);
    roll_fails(Operation::write, nth, ENOSPC);
    roll_fails(Operation::sync_directory, nth, EMFILE);
  }
  roll_fails(Operation::truncate, 1, EIO);
}

TEST_F(PartitionLogTest, DuplicatesAnswerWithTheirFirstPlace) {
  open();
  store(batch(2));
  EXPECT_EQ(store(batch(3).producer(9, 0, 0)), 2);
  const Appended again = append(batch(3).producer(9, 0, 0));
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.base_offset, 2);
  EXPECT_EQ(again.end_offset, 5);
  EXPECT_EQ(log->end(), 5);
  EXPECT_EQ(append(batch(1).producer(9, 0, 7)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(append(batch(1).producer(9, 0, 3)).error, ErrorCode::none);
}

TEST_F(PartitionLogTest, AnIdleProducerIsForgotten) {
  open();
  store(batch(1).producer(9, 0, 0));
  clock.advance(std::chrono::hours(25));
  log->tend();
  EXPECT_EQ(append(batch(1).producer(9, 0, 50)).error, ErrorCode::none);
}

TEST_F(PartitionLogTest, AppendTimeReplacesTheProducersTime) {
  settings.append_time = true;
  open();
  const std::int64_t now = clock.wall_now().time_since_epoch().count();
  const Appended appended = append(batch().timestamp(5).producer(1, 0, 0));
  EXPECT_EQ(appended.append_time_ms, now);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(append(batch().timestamp(5).producer(1, 0, 0)).append_time_ms, now);
  flusher.run_until_idle();
  const std::vector<ReadBatch> all = read_all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].header.max_timestamp, now);
  EXPECT_EQ(all[0].header.attributes, 8);
}

TEST_F(PartitionLogTest, FindsTimestamps) {
  settings.segment_bytes = 3000;
  open();
  // Rising by tens, with one that runs ahead: the first batch that is late enough counts.
  for (int i = 0; i < 100; ++i) store(batch(2, 30).timestamp(i == 20 ? 5005 : 1000 + i * 10));
  EXPECT_EQ(log->find_timestamp(0)->offset, 0);
  EXPECT_EQ(log->find_timestamp(1000)->offset, 0);
  EXPECT_EQ(log->find_timestamp(1001)->offset, 2);
  EXPECT_EQ(log->find_timestamp(1185)->offset, 38);
  EXPECT_EQ(log->find_timestamp(1191)->offset, 40);
  EXPECT_EQ(log->find_timestamp(1191)->timestamp, 5005);
  EXPECT_EQ(log->find_timestamp(1900)->offset, 40);
  EXPECT_EQ(log->find_timestamp(5005)->offset, 40);
  EXPECT_FALSE(log->find_timestamp(5006));
  EXPECT_EQ(log->newest_timestamp()->offset, 40);
  ASSERT_EQ(log->delete_before(41).log_start, 41);
  EXPECT_EQ(log->find_timestamp(0)->offset, 41);
  EXPECT_EQ(log->newest_timestamp()->offset, 41);
  ASSERT_EQ(log->delete_before(42).log_start, 42);
  EXPECT_EQ(log->find_timestamp(1300)->offset, 60);
  EXPECT_EQ(log->newest_timestamp()->offset, 198);
  EXPECT_EQ(log->newest_timestamp()->timestamp, 1990);
  append(batch().timestamp(9000));
  EXPECT_FALSE(log->find_timestamp(9000)) << "not visible yet";
  EXPECT_EQ(log->newest_timestamp()->timestamp, 1990);
}

TEST_F(PartitionLogTest, FindsTheRecordWithinItsBatch) {
  open();
  store(batch(1).timestamp(900));
  BatchBuilder builder;
  builder.record_at(0, "a").record_at(50, "b").record_at(20, "c");
  store(builder.timestamps(1000, 1050));
  store(batch(1).timestamp(1020));
  EXPECT_EQ(log->find_timestamp(1001)->offset, 2);
  EXPECT_EQ(log->find_timestamp(1001)->timestamp, 1050);
  EXPECT_EQ(log->newest_timestamp()->offset, 2);
  ASSERT_EQ(log->delete_before(3).log_start, 3);
  EXPECT_EQ(log->find_timestamp(1001)->offset, 3);
  EXPECT_EQ(log->find_timestamp(1001)->timestamp, 1020);
}

// Its header says 2000, and no record of it does: the search goes on behind it.
TEST_F(PartitionLogTest, ABatchThatSaysMoreThanItsRecordsIsPassedOver) {
  open();
  store(batch(2).timestamps(1000, 2000));
  store(batch(1).timestamp(1500));
  EXPECT_EQ(log->find_timestamp(1200)->offset, 2);
}

TEST_F(PartitionLogTest, AnEmptyLogHasNoTimestamps) {
  open();
  EXPECT_FALSE(log->find_timestamp(0));
  EXPECT_FALSE(log->newest_timestamp());
}

TEST_F(PartitionLogTest, DeletesUpToAnOffset) {
  settings.segment_bytes = 400;
  open();
  for (int i = 0; i < 10; ++i) store(batch(2, 100));
  const std::uint64_t before = log->size_bytes();
  append(batch());
  EXPECT_EQ(log->delete_before(21).error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(log->delete_before(-2).error, ErrorCode::offset_out_of_range);
  int changes = 0;
  const PartitionLog::Ticket ticket = log->watch([&] { ++changes; });
  EXPECT_EQ(log->delete_before(7).log_start, 7);
  EXPECT_EQ(changes, 1);
  EXPECT_LT(log->size_bytes(), before);
  EXPECT_EQ(log->delete_before(3).log_start, 7);
  EXPECT_EQ(log->log_start(), 7);
  EXPECT_EQ(log->read(6, 100, true).error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(read(7).front().header.base_offset, 6);
  flusher.run_until_idle();
  kill();
  open();
  EXPECT_EQ(log->log_start(), 7);
  EXPECT_EQ(log->end(), 21);
  EXPECT_EQ(log->delete_before(-1).log_start, 21);
  log->tend();
  flusher.run_until_idle();
  log->tend();
  EXPECT_EQ(log->size_bytes(), 0U);
  EXPECT_EQ(store(batch()), 21);
  close();
  open({.clean = true});
  EXPECT_EQ(log->log_start(), 21);
  EXPECT_EQ(log->end(), 22);
}

TEST_F(PartitionLogTest, RetentionByTimeTakesTheActiveSegmentToo) {
  settings.retention = std::chrono::hours(10);
  settings.segment_bytes = 300;
  open();
  const std::int64_t now = clock.wall_now().time_since_epoch().count();
  constexpr std::int64_t kHour = 3'600'000;
  for (int i = 0; i < 6; ++i) store(batch(1, 100).timestamp(now + i * kHour));
  log->tend();
  EXPECT_EQ(log->log_start(), 0);
  clock.advance(std::chrono::hours(11) + std::chrono::minutes(30));
  log->tend();
  EXPECT_EQ(log->log_start(), 2);  // two to a segment, by the newest of each
  EXPECT_EQ(read_all().size(), 4U);
  clock.advance(std::chrono::hours(10));
  log->tend();
  flusher.run_until_idle();
  log->tend();
  EXPECT_EQ(log->log_start(), 6);
  EXPECT_EQ(log->end(), 6);
  EXPECT_EQ(log->size_bytes(), 0U);
  kill();
  open();
  EXPECT_EQ(log->log_start(), 6);
  EXPECT_EQ(log->end(), 6);
  EXPECT_EQ(store(batch()), 6);
}

TEST_F(PartitionLogTest, RetentionMakesRoomOnAFullDisk) {
  settings.segment_bytes = 400;
  settings.retention_bytes = 800;
  open();
  for (int i = 0; i < 20; ++i) store(BatchBuilder().records(1, std::string(100, 'r')));
  disk.set_capacity(0);
  ASSERT_EQ(append(BatchBuilder().records(1, std::string(100, 'r'))).error, ErrorCode::kafka_storage_error);
  const std::uint64_t before = log->size_bytes();
  log->tend();
  EXPECT_LT(log->size_bytes(), before);
  EXPECT_GT(log->log_start(), 0);
  const Offset start = log->log_start();
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(log->log_start(), start) << "what was deleted stays so";
}

TEST_F(PartitionLogTest, RetentionBySizeKeepsAtLeastThat) {
  const std::uint64_t size = batch(1, 100).build().size();
  settings.retention = std::nullopt;
  settings.segment_bytes = size * 2;
  settings.retention_bytes = size * 4;
  open();
  for (int i = 0; i < 10; ++i) store(batch(1, 100));
  log->tend();
  EXPECT_EQ(log->size_bytes(), size * 4);
  EXPECT_EQ(log->log_start(), 6);
  clock.advance(std::chrono::hours(24 * 365));
  log->tend();
  flusher.run_until_idle();
  EXPECT_EQ(log->log_start(), 6);
}

TEST_F(PartitionLogTest, ReadersKeepDeletedSegments) {
  settings.segment_bytes = 200;
  open();
  for (int i = 0; i < 5; ++i) store(batch(1, 100));
  const Fetched fetched = log->read(0, 1 << 20, true);
  log->delete_before(5);
  EXPECT_EQ(split(bytes_of(fetched.records)).size(), 5U);
}

TEST_F(PartitionLogTest, IdleSegmentsAreReadAgainLater) {
  settings.segment_bytes = 5000;
  open();
  for (int i = 0; i < 100; ++i) store(batch(1, 200));
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::minutes(2));
    log->tend();
  }
  const std::uint64_t opened = disk.count(Operation::open);
  EXPECT_EQ(read_all(1000).size(), 100U);
  EXPECT_GT(disk.count(Operation::open), opened);
  for (const std::string& name : files()) {
    if (name.ends_with(".idx")) disk.put(kDirectory / name, "spoiled");
  }
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::minutes(2));
    log->tend();
  }
  EXPECT_EQ(read_all(1000).size(), 100U) << "an index that went bad is made anew";
}

// Every partition that was ever written to would hold a descriptor for ever.
TEST_F(PartitionLogTest, AnIdleActiveSegmentIsClosedAndOpenedAgain) {
  open();
  store(batch(1));
  append(batch(1));
  const auto opens_for_an_append = [this] {
    const std::uint64_t before = disk.count(Operation::open);
    EXPECT_EQ(append(batch(1)).error, ErrorCode::none);
    return disk.count(Operation::open) - before;
  };
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::minutes(2));
    log->tend();
  }
  EXPECT_EQ(opens_for_an_append(), 0u) << "a sync is due through it";
  flusher.run_until_idle();
  for (int i = 0; i < 3; ++i) {
    clock.advance(std::chrono::minutes(2));
    log->tend();
  }
  EXPECT_EQ(opens_for_an_append(), 1u);
  flusher.run_until_idle();
  EXPECT_EQ(read_all().size(), 4U);
  kill();
  open({.leader_epoch = 1});
  EXPECT_EQ(read_all().size(), 4U);
}

TEST_F(PartitionLogTest, AFullDiskDoesNotPreventAnOrderlyStop) {
  settings.segment_bytes = 600;
  open();
  for (int i = 0; i < 5; ++i) store(batch(1, 100).producer(4, 0, i));
  const std::string all = disk.contents(kFirstLog);
  disk.set_capacity(0);
  close();
  disk.set_capacity(std::nullopt);
  open({.clean = true});
  EXPECT_EQ(read_all().size(), 5U);
  EXPECT_TRUE(append(batch(1, 100).producer(4, 0, 4)).duplicate);
}

TEST_F(PartitionLogTest, AFullDiskMakesRetentionLookAtOnce) {
  settings.segment_bytes = 400;
  settings.retention_bytes = 800;
  settings.retention_check = std::chrono::minutes(5);
  open();
  for (int i = 0; i < 20; ++i) store(batch(1, 100));
  log->tend();
  EXPECT_EQ(log->log_start(), 0) << "it is not time yet";
  disk.set_capacity(0);
  ASSERT_EQ(append(batch(1, 100)).error, ErrorCode::kafka_storage_error);
  log->tend();
  EXPECT_GT(log->log_start(), 0);
}

TEST_F(PartitionLogTest, TailReadersTouchNoFile) {
  open();
  for (int i = 0; i < 20; ++i) store(batch(1, 50));
  ASSERT_EQ(read(0).size(), 20U);
  const std::uint64_t reads = disk.count(Operation::read);
  for (int i = 20; i < 60; ++i) {
    append(batch(1, 50));
    append(batch(1, 50));
    flusher.run_until_idle();
    const Fetched fetched = log->read(i * 2 - 20, 1 << 20, true);
    ASSERT_EQ(fetched.records.slices.size(), 1U);
    EXPECT_GT(log->available(i * 2 - 20, 1000), 0U);
  }
  EXPECT_EQ(disk.count(Operation::read), reads);
}

TEST_F(PartitionLogTest, AbandoningTellsEverybody) {
  open();
  append(batch());
  const auto done = when_durable(1);
  int changes = 0;
  const PartitionLog::Ticket ticket = log->watch([&] { ++changes; });
  log->abandon();
  EXPECT_EQ(*done, "UNKNOWN_TOPIC_OR_PARTITION");
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(append(batch()).error, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(log->read(0, 100, true).error, ErrorCode::unknown_topic_or_partition);
  flusher.run_until_idle();
  EXPECT_EQ(log->high_watermark(), 0);
}

TEST_F(PartitionLogTest, WaitersAreToldWhenTheLogGoes) {
  open();
  append(batch());
  const auto done = when_durable(1);
  log.reset();
  EXPECT_EQ(*done, "KAFKA_STORAGE_ERROR");
  flusher.run_until_idle();
}

TEST_F(PartitionLogTest, ClosingMakesEverythingDurable) {
  settings.fsync = Fsync::never;
  settings.segment_bytes = 500;
  open();
  for (int i = 0; i < 10; ++i) append(batch(1, 100).producer(4, 0, i));
  const auto done = when_durable(10);
  close();
  EXPECT_EQ(*done, "NONE");
  lose_power(1);
  const std::uint64_t reads = disk.count(Operation::read);
  open({.clean = true});
  EXPECT_LT(disk.count(Operation::read) - reads, 40U) << "a clean start must not scan";
  EXPECT_EQ(read_all().size(), 10U);
  EXPECT_TRUE(append(batch(1, 100).producer(4, 0, 9)).duplicate);
}

TEST_F(PartitionLogTest, EpochsAreAnswered) {
  open({.leader_epoch = 1});
  for (int i = 0; i < 5; ++i) store(batch());
  kill();
  open({.leader_epoch = 2});
  EXPECT_EQ(log->leader_epoch(), 2);
  EXPECT_EQ(log->end_of_epoch(1).epoch, 1);
  EXPECT_EQ(log->end_of_epoch(1).end, 5);
  EXPECT_EQ(log->end_of_epoch(2).end, 5);
  kill();
  open({.leader_epoch = 4});
  store(batch());
  close();
  open({.clean = true, .leader_epoch = 4});
  EXPECT_EQ(log->end_of_epoch(1).end, 5);
  EXPECT_EQ(log->end_of_epoch(2).epoch, 1);
  EXPECT_EQ(log->end_of_epoch(4).end, 6);
  EXPECT_EQ(log->end_of_epoch(5).epoch, -1);
  EXPECT_EQ(read_all().back().header.leader_epoch, 4);
}

}  // namespace
}  // namespace weir::embedded::broker::storage
