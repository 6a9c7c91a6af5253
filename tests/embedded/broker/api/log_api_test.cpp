// Produce, Fetch, ListOffsets and OffsetForLeaderEpoch.
#include "tests/embedded/broker/api/node_kit.hpp"
#include "tests/embedded/broker/storage/batch_builder.hpp"

namespace weir::embedded::broker::api {
namespace {

using namespace std::chrono_literals;
using wire::ErrorCode;

class LogApiTest : public NodeTest {
 protected:
  void SetUp() override {
    NodeTest::SetUp();
    ASSERT_EQ(topics_->create("orders", 2, {}).code, ErrorCode::none);
  }

  Sent<wire::ProduceResponse> produce(const std::string& batch, std::int32_t partition = 0, std::int16_t acks = -1,
                                      std::int16_t version = 9, const char* topic = "orders") {
    wire::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 1000;
    request.topics.push_back({.name = topic, .partitions = {{.index = partition, .records = batch}}});
    return send<wire::ProduceResponse>(request, version);
  }

  wire::FetchRequest fetch_request(Offset offset, std::int32_t max_wait_ms = 0, std::int32_t min_bytes = 1) {
    wire::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = min_bytes;
    wire::FetchRequest::Topic topic;
    topic.name = "orders";
    wire::FetchRequest::Topic::Partition partition;
    partition.fetch_offset = offset;
    partition.max_bytes = 1 << 20;
    topic.partitions.push_back(partition);
    request.topics.push_back(topic);
    return request;
  }
  Sent<wire::FetchResponse> fetch(Offset offset, std::int32_t max_wait_ms = 0, std::int32_t min_bytes = 1) {
    return send<wire::FetchResponse>(fetch_request(offset, max_wait_ms, min_bytes), 12);
  }
  static const wire::FetchResponse::Topic::Partition& part(const Sent<wire::FetchResponse>& sent) {
    return sent->topics.at(0).partitions.at(0);
  }

