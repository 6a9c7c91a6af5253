// A KafkaSource over FakeKafka under virtual time, with a runner that the test plays itself.
#pragma once

#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/source.hpp"
#include "pipeline/testing/fixture.hpp"

#include <gmock/gmock.h>

namespace weir::connectors::kafka {

// Notes what the source says; revoking() lasts until the test allows it or the deadline has come, then voids the acks
// as a runner does.
class RecordingEvents final : public SourceEvents {
 public:
  RecordingEvents(const Executor& executor, Clock& clock) : changed(executor), clock_(clock) {}

  void assigned(std::vector<AssignedPartition> partitions, AssignmentEpoch epoch) override {
    ledgers.clear();
    for (AssignedPartition& partition : partitions) {
      lanes[partition.ledger->id()] = partition.lane;
      ledgers[partition.ledger->id()] = std::move(partition.ledger);
    }
    epochs.push_back(epoch);
  }
  Task<void> revoking(std::vector<TopicPartition> partitions, TimePoint until) override {
    revoked.push_back(partitions);
    deadline = until;
    if (before_void) before_void();
    while (hold_revoke) co_await changed.wait();
    for (const TopicPartition& id : partitions) ledgers.at(id)->void_acks();
    ++revokes_done;
  }
  void lost(std::vector<TopicPartition> partitions) override { lost_partitions.push_back(std::move(partitions)); }
  void gone(const TopicPartition& id, std::uint64_t records) override { gone_records[id] += records; }
  void report(const Error& error) override { reports.push_back(error); }

  Signal changed;
  bool hold_revoke = false;
  std::function<void()> before_void;
  int revokes_done = 0;
  TimePoint deadline{};
  std::map<TopicPartition, std::shared_ptr<PartitionLedger>> ledgers;
  std::map<TopicPartition, LaneIndex> lanes;
  std::vector<AssignmentEpoch> epochs;
  std::vector<std::vector<TopicPartition>> revoked;
  std::vector<std::vector<TopicPartition>> lost_partitions;
  std::vector<Error> reports;
  std::map<TopicPartition, std::uint64_t> gone_records;

 private:
  Clock& clock_;
};

class KafkaSourceTest : public weir::testing::VirtualTimeTest {
 protected:
  static constexpr const char* kGroup = "writer";

  void SetUp() override { kafka.create_topic("orders", 4); }

  void TearDown() override {
    if (source != nullptr) run(source->close());
    VirtualTimeTest::TearDown();
  }

  Result<void> start(std::size_t lanes = 1, KafkaSourceSettings settings = {}) {
    if (settings.consumer.topics.empty()) settings.consumer.topics = {"orders"};
    settings.consumer.group = kGroup;
    source = std::make_unique<KafkaSource>(std::move(settings), kafka.consumers(), clock());
    Source::Lanes where{executor(), std::vector<Executor>(lanes, executor())};
    Result<void> opened = run(source->open(std::move(where), events));
    run_until_idle();
    return opened;
  }

  // Reads one batch; the test has made sure that there is one.
  Batch read(LaneIndex lane = 0) {
    Result<std::optional<Batch>> batch = run(source->read(lane), std::chrono::seconds(1));
    EXPECT_TRUE(batch.has_value() && batch->has_value()) << "the source has ended";
    return std::move(**batch);
  }
  // True when a read waits, with nothing to return.
  bool nothing_to_read(LaneIndex lane = 0) {
    bool returned = false;
    TaskGroup group(executor());
    group.spawn("read", note_return(lane, returned));
    run_until_idle();
    group.cancel();
    run_until_idle();
    return !returned;
  }
  Task<void> note_return(LaneIndex lane, bool& returned) {
    Result<std::optional<Batch>> batch = co_await source->read(lane);
    returned = true;
    if (batch.has_value() && batch->has_value()) settle(**batch);
  }

  static void settle(Batch& batch) {
    for (Message& message : batch.messages()) {
      if (message.ack.pending()) std::move(message.ack).done(Settlement::stored);
    }
  }
  static void give_up(Batch& batch) {
    for (Message& message : batch.messages()) {
      if (message.ack.pending()) std::move(message.ack).redeliver();
    }
  }
  static std::vector<std::string> payloads(const Batch& batch) {
    std::vector<std::string> all;
    for (const Message& message : batch.messages()) all.emplace_back(message.payload);
    return all;
  }
  Result<void> commit(const std::string& topic, Partition partition, Offset offset) {
    std::vector<Commit> offsets{Commit{TopicPartition{topic, partition}, offset}};
    return run(source->commit(std::move(offsets)));
  }

  FakeKafka kafka{io_.get_executor()};
  RecordingEvents events{io_.get_executor(), clock_};
  std::unique_ptr<KafkaSource> source;
  const TopicPartition p0{"orders", 0};
  const TopicPartition p1{"orders", 1};
};

}  // namespace weir::connectors::kafka
