// The librdkafka bridge against librdkafka's mock cluster: real sockets on loopback, real threads, real time. Asserts
// on logic, not speed.
#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/consumer_lane.hpp"
#include "connectors/kafka/mock_cluster.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"
#include "connectors/kafka/source.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/task_group.hpp"
#include "tests/connectors/kafka/fill_topic.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace weir::connectors::kafka {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

// A rebalance that a member comes late to costs a session, and on a busy machine there may be several in a row.
constexpr auto kPatience = seconds(150);

// A thread with an io_context, as a worker has.
struct Worker {
  Worker() : work(asio::make_work_guard(io)), thread([this] { io.run(); }) {}
  ~Worker() {
    work.reset();
    thread.join();
  }
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::thread thread;
};

// Polls until the condition holds. Real threads and sockets are at work: there is no virtual time to move.
bool wait_until(const std::function<bool()>& holds) {
  SystemClock clock;
  const TimePoint end = clock.now() + kPatience;
  while (!holds()) {
    if (clock.now() > end) return false;
    // lint: allow sleep, because librdkafka's threads work in real time meanwhile
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// One process: a control thread, two lanes on threads of their
// own, a source, and a runner that settles and commits at once.
class Member final : public SourceEvents {
 public:
  Member(const std::string& brokers, std::string group, bool from_latest = false) {
    KafkaSourceSettings settings;
    settings.consumer.cluster.brokers = brokers;
    settings.consumer.topics = {"orders"};
    settings.consumer.group = std::move(group);
    settings.consumer.from_latest = from_latest;
    settings.consumer.raw = {{"topic.metadata.refresh.interval.ms", "500"}};
    settings.consumer.session_timeout = seconds(6);
    settings.consumer.heartbeat_interval = std::chrono::milliseconds(300);
    settings.consumer.memory = 64_MiB;
    MakeConsumer make = [this](ConsumerSettings consumer) {
      return make_librdkafka_consumer(std::move(consumer), clock_);
    };
    source_ = std::make_unique<KafkaSource>(std::move(settings), std::move(make), clock_);
  }
  ~Member() override { stop(); }

  void start() {
    Source::Lanes lanes{control_.io.get_executor(), {lanes_[0].io.get_executor(), lanes_[1].io.get_executor()}};
    on_control(open(std::move(lanes)));
    for (LaneIndex lane = 0; lane < 2; ++lane) {
      readers_[lane] = std::make_unique<TaskGroup>(lanes_[lane].io.get_executor());
      if (!reads_) continue;
      asio::post(lanes_[lane].io, [this, lane] { readers_[lane]->spawn("read", run_read_loop(lane)); });
    }
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    on_control(stop_reading());
    for (LaneIndex lane = 0; lane < 2; ++lane) {
      std::promise<void> ended;
      asio::post(lanes_[lane].io, [this, lane, &ended] { when_empty(lanes_[lane].io, readers_[lane], ended); });
      ended.get_future().wait();
    }
    on_control(finish());
  }

  // How often each (partition, offset) was handed out.
  std::map<std::pair<Partition, Offset>, int> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::size_t count() const { return count_.load(); }
  std::size_t assigned_count() const { return assigned_count_.load(); }
  int assignments() const { return assignments_.load(); }
  std::string reports() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  bool at_end() {
    std::promise<bool> answer;
    asio::post(control_.io, [this, &answer] { answer.set_value(source_->at_end()); });
    return answer.get_future().get();
  }
  void commit_now() { on_control(commit()); }
  // Before start(): nothing is ever read.
  void hold_reads() { reads_ = false; }

  void assigned(std::vector<AssignedPartition> partitions, AssignmentEpoch) override {
    ledgers_.clear();
    for (AssignedPartition& partition : partitions) ledgers_.push_back(partition.ledger);
    assigned_count_ = ledgers_.size();
    ++assignments_;
  }
  Task<void> revoking(std::vector<TopicPartition>, TimePoint deadline) override {
    for (const std::shared_ptr<PartitionLedger>& ledger : ledgers_) {
      while (ledger->unsettled() > 0 && clock_.now() < deadline)
        co_await clock_.sleep_for(std::chrono::milliseconds(1));
    }
    Result<void> committed = co_await source_->commit(watermarks());
    (void)committed;  // a broker takes it; the mock cluster refuses commits as soon as a rebalance has begun
    for (const std::shared_ptr<PartitionLedger>& ledger : ledgers_) ledger->void_acks();
    ledgers_.clear();
    assigned_count_ = 0;
  }
  void lost(std::vector<TopicPartition>) override {
    ledgers_.clear();
    assigned_count_ = 0;
  }
  void gone(const TopicPartition&, std::uint64_t) override {}
  void report(const Error& error) override {
    const std::lock_guard lock(mutex_);
    reports_ += error.message() + "\n";
  }

 private:
  // Runs the task on the control thread and waits until it has ended there.
  void on_control(Task<void> task) {
    std::promise<void> done;
    std::unique_ptr<TaskGroup> group;
    asio::post(control_.io, [&] {
      group = std::make_unique<TaskGroup>(control_.io.get_executor());
      group->spawn("call", std::move(task));
      when_empty(control_.io, group, done);
    });
    done.get_future().wait();
  }
  static void when_empty(asio::io_context& io, std::unique_ptr<TaskGroup>& group, std::promise<void>& done) {
    if (!group->empty()) {
      asio::post(io, [&] { when_empty(io, group, done); });  // looks again after whatever else is ready
      return;
    }
    group.reset();
    done.set_value();
  }
  Task<void> open(Source::Lanes lanes) {
    Result<void> opened = co_await source_->open(std::move(lanes), *this);
    EXPECT_TRUE(opened.has_value()) << (opened.has_error() ? opened.error().message() : "");
  }
  Task<void> stop_reading() {
    source_->stop_reading();
    co_return;
  }
  Task<void> finish() {
    co_await commit();
    co_await source_->close();
  }
  std::vector<Commit> watermarks() const {
    std::vector<Commit> offsets;
    for (const std::shared_ptr<PartitionLedger>& ledger : ledgers_)
      offsets.push_back(Commit{ledger->id(), ledger->watermark()});
    return offsets;
  }
  Task<void> commit() {
    Result<void> committed = co_await source_->commit(watermarks());
    EXPECT_TRUE(committed.has_value()) << (committed.has_error() ? committed.error().message() : "");
  }
  Task<void> run_read_loop(LaneIndex lane) {
    for (;;) {
      Result<std::optional<Batch>> result = co_await source_->read(lane);
      if (result.has_error() || !result->has_value()) co_return;
      std::optional<Batch> batch = std::move(*result);
      const std::lock_guard lock(mutex_);
      for (Message& message : batch->messages()) {
        EXPECT_EQ(static_cast<LaneIndex>(message.origin.partition) % 2, lane);
        EXPECT_EQ(message.payload,
                  std::to_string(message.origin.partition) + ":" + std::to_string(message.origin.offset));
        ++seen_[{message.origin.partition, message.origin.offset}];
        ++count_;
        std::move(message.ack).done(Settlement::stored);
      }
    }
  }

  SystemClock clock_;
  std::unique_ptr<KafkaSource> source_;
  std::vector<std::shared_ptr<PartitionLedger>> ledgers_;  // control thread
  std::mutex mutex_;
  std::map<std::pair<Partition, Offset>, int> seen_;
  std::string reports_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> assigned_count_{0};
  std::atomic<int> assignments_{0};
  bool stopped_ = false;
  bool reads_ = true;
  std::unique_ptr<TaskGroup> readers_[2];
  Worker lanes_[2];
  Worker control_;
};

class KafkaBridgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<MockCluster>> started = MockCluster::start();
    ASSERT_TRUE(started.has_value());
    cluster = std::move(*started);
    ASSERT_TRUE(cluster->create_topic("orders", kPartitions).has_value());
    ProducerSettings settings;
    settings.cluster.brokers = cluster->bootstrap_servers();
    settings.delivery_timeout = seconds(30);
    producer = make_librdkafka_producer(std::move(settings));
    ASSERT_TRUE(producer->open().has_value());
  }
  void TearDown() override { producer->close(seconds(1)); }

  struct Outcome {
    std::atomic<std::size_t> good{0};
    std::atomic<std::size_t> bad{0};
  };
  void produce_one(const OutRecord& record, Outcome& outcome) {
    producer->produce(record, worker.io.get_executor(),
                      [&outcome](Result<Offset> result) { ++(result.has_value() ? outcome.good : outcome.bad); });
  }
  static constexpr Partition kPartitions = 4;
  std::unique_ptr<MockCluster> cluster;
  std::shared_ptr<ProducerClient> producer;
  Worker worker;
};