  static std::string batch_of(int records) {
    storage::BatchBuilder builder;
    for (int i = 0; i < records; ++i) builder.record_with_key("key", "value " + std::to_string(i));
    return builder.build();
  }
};

TEST_F(LogApiTest, ProduceIsAnsweredWhenItIsOnDisk) {
  const auto sent = produce(batch_of(3));
  EXPECT_TRUE(sent.accepted);
  EXPECT_FALSE(sent.answered());
  flush();
  ASSERT_TRUE(sent.answered());
  EXPECT_EQ(sent->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(sent->topics.at(0).partitions.at(0).base_offset, 0);
}

TEST_F(LogApiTest, OneRoundServesRequestsThatWaitAndAnswersComeInOrder) {
  std::vector<Sent<wire::ProduceResponse>> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(produce(batch_of(2)));
  const std::uint64_t before = flusher_.stats().syncs;
  flush();
  EXPECT_LE(flusher_.stats().syncs - before, 2u);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(sent[static_cast<std::size_t>(i)].answered());
    EXPECT_EQ(sent[static_cast<std::size_t>(i)]->topics.at(0).partitions.at(0).base_offset, 2 * i);
  }
}

TEST_F(LogApiTest, WhatIsNotOnDiskIsNotVisible) {
  topics_->find("orders")->partition(0)->append(batch_of(3));
  const auto early = fetch(0);
  ASSERT_TRUE(early.answered());
  EXPECT_EQ(part(early).high_watermark, 0);
  EXPECT_EQ(part(early).records.size(), 0u);
  flush();
  const auto late = fetch(0);
  EXPECT_EQ(part(late).high_watermark, 3);
  EXPECT_EQ(part(late).records.size(), batch_of(3).size());
}

TEST_F(LogApiTest, WithoutFsyncItIsAnsweredAndVisibleAtOnce) {
  start(storage::Fsync::never);
  const auto sent = produce(batch_of(1));
  EXPECT_TRUE(sent.answered());
  EXPECT_EQ(part(fetch(0)).high_watermark, 1);
}

TEST_F(LogApiTest, FetchedBytesAreThoseProducedButForOffsetAndEpoch) {
  produce(batch_of(1));
  const std::string batch = batch_of(4);
  produce(batch);
  flush();
  const auto fetched = fetch(1);
  const std::string& bytes = part(fetched).records.bytes;
  ASSERT_EQ(bytes.size(), batch.size());
  EXPECT_EQ(bytes.substr(0, 8), std::string("\0\0\0\0\0\0\0\1", 8));
  EXPECT_EQ(bytes.substr(16), batch.substr(16));
}

TEST_F(LogApiTest, AFailedSyncIsToldAndEndsThePartition) {
  const auto sent = produce(batch_of(1));
  flusher_.fail_next(Error(Errc::io, "the disk is broken"));
  flush();
  ASSERT_TRUE(sent.answered());
  EXPECT_EQ(sent->topics.at(0).partitions.at(0).error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(sent->topics.at(0).partitions.at(0).base_offset, -1);
  const auto again = produce(batch_of(1));
  ASSERT_TRUE(again.answered());
  EXPECT_EQ(again->topics.at(0).partitions.at(0).error_code, ErrorCode::kafka_storage_error);
  const auto other = produce(batch_of(1), 1);
  flush();
  EXPECT_EQ(other->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
}

TEST_F(LogApiTest, WithoutAcksThereIsNoAnswerAndAnErrorClosesTheConnection) {
  const auto sent = produce(batch_of(1), 0, 0);
  flush();
  EXPECT_FALSE(sent.answered());
  EXPECT_FALSE(hung_up_);
  EXPECT_EQ(queue_.size(), 0u);
  produce(batch_of(1), 99, 0);
  EXPECT_TRUE(hung_up_);
}

TEST_F(LogApiTest, ProduceSaysWhatIsWrong) {
  const auto error = [](const Sent<wire::ProduceResponse>& sent) {
    return sent.answered() ? sent->topics.at(0).partitions.at(0).error_code : ErrorCode::unknown_server_error;
  };
  EXPECT_EQ(error(produce(batch_of(1), 5)), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(error(produce(batch_of(1), -1)), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(error(produce(batch_of(1), 0, 2)), ErrorCode::invalid_required_acks);
  EXPECT_EQ(error(produce("", 0)), ErrorCode::invalid_record);
  std::string damaged = batch_of(1);
  damaged.back() ^= 1;
  EXPECT_EQ(error(produce(damaged)), ErrorCode::corrupt_message);
  storage::BatchBuilder zstd;
  zstd.record("v").attributes(4);
  EXPECT_EQ(error(produce(zstd.build(), 0, -1, 6)), ErrorCode::unsupported_compression_type);
  EXPECT_EQ(topics_->find("orders")->partition(0)->end(), 0);
}

TEST_F(LogApiTest, AParkedFetchIsAnsweredWhenRecordsBecomeVisible) {
  const auto fetched = fetch(0, 5000);
  EXPECT_FALSE(fetched.answered());
  const auto behind = fetch(0, 5000);  // another fetch does not hurry it: it would be sent again at once, for ever
  EXPECT_FALSE(fetched.answered());
  EXPECT_TRUE(send<wire::HeartbeatResponse>(wire::HeartbeatRequest(), 0).answered());
  ASSERT_TRUE(fetched.answered());
  EXPECT_TRUE(behind.answered());
  EXPECT_EQ(part(fetched).records.size(), 0u);

  const auto second = fetch(0, 5000);
  const storage::Appended appended = topics_->find("orders")->partition(0)->append(batch_of(1));
  EXPECT_EQ(appended.error, ErrorCode::none);
  collect();
  EXPECT_FALSE(second.answered());
  flush();
  ASSERT_TRUE(second.answered());
  EXPECT_GT(part(second).records.size(), 0u);
}

TEST_F(LogApiTest, AParkedFetchEndsWithItsTime) {
  const auto fetched = fetch(0, 500);
  pass(499ms);
  EXPECT_FALSE(fetched.answered());
  pass(1ms);
  ASSERT_TRUE(fetched.answered());
  EXPECT_EQ(part(fetched).error_code, ErrorCode::none);
}

TEST_F(LogApiTest, AParkedFetchWaitsForAsManyBytesAsItWants) {
  const auto fetched = fetch(0, 5000, static_cast<std::int32_t>(2 * batch_of(1).size()));
  storage::PartitionLog& log = *topics_->find("orders")->partition(0);
  log.append(batch_of(1));
  flush();
  EXPECT_FALSE(fetched.answered());
  log.append(batch_of(1));
  flush();
  EXPECT_TRUE(fetched.answered());
}

TEST_F(LogApiTest, AParkedFetchHearsThatItsTopicIsGone) {
  const auto fetched = fetch(0, 5000);
  EXPECT_EQ(topics_->remove("orders").code, ErrorCode::none);
  timers_.run_due();
  collect();
  ASSERT_TRUE(fetched.answered());
  EXPECT_EQ(part(fetched).error_code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(LogApiTest, AFetchOfTooMuchIsAnsweredAtOnce) {
  wire::FetchRequest request = fetch_request(0, 1000);
  const std::string long_name(3 << 20, 'x');
  wire::FetchRequest::Topic empty;
  empty.name = long_name;
  request.topics.push_back(empty);
  EXPECT_TRUE(send<wire::FetchResponse>(request, 12).answered());
  request.topics.pop_back();
  node_->parked_bytes = 256 << 20;  // of others
  EXPECT_TRUE(send<wire::FetchResponse>(request, 12).answered());
  node_->parked_bytes = 0;
  const auto parked = send<wire::FetchResponse>(request, 12);
  EXPECT_FALSE(parked.answered());
  EXPECT_GT(node_->parked_bytes, 0u);
  pass(1s);
  EXPECT_TRUE(parked.answered());
  EXPECT_EQ(node_->parked_bytes, 0u);
}

TEST_F(LogApiTest, AFetchWaitsForMinutesAtMost) {
  const auto parked = fetch(0, 2'000'000'000);
  pass(299s);
  EXPECT_FALSE(parked.answered());
  pass(2s);
  EXPECT_TRUE(parked.answered());
}

TEST_F(LogApiTest, FetchOutsideTheLogSaysWhereItIs) {
  produce(batch_of(2));
  flush();
  for (const Offset offset : {Offset{-1}, Offset{3}}) {
    const auto fetched = fetch(offset, 5000);
    ASSERT_TRUE(fetched.answered());
    EXPECT_EQ(part(fetched).error_code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(part(fetched).high_watermark, 2);
    EXPECT_EQ(part(fetched).log_start_offset, 0);
  }
}

TEST_F(LogApiTest, TheFirstBatchComesWhateverTheLimits) {
  produce(batch_of(100));
  flush();
  wire::FetchRequest request = fetch_request(0);
  request.max_bytes = 1;
  request.topics[0].partitions[0].max_bytes = 1;
  const auto fetched = send<wire::FetchResponse>(request, 12);
  EXPECT_EQ(part(fetched).records.size(), batch_of(100).size());
}

TEST_F(LogApiTest, FetchSessionsAreDeclined) {
  wire::FetchRequest request = fetch_request(0);
  request.session_id = 5;
  request.session_epoch = 1;
  const auto stale = send<wire::FetchResponse>(request, 11);
  EXPECT_EQ(stale->error_code, ErrorCode::fetch_session_id_not_found);
  request.session_id = 0;
  request.session_epoch = 0;
  EXPECT_EQ(send<wire::FetchResponse>(request, 11)->session_id, 0);
}

TEST_F(LogApiTest, AStaleOrFutureLeaderEpochIsRefused) {
  start(storage::Fsync::always, true, 3);
  wire::FetchRequest request = fetch_request(0);
  request.topics[0].partitions[0].current_leader_epoch = 2;
  EXPECT_EQ(part(send<wire::FetchResponse>(request, 12)).error_code, ErrorCode::fenced_leader_epoch);
  request.topics[0].partitions[0].current_leader_epoch = 4;
  EXPECT_EQ(part(send<wire::FetchResponse>(request, 12)).error_code, ErrorCode::unknown_leader_epoch);
  request.topics[0].partitions[0].current_leader_epoch = 3;
  EXPECT_EQ(part(send<wire::FetchResponse>(request, 12)).error_code, ErrorCode::none);
}

TEST_F(LogApiTest, OffsetsOfATopicThatIsGoneDoNotComeBack) {
  wire::OffsetCommitRequest commit;
  commit.group_id = "readers";
  commit.generation_id = -1;
  wire::OffsetCommitRequest::Topic to;
  to.name = "orders";
  wire::OffsetCommitRequest::Topic::Partition partition;
  partition.committed_offset = 5;
  to.partitions.push_back(partition);
  commit.topics.push_back(to);
  const auto committed = send<wire::OffsetCommitResponse>(commit, 7);
  flush();
  ASSERT_TRUE(committed.answered());
  ASSERT_EQ(committed->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  // The deletion reaches the catalogue and no more: the coordinator of this test is not told, as in a crash between.
  ASSERT_EQ(topics_->remove("orders").code, ErrorCode::none);
  start(storage::Fsync::always, false, 1);
  ASSERT_EQ(topics_->create("orders", 2, {}).code, ErrorCode::none);
  wire::OffsetFetchRequest fetch;
  fetch.group_id = "readers";
  fetch.topics.emplace();
  wire::OffsetFetchRequest::Topic from;
  from.name = "orders";
  from.partitions = {0};
  fetch.topics->push_back(from);
  EXPECT_EQ(send<wire::OffsetFetchResponse>(fetch, 7)->topics.at(0).partitions.at(0).committed_offset, -1);
}

TEST_F(LogApiTest, ListOffsetsKnowsTheEndsAndTimes) {
  storage::BatchBuilder first;
  first.record("v").timestamp(1000);
  storage::BatchBuilder second;
  second.record("v").timestamp(2000);
  produce(first.build());
  produce(second.build());
  flush();
  const auto ask = [this](std::int64_t timestamp, std::int32_t partition = 0) {
    wire::ListOffsetsRequest request;
    wire::ListOffsetsRequest::Topic topic;
    topic.name = "orders";
    wire::ListOffsetsRequest::Topic::Partition wanted;
    wanted.index = partition;
    wanted.timestamp = timestamp;
    topic.partitions.push_back(wanted);
    request.topics.push_back(topic);
    return send<wire::ListOffsetsResponse>(request, 7)->topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(ask(-1).offset, 2);
  EXPECT_EQ(ask(-2).offset, 0);
  EXPECT_EQ(ask(-3).offset, 1);
  EXPECT_EQ(ask(-3).timestamp, 2000);
  EXPECT_EQ(ask(1500).offset, 1);
  EXPECT_EQ(ask(0).offset, 0);
  EXPECT_EQ(ask(2001).offset, -1);
  EXPECT_EQ(ask(2001).error_code, ErrorCode::none);
  EXPECT_EQ(ask(-1, 7).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(ask(-4).error_code, ErrorCode::unsupported_version);
}

// A look-up by time reads files: asked for a thousand times, it would keep the thread from everybody.
TEST_F(LogApiTest, ListOffsetsLooksOncePerPartition) {
  wire::ListOffsetsRequest request;
  for (int i = 0; i < 2; ++i) {
    request.topics.push_back(
        {.name = "orders", .partitions = {{.index = 0, .timestamp = -1}, {.index = 1, .timestamp = -1}}});
  }
  const auto sent = send<wire::ListOffsetsResponse>(request, 7);
  for (const auto& partition : sent->topics.at(0).partitions) EXPECT_EQ(partition.error_code, ErrorCode::none);
  for (const auto& partition : sent->topics.at(1).partitions) {
    EXPECT_EQ(partition.error_code, ErrorCode::invalid_request);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::api
