// Random lives of a partition log, by seed: appends, rounds, reads, rolls, full disks, failed syncs, orderly stops,
// kills and power cuts. Whatever happens, what was promised must be there afterwards.
#include "tests/embedded/broker/storage/log_fixture.hpp"
#include "tests/samples.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <random>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;
using Operation = FaultFileSystem::Operation;

// One batch that the log took, as it has to read for ever.
struct Taken {
  Offset base = 0;
  Offset end = 0;
  std::string payload;  // everything behind the broker's own fields
  std::int64_t producer = -1;
  std::int32_t sequence = -1;
  int records = 0;
};

class CrashPropertyTest : public LogFixture, public ::testing::WithParamInterface<Fsync> {
 protected:
  void live(std::uint64_t seed);

  int pick(int below) { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
  void step();
  void append_one();
  void send_again();
  void read_somewhere();
  void stop_in_order();
  void crash(bool power);
  void fill_disk();
  void break_sync();
  void check_everything();
  void observe() { observed_ = std::max(observed_, log->high_watermark()); }
  Offset taken_end() const { return taken_.empty() ? start_ : taken_.back().end; }

  std::mt19937_64 random_;
  std::deque<Taken> taken_;  // not deleted, by offset
  Offset start_ = 0;         // of the log
  Offset acked_ = 0;         // a producer was told
  Offset observed_ = 0;      // a consumer could see
  std::int32_t epoch_ = 0;
  std::array<std::int32_t, 3> next_sequence_{};     // by producer
  std::array<std::int32_t, 3> deleted_sequence_{};  // the one behind its last batch that was deleted
};

void CrashPropertyTest::append_one() {
  Taken batch;
  batch.records = 1 + pick(3);
  BatchBuilder builder;
  builder.records(batch.records, std::string(static_cast<std::size_t>(pick(4) == 0 ? pick(6000) : pick(200)), 'p'));
  builder.timestamp(clock.wall_now().time_since_epoch().count() - pick(1000));
  if (pick(2) == 0) {
    batch.producer = pick(3);
    batch.sequence = next_sequence_[static_cast<std::size_t>(batch.producer)];
    builder.producer(batch.producer, 0, batch.sequence);
  }
  const std::string bytes = builder.build();
  const Appended appended = log->append(bytes);
  if (appended.error != ErrorCode::none) {
    ASSERT_EQ(appended.error, ErrorCode::kafka_storage_error) << appended.message;
    return;
  }
  ASSERT_FALSE(appended.duplicate);
  ASSERT_EQ(appended.base_offset, taken_end()) << "offsets go on without a gap";
  batch.base = appended.base_offset;
  batch.end = appended.end_offset;
  batch.payload = bytes.substr(16);
  if (batch.producer >= 0) next_sequence_[static_cast<std::size_t>(batch.producer)] = batch.sequence + batch.records;
  taken_.push_back(batch);
  log->when_durable(batch.end, [this, end = batch.end](ErrorCode error) {
    if (error == ErrorCode::none) acked_ = std::max(acked_, end);
  });
}

// A producer that heard nothing sends its last batch once more.
void CrashPropertyTest::send_again() {
  const std::int64_t producer = pick(3);
  const auto last =
      std::find_if(taken_.rbegin(), taken_.rend(), [&](const Taken& t) { return t.producer == producer; });
  if (last == taken_.rend()) return;
  std::string bytes(16, '\0');
  const auto length = static_cast<std::uint32_t>(last->payload.size() + 4);
  for (int i = 0; i < 4; ++i) bytes[static_cast<std::size_t>(8 + i)] = static_cast<char>(length >> (24 - 8 * i));
  const Appended again = log->append(bytes + last->payload);
  ASSERT_EQ(again.error, ErrorCode::none) << again.message;
  ASSERT_TRUE(again.duplicate);
  ASSERT_EQ(again.base_offset, last->base);
  ASSERT_EQ(again.end_offset, last->end);
}

void CrashPropertyTest::read_somewhere() {
  observe();
  if (log->high_watermark() == log->log_start()) return;
  const Offset from = log->log_start() + pick(static_cast<int>(log->high_watermark() - log->log_start()));
  const std::vector<ReadBatch> got = read(from, static_cast<std::uint32_t>(pick(20'000)), pick(2) == 0);
  auto want = std::find_if(taken_.begin(), taken_.end(), [&](const Taken& t) { return t.end > from; });
  for (const ReadBatch& batch : got) {
    ASSERT_NE(want, taken_.end());
    ASSERT_EQ(batch.header.base_offset, want->base);
    ASSERT_EQ(batch.bytes.substr(16), want->payload);
    ASSERT_LE(want->end, log->high_watermark());
    ++want;
  }
}

void CrashPropertyTest::stop_in_order() {
  const Result<void> closed = log->close();
  log.reset();
  flusher.run_until_idle();
  if (!closed) return crash(false);
  acked_ = observed_ = taken_end();
  open({.clean = true, .leader_epoch = epoch_});
  check_everything();
}

void CrashPropertyTest::crash(bool power) {
  if (log != nullptr && !log->failed()) observe();
  const std::int32_t before = epoch_;
  if (power) {
    lose_power(random_());
  } else {
    kill();
  }
  open({.leader_epoch = ++epoch_});
  if (power && GetParam() != Fsync::always) {
    // Only what was synced was promised; clients find out by the epoch.
    acked_ = std::min(acked_, log->end());
    observed_ = std::min(observed_, log->end());
  }
  check_everything();
  const PartitionLog::EpochEnd end = log->end_of_epoch(before);
  ASSERT_LE(end.epoch, before);
  ASSERT_EQ(end.end, log->end()) << "where the epoch before ended is how clients find out about a cut";
}

void CrashPropertyTest::check_everything() {
  ASSERT_GE(log->end(), acked_) << "acknowledged records are lost";
  ASSERT_GE(log->end(), observed_) << "consumers saw records that are gone";
  ASSERT_EQ(log->high_watermark(), log->end());
  ASSERT_EQ(log->log_start(), start_);
  while (!taken_.empty() && taken_.back().end > log->end()) taken_.pop_back();
  ASSERT_EQ(log->end(), taken_end()) << "records that nobody sent";
  const std::vector<ReadBatch> all = read_all(static_cast<std::uint32_t>(1 + pick(30'000)));
  const auto first = std::find_if(taken_.begin(), taken_.end(), [&](const Taken& t) { return t.end > start_; });
  ASSERT_EQ(static_cast<std::ptrdiff_t>(all.size()), taken_.end() - first);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(all[i].header.base_offset, first[static_cast<std::ptrdiff_t>(i)].base);
    ASSERT_EQ(all[i].bytes.substr(16), first[static_cast<std::ptrdiff_t>(i)].payload);
  }
  // What was cut is sent anew under the same sequence.
  for (std::int64_t producer = 0; producer < 3; ++producer) {
    const auto last =
        std::find_if(taken_.rbegin(), taken_.rend(), [&](const Taken& t) { return t.producer == producer; });
    next_sequence_[static_cast<std::size_t>(producer)] =
        last != taken_.rend() ? last->sequence + last->records : deleted_sequence_[static_cast<std::size_t>(producer)];
  }
  send_again();
}

void CrashPropertyTest::fill_disk() {
  disk.fail(pick(3) == 0 ? Operation::open : Operation::write, 1 + pick(2), ENOSPC);
  append_one();
  append_one();
  disk.heal();
}

void CrashPropertyTest::break_sync() {
  append_one();
  disk.fail(pick(2) == 0 ? Operation::sync : Operation::sync_directory, 1 + pick(2), EIO);
  append_one();
  if (!log->failed()) flusher.run_until_idle();
  disk.heal();
  crash(pick(2) == 0);
}

void CrashPropertyTest::step() {
  switch (const int what = pick(100)) {
    case 0:
    case 1:
      return crash(false);
    case 2:
    case 3:
      return crash(true);
    case 4:
      return stop_in_order();
    case 5:
      return fill_disk();
    case 6:
      return break_sync();
    case 7: {
      observe();
      const Offset most = log->high_watermark();
      if (most - start_ < 20) return;
      start_ = log->delete_before(start_ + pick(static_cast<int>(most - start_))).log_start;
      for (; taken_.size() > 1 && taken_.front().end <= start_; taken_.pop_front()) {
        const Taken& gone = taken_.front();
        if (gone.producer < 0) continue;
        deleted_sequence_[static_cast<std::size_t>(gone.producer)] = gone.sequence + gone.records;
      }
      return;
    }
    case 8:
      clock.advance(std::chrono::seconds(pick(200)));
      if (GetParam() == Fsync::interval) log->sync();
      return log->tend();
    case 9:
      return send_again();
    default:
      if (what < 55) return append_one();
      if (what < 65) return flusher.begin_round();
      if (what < 80) return flusher.end_round();
      return read_somewhere();
  }
}

void CrashPropertyTest::live(std::uint64_t seed) {
  random_.seed(seed);
  settings.fsync = GetParam();
  settings.retention = std::nullopt;
  settings.segment_bytes = static_cast<std::uint64_t>(20'000 + pick(20'000));
  open({.leader_epoch = epoch_});
  for (int i = 0; i < 250 && !HasFailure(); ++i) {
    step();
    if (!HasFailure() && log->failed()) crash(pick(2) == 0);
  }
  if (!HasFailure()) stop_in_order();
}

TEST_P(CrashPropertyTest, PromisesAreKept) {
  for (std::uint64_t seed = 1; seed <= samples(150u) && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_TRUE(disk.remove_tree("/data"));
    taken_.clear();
    start_ = acked_ = observed_ = 0;
    epoch_ = 0;
    next_sequence_ = deleted_sequence_ = {};
    try {
      live(seed);
    } catch (const std::exception& why) {
      ADD_FAILURE() << why.what();
    }
    log.reset();
    flusher.forget();
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, CrashPropertyTest, ::testing::Values(Fsync::always, Fsync::interval, Fsync::never),
                         [](const ::testing::TestParamInfo<Fsync>& mode) {
                           return mode.param == Fsync::always     ? "Always"
                                  : mode.param == Fsync::interval ? "Interval"
                                                                  : "Never";
                         });

}  // namespace
}  // namespace weir::embedded::broker::storage
