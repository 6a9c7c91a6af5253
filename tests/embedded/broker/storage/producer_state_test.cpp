#include "embedded/broker/storage/producer_state.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;

BatchHeader batch_of(std::int64_t id, std::int16_t epoch, std::int32_t sequence, std::int32_t count = 1,
                     Offset offset = 0) {
  BatchHeader header;
  header.producer_id = id;
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.count = count;
  header.last_offset_delta = count - 1;
  header.base_offset = offset;
  header.max_timestamp = 1000 + offset;
  return header;
}

TEST(ProducerStates, TakesAnyFirstSequenceOfAnUnknownProducer) {
  const ProducerStates states;
  EXPECT_EQ(states.check(batch_of(1, 0, 77)).error, ErrorCode::none);
}

TEST(ProducerStates, WantsTheNextSequence) {
  ProducerStates states;
  states.record(batch_of(1, 0, 0, 3), 0);
  EXPECT_EQ(states.check(batch_of(1, 0, 3)).error, ErrorCode::none);
  EXPECT_EQ(states.check(batch_of(1, 0, 2)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(states.check(batch_of(1, 0, 4)).error, ErrorCode::out_of_order_sequence_number);
  // The first sequence alone does not make it the same batch.
  EXPECT_EQ(states.check(batch_of(1, 0, 0, 2)).error, ErrorCode::out_of_order_sequence_number);
}

TEST(ProducerStates, KnowsTheLastFiveBatches) {
  ProducerStates states;
  for (int i = 0; i < 6; ++i) states.record(batch_of(1, 0, i * 10, 10, 100 + i * 10), 0);
  for (int i = 1; i < 6; ++i) {
    const ProducerStates::Verdict verdict = states.check(batch_of(1, 0, i * 10, 10));
    EXPECT_TRUE(verdict.duplicate) << i;
    EXPECT_EQ(verdict.base_offset, 100 + i * 10);
    EXPECT_EQ(verdict.end_offset, 110 + i * 10);
    EXPECT_EQ(verdict.timestamp, 1100 + i * 10);
  }
  const ProducerStates::Verdict sixth = states.check(batch_of(1, 0, 0, 10));
  EXPECT_FALSE(sixth.duplicate);
  EXPECT_EQ(sixth.error, ErrorCode::out_of_order_sequence_number);
}

TEST(ProducerStates, SequencesWrapToZero) {
  ProducerStates states;
  states.record(batch_of(1, 0, 2147483646, 2), 0);
  EXPECT_EQ(states.check(batch_of(1, 0, 0)).error, ErrorCode::none);
  states.record(batch_of(1, 0, 0, 1), 0);
  states.record(batch_of(2, 0, 2147483646, 4, 50), 0);
  EXPECT_EQ(states.check(batch_of(2, 0, 2)).error, ErrorCode::none);
  EXPECT_TRUE(states.check(batch_of(2, 0, 2147483646, 4)).duplicate);
}

TEST(ProducerStates, EpochsRise) {
  ProducerStates states;
  states.record(batch_of(1, 3, 0, 5), 0);
  EXPECT_EQ(states.check(batch_of(1, 2, 5)).error, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(states.check(batch_of(1, 2, 0, 5)).error, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(states.check(batch_of(1, 4, 5)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(states.check(batch_of(1, 4, 0, 5)).error, ErrorCode::none);
  EXPECT_FALSE(states.check(batch_of(1, 4, 0, 5)).duplicate);
  states.record(batch_of(1, 4, 0, 1), 0);
  // Batches of the old epoch are no duplicates any more.
  EXPECT_EQ(states.check(batch_of(1, 4, 0, 5)).error, ErrorCode::out_of_order_sequence_number);
}

TEST(ProducerStates, ForgetsIdleOnes) {
  ProducerStates states;
  states.record(batch_of(1, 0, 0), 1000);
  states.record(batch_of(2, 0, 0), 2000);
  states.expire(1500);
  EXPECT_EQ(states.size(), 1U);
  EXPECT_EQ(states.check(batch_of(1, 0, 9)).error, ErrorCode::none);
  EXPECT_EQ(states.check(batch_of(2, 0, 9)).error, ErrorCode::out_of_order_sequence_number);
}

TEST(ProducerStates, AFloodOfIdsIsBounded) {
  ProducerStates states;
  const auto most = static_cast<std::int64_t>(ProducerStates::kMostProducers);
  for (std::int64_t id = 0; id < most + 100; ++id) states.record(batch_of(id, 0, 0), id);
  EXPECT_LE(states.size(), ProducerStates::kMostProducers);
  EXPECT_TRUE(states.check(batch_of(most + 99, 0, 0)).duplicate);
  EXPECT_FALSE(states.check(batch_of(0, 0, 0)).duplicate);
}

TEST(ProducerStates, IgnoresOthers) {
  ProducerStates states;
  states.record(batch_of(-1, -1, -1), 0);
  EXPECT_EQ(states.size(), 0U);
}

TEST(ProducerStates, SnapshotsKeepEverything) {
  ProducerStates states;
  for (int i = 0; i < 7; ++i) states.record(batch_of(1, 2, i, 1, i), 50 + i);
  states.record(batch_of(9, 0, 2147483646, 4, 50), 77);
  const std::string bytes = states.encode(54);
  std::optional<ProducerStates::Snapshot> snapshot = ProducerStates::decode(bytes);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->end, 54);
  EXPECT_EQ(snapshot->states.size(), 2U);
  EXPECT_TRUE(snapshot->states.check(batch_of(1, 2, 2)).duplicate);
  EXPECT_EQ(snapshot->states.check(batch_of(1, 2, 1)).error, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(snapshot->states.check(batch_of(1, 2, 7)).error, ErrorCode::none);
  EXPECT_EQ(snapshot->states.check(batch_of(9, 0, 2)).error, ErrorCode::none);
  snapshot->states.expire(60);
  EXPECT_EQ(snapshot->states.size(), 1U);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ProducerStates::decode(std::string_view(bytes).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace weir::embedded::broker::storage