// Fills the topic so that each payload says where it stands: "partition:offset".
void fill(const std::string& brokers, int per_partition, Partition partitions, int first = 0) {
  ASSERT_EQ(fill_topic(brokers, "orders", per_partition, partitions, first), "");
}

TEST_F(KafkaBridgeTest, ProducerReportsOneDeliveryPerRecord) {
  Outcome outcome;
  for (int i = 0; i < 2000; ++i) {
    const std::string payload = std::to_string(i);
    const std::string key = std::to_string(i % 50);
    const Header headers[] = {{"n", payload}, {"none", {}}};
    OutRecord record{"orders", payload, key, headers, 1000 + i};
    produce_one(record, outcome);
  }
  EXPECT_TRUE(wait_until([&] { return outcome.good == 2000; })) << outcome.good << " good, " << outcome.bad << " bad";
  EXPECT_EQ(outcome.bad, 0u);
}

TEST_F(KafkaBridgeTest, ConsumesEverythingOnceOverTwoLanes) {
  constexpr int kEach = 12500;
  fill(cluster->bootstrap_servers(), kEach, kPartitions);
  Member member(cluster->bootstrap_servers(), "g1");
  member.start();
  EXPECT_TRUE(wait_until([&] { return member.count() >= kEach * kPartitions; })) << member.count() << "\n"
                                                                                 << member.reports();
  EXPECT_TRUE(wait_until([&] { return member.at_end(); }));
  const auto seen = member.seen();
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kEach) * kPartitions);
  for (const auto& [place, times] : seen) ASSERT_EQ(times, 1) << place.first << ":" << place.second;
}

