#include "embedded/broker/storage/record_batch.hpp"

#include "tests/embedded/broker/storage/batch_builder.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;

BatchVerdict check(const std::string& bytes, BatchLimits limits = {}) {
  BatchVerdict verdict = check_produced(bytes, limits);
  EXPECT_EQ(verdict.error == ErrorCode::none, verdict.message.empty()) << verdict.message;
  return verdict;
}
ErrorCode code(const BatchBuilder& batch, BatchLimits limits = {}) {
  return check(batch.build(), limits).error;
}
BatchBuilder good() {
  return BatchBuilder().record("one").record("two");
}

TEST(RecordBatch, TakesWhatAProducerSends) {
  const BatchVerdict verdict = check(good().producer(7, 1, 5).timestamps(1000, 2000).build());
  EXPECT_EQ(verdict.error, ErrorCode::none);
  EXPECT_EQ(verdict.header.count, 2);
  EXPECT_EQ(verdict.header.producer_id, 7);
  EXPECT_EQ(verdict.header.producer_epoch, 1);
  EXPECT_EQ(verdict.header.base_sequence, 5);
  EXPECT_EQ(verdict.header.last_sequence(), 6);
  EXPECT_EQ(verdict.header.base_timestamp, 1000);
  EXPECT_EQ(verdict.header.max_timestamp, 2000);
  EXPECT_EQ(verdict.header.size, good().build().size());
}

TEST(RecordBatch, DoesNotMindWhatTheBrokerOverwrites) {
  EXPECT_EQ(code(good().base_offset(1234).leader_epoch(0)), ErrorCode::none);
}

TEST(RecordBatch, RefusesNothing) {
  EXPECT_EQ(check("").error, ErrorCode::invalid_record);
}

TEST(RecordBatch, RefusesOldFormats) {
  EXPECT_EQ(code(good().magic(1)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().magic(0)), ErrorCode::invalid_record);
  // A message set of format 1 is shorter than a batch header: still the clearer answer.
  EXPECT_EQ(check(good().magic(1).build().substr(0, 34)).error, ErrorCode::invalid_record);
}

TEST(RecordBatch, RefusesEveryCut) {
  const std::string whole = good().build();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(check(whole.substr(0, size)).error, ErrorCode::corrupt_message) << size;
  }
}

TEST(RecordBatch, RefusesImpossibleLengths) {
  for (const char* length : {"\xff\xff\xff\xff", "\x80\x00\x00\x01", "\x00\x00\x00\x30"}) {
    std::string bytes = good().build();
    bytes.replace(8, 4, length, 4);
    EXPECT_EQ(check(bytes).error, ErrorCode::corrupt_message);
  }
}

TEST(RecordBatch, RefusesASecondBatch) {
  EXPECT_EQ(check(good().build() + good().build()).error, ErrorCode::invalid_record);
  EXPECT_EQ(check(good().build() + "x").error, ErrorCode::invalid_record);
}

TEST(RecordBatch, RefusesWhatIsTooLarge) {
  const std::uint64_t size = good().build().size();
  EXPECT_EQ(code(good(), {.batch_bytes = size, .segment_bytes = size}), ErrorCode::none);
  EXPECT_EQ(code(good(), {.batch_bytes = size - 1, .segment_bytes = size}), ErrorCode::message_too_large);
  EXPECT_EQ(code(good(), {.batch_bytes = size, .segment_bytes = size - 1}), ErrorCode::record_list_too_large);
}

TEST(RecordBatch, RefusesEveryFlippedBit) {
  const std::string whole = good().producer(7, 1, 5).build();
  for (std::size_t bit = 16 * 8; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(check(bytes).error, ErrorCode::none) << bit;
  }
  EXPECT_EQ(code(good().spoil_crc()), ErrorCode::corrupt_message);
}

TEST(RecordBatch, RefusesUnknownCodecs) {
  for (std::int16_t codec = 0; codec <= 4; ++codec) EXPECT_EQ(code(good().attributes(codec)), ErrorCode::none) << codec;
  for (std::int16_t codec = 5; codec <= 7; ++codec) {
    EXPECT_EQ(code(good().attributes(codec)), ErrorCode::unsupported_compression_type) << codec;
  }
}

TEST(RecordBatch, RefusesWhatOnlyBrokersWrite) {
  EXPECT_EQ(code(good().attributes(0x20)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().attributes(0x08)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().attributes(0x10)), ErrorCode::transactional_id_authorization_failed);
}

TEST(RecordBatch, RefusesCountsThatCannotBe) {
  EXPECT_EQ(code(BatchBuilder()), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().count(-1)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().count(3).last_offset_delta(1)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().last_offset_delta(5)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().count(2'000'000)), ErrorCode::invalid_record);
  // Compressed, they may be in there.
  EXPECT_EQ(code(good().attributes(4).count(2'000'000)), ErrorCode::none);
  EXPECT_EQ(code(good().attributes(4).raw_payload("")), ErrorCode::invalid_record);
}

TEST(RecordBatch, RefusesProducersWithoutSequence) {
  EXPECT_EQ(code(good().producer(7, 1, -1)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().producer(7, -1, 0)), ErrorCode::invalid_record);
  EXPECT_EQ(code(good().producer(-1, -1, -1)), ErrorCode::none);
}

TEST(RecordBatch, SequencesWrap) {
  BatchHeader header;
  header.base_sequence = 2147483646;
  header.last_offset_delta = 1;
  EXPECT_EQ(header.last_sequence(), 2147483647);
  header.last_offset_delta = 3;
  EXPECT_EQ(header.last_sequence(), 1);
}

TEST(RecordBatch, StampKeepsEverythingElse) {
  const std::string sent = good().producer(7, 1, 5).build();
  StampedBatch stamped(sent, check(sent).header);
  stamped.set_position(0x1122334455667788, 9);
  const auto parts = stamped.parts();
  const std::string stored = std::string(parts[0]) + std::string(parts[1]);
  EXPECT_EQ(stored.substr(0, 8), "\x11\x22\x33\x44\x55\x66\x77\x88");
  EXPECT_EQ(stored.substr(8, 4), sent.substr(8, 4));
  EXPECT_EQ(stored.substr(12, 4), std::string("\0\0\0\x09", 4));
  EXPECT_EQ(stored.substr(16), sent.substr(16));
}

TEST(RecordBatch, AppendTimeComesWithItsChecksum) {
  const std::string sent = good().timestamps(1000, 2000).build();
  StampedBatch stamped(sent, check(sent).header);
  stamped.set_position(0, 0);
  stamped.set_append_time(5000);
  const auto parts = stamped.parts();
  const std::string stored = std::string(parts[0]) + std::string(parts[1]);
  const auto header = parse_batch_header(stored);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->attributes, 0x08);
  EXPECT_EQ(header->max_timestamp, 5000);
  EXPECT_EQ(header->base_timestamp, 1000);
  EXPECT_EQ(header->crc, batch_crc(stored));
  EXPECT_EQ(stored.size(), sent.size());
}

}  // namespace
}  // namespace weir::embedded::broker::storage
