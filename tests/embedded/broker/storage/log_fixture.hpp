// What the tests of partition logs share: a log on the disk that fails and forgets, and a reader of its batches.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "tests/embedded/broker/storage/batch_builder.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace weir::embedded::broker::storage {

// A batch as a consumer gets it.
struct ReadBatch {
  BatchHeader header;
  std::string bytes;
};

class LogFixture : public ::testing::Test {
 protected:
  Result<std::unique_ptr<PartitionLog>> try_open(PartitionLog::Opening opening = {}) {
    return PartitionLog::open(disk, flusher, clock, {kDirectory, "orders", 3}, settings, opening);
  }
  void open(PartitionLog::Opening opening = {}) {
    log.reset();
    Result<std::unique_ptr<PartitionLog>> opened = try_open(opening);
    // Nothing can go on without it: GoogleTest makes a failure of the exception.
    if (!opened) throw std::runtime_error("the log does not open: " + opened.error().message());
    log = std::move(*opened);
  }
  // The process ends without a word, and a new one begins.
  void kill() {
    disk.kill();
    revive();
  }
  void lose_power(std::uint64_t seed) {
    disk.lose_power(seed);
    revive();
  }
  void revive() {
    log.reset();
    flusher.forget();
    disk.restart();
    disk.heal();
  }
  void close() {
    const Result<void> closed = log->close();
    ASSERT_TRUE(closed) << closed.error().message();
    log.reset();
  }

  Appended append(const BatchBuilder& batch) { return log->append(batch.build()); }
  // Appends and makes durable.
  Offset store(const BatchBuilder& batch) {
    const Appended appended = append(batch);
    EXPECT_EQ(appended.error, wire::ErrorCode::none) << appended.message;
    flusher.run_until_idle();
    return appended.base_offset;
  }
  static std::string bytes_of(const wire::Records& records) {
    std::string bytes = records.bytes;
    for (const wire::FileSlice& slice : records.slices) {
      std::string part(slice.size, '\0');
      const Result<void> got = slice.file->read_at(slice.position, part);
      EXPECT_TRUE(got) << got.error().message();
      bytes += part;
    }
    return bytes;
  }
  static std::vector<ReadBatch> split(std::string_view bytes) {
    std::vector<ReadBatch> batches;
    while (!bytes.empty()) {
      const auto header = parse_batch_header(bytes);
      EXPECT_TRUE(header && header->size <= bytes.size()) << "not a whole batch";
      if (!header || header->size > bytes.size()) break;
      EXPECT_EQ(batch_crc(bytes.substr(0, header->size)), header->crc);
      batches.push_back({*header, std::string(bytes.substr(0, header->size))});
      bytes.remove_prefix(header->size);
    }
    return batches;
  }
  std::vector<ReadBatch> read(Offset from, std::uint32_t max_bytes = 1 << 30, bool at_least_one = true) {
    const Fetched fetched = log->read(from, max_bytes, at_least_one);
    EXPECT_EQ(fetched.error, wire::ErrorCode::none);
    return split(bytes_of(fetched.records));
  }
  // Everything, one fetch after the other, as a consumer reads.
  std::vector<ReadBatch> read_all(std::uint32_t max_bytes = 1 << 30) {
    std::vector<ReadBatch> all;
    for (Offset at = log->log_start(); at < log->high_watermark();) {
      std::vector<ReadBatch> some = read(at, max_bytes);
      if (some.empty()) {
        ADD_FAILURE() << "nothing at offset " << at;
        break;
      }
      at = some.back().header.end_offset();
      for (ReadBatch& batch : some) all.push_back(std::move(batch));
    }
    return all;
  }
  std::vector<std::string> files() {
    const Result<std::vector<std::string>> names = disk.list(kDirectory);
    return names ? *names : std::vector<std::string>();
  }

  static inline const std::filesystem::path kDirectory = "/data/topics/t/3";
  static inline const std::filesystem::path kFirstLog = kDirectory / "00000000000000000000.log";

  boost::asio::io_context io;
  weir::testing::ManualClock clock{io};
  FaultFileSystem disk;
  ManualFlusher flusher;
  LogSettings settings;
  std::unique_ptr<PartitionLog> log;
};

}  // namespace weir::embedded::broker::storage