TEST_F(KafkaBridgeTest, CommitAndRestartGoesOnWhereItStopped) {
  fill(cluster->bootstrap_servers(), 100, kPartitions);
  {
    Member member(cluster->bootstrap_servers(), "g2");
    member.start();
    ASSERT_TRUE(wait_until([&] { return member.count() == 400; })) << member.count() << "\n" << member.reports();
    member.commit_now();
    member.stop();
  }
  fill(cluster->bootstrap_servers(), 10, kPartitions, 100);
  Member member(cluster->bootstrap_servers(), "g2");
  member.start();
  EXPECT_TRUE(wait_until([&] { return member.count() >= 40; })) << member.reports();
  EXPECT_TRUE(wait_until([&] { return member.at_end(); }));
  EXPECT_EQ(member.count(), 40u);
  for (const auto& [place, times] : member.seen()) EXPECT_GE(place.second, 100);
}

TEST_F(KafkaBridgeTest, ANewGroupThatBeginsAtTheLatestReadsOnThereAfterItWasStoppedAtOnce) {
  fill(cluster->bootstrap_servers(), 20, kPartitions);
  {
    Member member(cluster->bootstrap_servers(), "g-latest", true);
    member.start();
    ASSERT_TRUE(wait_until([&] { return member.assigned_count() == kPartitions; })) << member.reports();
    member.stop();
  }
  fill(cluster->bootstrap_servers(), 10, kPartitions, 20);
  Member member(cluster->bootstrap_servers(), "g-latest", true);
  member.start();
  EXPECT_TRUE(wait_until([&] { return member.count() >= 40; })) << member.count() << "\n" << member.reports();
  EXPECT_TRUE(wait_until([&] { return member.at_end(); }));
  EXPECT_EQ(member.count(), 40u);
  for (const auto& [place, times] : member.seen()) EXPECT_GE(place.second, 20);
}

// librdkafka would say so in its log alone, and go on at the old offset when the topic is there again.
TEST_F(KafkaBridgeTest, ATopicThatIsGoneEndsTheAssignmentAndComesBack) {
  fill(cluster->bootstrap_servers(), 20, kPartitions);
  Member member(cluster->bootstrap_servers(), "g-gone");
  member.start();
  ASSERT_TRUE(wait_until([&] { return member.count() == 80; })) << member.count() << "\n" << member.reports();
  member.commit_now();
  constexpr int kUnknownTopicOrPartition = 3;
  cluster->refuse_topic("orders", kUnknownTopicOrPartition);
  EXPECT_TRUE(wait_until([&] { return member.reports().find("does not know a topic any more") != std::string::npos; }))
      << member.reports();
  EXPECT_TRUE(wait_until([&] { return member.assigned_count() == 0; }));
  cluster->refuse_topic("orders", 0);
  ASSERT_TRUE(wait_until([&] { return member.assigned_count() == kPartitions; })) << member.reports();
  fill(cluster->bootstrap_servers(), 10, kPartitions, 20);
  EXPECT_TRUE(wait_until([&] { return member.count() >= 120; })) << member.count() << "\n" << member.reports();
}

