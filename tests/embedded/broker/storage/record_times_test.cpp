#include "embedded/broker/storage/record_times.hpp"

#include "tests/embedded/broker/storage/batch_builder.hpp"
#include "tests/embedded/broker/storage/compress.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir::embedded::broker::storage {
namespace {

// Offsets 100 to 103 with the times 1000, 1040, 1020 and 1060.
BatchBuilder four() {
  BatchBuilder batch;
  batch.record_at(0, "a").record_at(40, "b").record_at(20, "c").record_at(60, "d");
  return batch.timestamps(1000, 1060).base_offset(100);
}

RecordAtTime find(const std::string& batch, std::int64_t timestamp, Offset from = 0) {
  return find_record(*parse_batch_header(batch), batch, timestamp, from);
}

TEST(RecordTimes, TheFirstRecordThatIsLateEnough) {
  const std::string batch = four().build();
  EXPECT_EQ(find(batch, 0).found->offset, 100);
  EXPECT_EQ(find(batch, 1001).found->offset, 101);
  EXPECT_EQ(find(batch, 1001).found->timestamp, 1040);
  EXPECT_EQ(find(batch, 1041).found->offset, 103);
  EXPECT_FALSE(find(batch, 1061).found);
  EXPECT_TRUE(find(batch, 1061).readable);
}

TEST(RecordTimes, NoneInFrontOfWhereReadingBegins) {
  const std::string batch = four().build();
  EXPECT_EQ(find(batch, 1010, 102).found->offset, 102);
  EXPECT_FALSE(find(batch, 0, 104).found);
}

TEST(RecordTimes, InEveryCodec) {
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    BatchBuilder builder = four();
    const std::string payload = compress(codec, builder.payload());
    const std::string batch = builder.raw_payload(payload).attributes(static_cast<std::int16_t>(codec)).build();
    ASSERT_TRUE(find(batch, 1041).readable) << static_cast<int>(codec);
    EXPECT_EQ(find(batch, 1041).found->offset, 103) << static_cast<int>(codec);
  }
}

TEST(RecordTimes, TheBrokersClockIsTheTimeOfAll) {
  const std::string batch = four().attributes(8).build();
  EXPECT_EQ(find(batch, 1050).found->offset, 100);
  EXPECT_EQ(find(batch, 1050).found->timestamp, 1060);
  EXPECT_EQ(find(batch, 1050, 102).found->offset, 102);
  EXPECT_FALSE(find(batch, 1061).found);
}

TEST(RecordTimes, WhatCannotBeReadIsSaid) {
  EXPECT_FALSE(find(four().raw_payload("\xff\xff").build(), 1041).readable);
  EXPECT_FALSE(find(four().raw_payload("no zstd").attributes(4).build(), 1041).readable);
  EXPECT_FALSE(find(four().last_offset_delta(1).build(), 1041).readable) << "an offset behind the batch's last";
  const std::string whole = four().payload();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(find(four().raw_payload(whole.substr(0, size)).build(), 1060).readable) << size;
}

TEST(RecordTimes, TimesThatOverflowAreOnlyNumbers) {
  BatchBuilder batch;
  batch.record_at(std::numeric_limits<std::int64_t>::max(), "a");
  const std::string bytes = batch.timestamps(std::numeric_limits<std::int64_t>::max(), 0).build();
  EXPECT_TRUE(find(bytes, 0).readable);
}

}  // namespace
}  // namespace weir::embedded::broker::storage