// That the topic is gone stands behind records that nobody takes: a client that has not heard of it can never be freed.
TEST_F(KafkaBridgeTest, AClientWhoseTopicIsGoneEndsAlsoWhenItsRecordsAreNotTaken) {
  fill(cluster->bootstrap_servers(), 20, kPartitions);
  Member member(cluster->bootstrap_servers(), "g-full");
  member.hold_reads();
  member.start();
  ASSERT_TRUE(wait_until([&] { return member.assigned_count() == kPartitions; })) << member.reports();
  constexpr int kUnknownTopicOrPartition = 3;
  cluster->refuse_topic("orders", kUnknownTopicOrPartition);
  // lint: allow sleep, because nothing tells that the client has heard of it: that is what is tested
  std::this_thread::sleep_for(seconds(2));
  member.stop();
}

// A second member takes half; when it leaves, the first has its
// old partitions again and reads on: they were forwarded anew.
TEST_F(KafkaBridgeTest, PartitionsComeBackAfterARevokeAndAreRead) {
  fill(cluster->bootstrap_servers(), 500, kPartitions);
  Member first(cluster->bootstrap_servers(), "g3");
  first.start();
  ASSERT_TRUE(wait_until([&] { return first.count() == 2000; })) << first.count() << "\n" << first.reports();
  first.commit_now();
  {
    Member second(cluster->bootstrap_servers(), "g3");
    second.start();
    ASSERT_TRUE(wait_until([&] { return first.assigned_count() == 2 && second.assigned_count() == 2; }))
        << first.assigned_count() << " and " << second.assigned_count() << "\n"
        << first.reports() << second.reports();
    fill(cluster->bootstrap_servers(), 100, kPartitions, 500);
    ASSERT_TRUE(wait_until([&] { return first.count() + second.count() == 2400; }))
        << first.count() << " + " << second.count();
    first.commit_now();
    second.stop();
  }
  ASSERT_TRUE(wait_until([&] { return first.assigned_count() == 4; })) << first.reports();
  fill(cluster->bootstrap_servers(), 100, kPartitions, 600);
  // 500 + 100 of each: 2000 alone, 200 while two of four were its own, 400 alone again.
  EXPECT_TRUE(wait_until([&] { return first.count() == 2600; })) << first.count() << "\n" << first.reports();
  EXPECT_TRUE(wait_until([&] { return first.at_end(); }));
  EXPECT_EQ(first.count(), 2600u);
  for (const auto& [place, times] : first.seen()) ASSERT_EQ(times, 1) << place.first << ":" << place.second;
}

// What nobody leads cannot be read; it keeps neither the others' commits nor the end waiting.
TEST_F(KafkaBridgeTest, APartitionThatNobodyLeadsDoesNotHoldUpTheStop) {
  fill(cluster->bootstrap_servers(), 50, kPartitions);
  Member member(cluster->bootstrap_servers(), "g-offline");
  member.start();
  ASSERT_TRUE(wait_until([&] { return member.count() == 200; })) << member.count() << "\n" << member.reports();
  cluster->take_leader("orders", 2);
  // lint: allow sleep, because nothing tells that the client has heard of it
  std::this_thread::sleep_for(seconds(2));
  SystemClock clock;
  const TimePoint asked = clock.now();
  member.stop();
  EXPECT_LT(clock.now() - asked, seconds(10));
  cluster->set_leader("orders", 2, 1);
  Member next(cluster->bootstrap_servers(), "g-offline");
  next.start();
  EXPECT_TRUE(wait_until([&] { return next.at_end(); })) << next.reports();
  EXPECT_EQ(next.count(), 0u) << "all was committed";
}

TEST_F(KafkaBridgeTest, ABrokerThatIsDownAtStartIsReportedAndWaitedFor) {
  fill(cluster->bootstrap_servers(), 50, kPartitions);
  cluster->set_reachable(false);
  Member member(cluster->bootstrap_servers(), "g4");
  member.start();
  EXPECT_TRUE(wait_until([&] { return !member.reports().empty(); }));
  EXPECT_EQ(member.count(), 0u);
  cluster->set_reachable(true);
  EXPECT_TRUE(wait_until([&] { return member.count() == 200; })) << member.count() << "\n" << member.reports();
}

TEST_F(KafkaBridgeTest, AProducerWaitsForABrokerThatIsDown) {
  cluster->set_reachable(false);
  Outcome outcome;
  OutRecord record{"orders", "x", "k", {}, -1};
  produce_one(record, outcome);
  cluster->set_reachable(true);
  EXPECT_TRUE(wait_until([&] { return outcome.good == 1; })) << outcome.bad;
}

// What librdkafka calls fatal ends its client, not ours: records that come meanwhile go out through the next one.
TEST_F(KafkaBridgeTest, AFatalErrorIsNoRecordsError) {
  Outcome first;
  produce_one({"orders", "x", "k", {}, -1}, first);
  ASSERT_TRUE(wait_until([&] { return first.good == 1; }));  // that producer has its id: the next who asks is ours
  constexpr std::int16_t kInitProducerId = 22;
  constexpr int kClusterAuthorizationFailed = 31;
  cluster->refuse_next(kInitProducerId, kClusterAuthorizationFailed);
  ProducerSettings settings;
  settings.cluster.brokers = cluster->bootstrap_servers();
  settings.delivery_timeout = seconds(30);
  const std::shared_ptr<ProducerClient> refused = make_librdkafka_producer(std::move(settings));
  ASSERT_TRUE(refused->open().has_value());
  std::atomic<std::size_t> good{0};
  std::atomic<std::size_t> denied{0};
  std::atomic<std::size_t> told{0};
  const auto done = [&](const Result<Offset>& result) {
    if (result.has_value()) ++good;
    if (result.has_error() && result.error().code() == Errc::permission_denied) ++denied;
    ++told;
  };
  // All the while: some may come when the one client is done for and the next is not there yet.
  const OutRecord record{"orders", "x", "k", {}, -1};
  std::size_t produced = 0;
  EXPECT_TRUE(wait_until([&] {
    for (int i = 0; i < 10; ++i, ++produced) refused->produce(record, worker.io.get_executor(), done);
    return good > 0;
  }));
  refused->close(seconds(10));
  EXPECT_TRUE(wait_until([&] { return told == produced; })) << told << " of " << produced;
  EXPECT_EQ(denied, 0u);
}

TEST_F(KafkaBridgeTest, AClosedProducerTellsEveryRecord) {
  cluster->set_reachable(false);
  Outcome outcome;
  OutRecord record{"orders", "x", "k", {}, -1};
  for (int i = 0; i < 100; ++i) produce_one(record, outcome);
  producer->close(std::chrono::milliseconds(100));
  produce_one(record, outcome);
  EXPECT_TRUE(wait_until([&] { return outcome.bad == 101; })) << outcome.bad;
}

// A record whose magic byte is damaged (no checksum covers it) and one that cannot be unpacked are damaged like one whose
// checksum is wrong.
TEST(KafkaLaneTest, WhatCannotBeReadIsAnObstacleAndNoTroubleThatPasses) {
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR__BAD_MSG), Suspect::Why::damaged);
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED), Suspect::Why::damaged);
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR__BAD_COMPRESSION), Suspect::Why::damaged);
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET), Suspect::Why::out_of_range);
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR_NO_ERROR), std::nullopt);
  EXPECT_EQ(obstacle_of(RD_KAFKA_RESP_ERR__TRANSPORT), std::nullopt);
}

TEST(KafkaSettingsTest, TheClientDecidesNothingByItselfAndTakesNoDamagedRecord) {
  ConsumerSettings settings;
  settings.cluster.brokers = "127.0.0.1:1";
  settings.group = "g";
  settings.from_latest = true;
  settings.topics = {"^.*"};
  const Result<rdkafka::Conf> conf = rdkafka::consumer_conf(settings);
  ASSERT_TRUE(conf.has_value());
  const auto value_of = [&conf](const char* name) {
    char value[64] = "";
    std::size_t size = sizeof(value);
    rd_kafka_conf_get(conf->get(), name, value, &size);
    return std::string(value);
  };
  EXPECT_EQ(value_of("check.crcs"), "true");
  EXPECT_EQ(value_of("auto.offset.reset"), "error");
  EXPECT_EQ(value_of("topic.blacklist"), "^__");
}

TEST(KafkaSettingsTest, APropertyThatLibrdkafkaRefusesIsNamedWithoutItsValue) {
  ConsumerSettings settings;
  settings.cluster.brokers = "127.0.0.1:1";
  settings.group = "g";
  settings.raw = {{"no.such.property", "secret-value"}};
  const Result<void> checked = check_settings(settings);
  ASSERT_TRUE(checked.has_error());
  EXPECT_THAT(checked.error().message(), ::testing::HasSubstr("no.such.property"));
  EXPECT_THAT(checked.error().message(), ::testing::Not(::testing::HasSubstr("secret-value")));
}

}  // namespace
}  // namespace weir::connectors::kafka
