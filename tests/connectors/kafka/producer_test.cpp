// The producer's bridge where its client ends before it does. Against librdkafka's mock cluster, as bridge_test.cpp.
#include "connectors/kafka/mock_cluster.hpp"
#include "connectors/kafka/producer_librdkafka.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

namespace weir::connectors::kafka {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr std::int16_t kInitProducerId = 22;
constexpr int kClusterAuthorizationFailed = 31;

class KafkaProducerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<MockCluster>> started = MockCluster::start();
    ASSERT_TRUE(started.has_value());
    cluster_ = std::move(*started);
    ASSERT_TRUE(cluster_->create_topic("orders", 1).has_value());
  }
  ~KafkaProducerTest() override {
    work_.reset();
    thread_.join();
  }

  // One whose clients are made as long as `may_start` says so of their number, from 1.
  std::shared_ptr<ProducerClient> make(std::function<bool(int)> may_start) {
    ProducerSettings settings;
    settings.cluster.brokers = cluster_->bootstrap_servers();
    return make_librdkafka_producer(
        std::move(settings),
        [this, may_start = std::move(may_start)](const ProducerSettings& its) -> Result<rdkafka::Client> {
          if (!may_start(++starts_)) return Error(Errc::unavailable, "no more threads");
          Result<rdkafka::Conf> conf = rdkafka::producer_conf(its);
          if (conf.has_error()) return conf.error();
          return rdkafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf), its.cluster.brokers);
        });
  }
  // Waits for the report.
  Result<Offset> produce(ProducerClient& producer) {
    std::promise<Result<Offset>> told;
    producer.produce({"orders", "x", "k", {}, -1}, io_.get_executor(),
                     [&told](Result<Offset> result) { told.set_value(std::move(result)); });
    return told.get_future().get();
  }

  std::unique_ptr<MockCluster> cluster_;
  std::atomic<int> starts_{0};
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::thread thread_{[this] {
    io_.run();
  }};
};

TEST_F(KafkaProducerTest, OneThatWasClosedOpensAgain) {
  const std::shared_ptr<ProducerClient> producer = make([](int) { return true; });
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(producer->open().has_value());
    const Result<Offset> written = produce(*producer);
    EXPECT_TRUE(written.has_value()) << written.error().message();
    producer->close(seconds(1));
    EXPECT_TRUE(produce(*producer).has_error());
  }
}

// The client of a fatal error is done for, and the next one cannot be had at once: every record is told something, and
// whoever goes on sending has it written in the end, without opening anything again.
TEST_F(KafkaProducerTest, WithoutASuccessorRecordsFailUntilThereIsOne) {
  cluster_->refuse_next(kInitProducerId, kClusterAuthorizationFailed);
  const std::shared_ptr<ProducerClient> producer = make([](int number) { return number == 1 || number > 2; });
  ASSERT_TRUE(producer->open().has_value());
  bool told_why = false;
  Result<Offset> written = produce(*producer);
  for (int tries = 0; tries < 100 && written.has_error(); ++tries) {
    told_why |= written.error().message() == "no more threads" && written.error().retryable();
    written = produce(*producer);
  }
  EXPECT_TRUE(written.has_value()) << written.error().message();
  EXPECT_TRUE(told_why);
  EXPECT_GE(starts_, 3);
  EXPECT_TRUE(producer->open().has_value());
  producer->close(seconds(1));
}

TEST_F(KafkaProducerTest, ACloseWhileThereIsNoClientEndsAndTellsEverybody) {
  cluster_->refuse_next(kInitProducerId, kClusterAuthorizationFailed);
  const std::shared_ptr<ProducerClient> producer = make([](int number) { return number == 1; });
  ASSERT_TRUE(producer->open().has_value());
  Result<Offset> told = produce(*producer);
  for (int tries = 0; tries < 100 && told.error().message() != "no more threads"; ++tries) told = produce(*producer);
  EXPECT_THAT(told.error().message(), HasSubstr("no more threads"));
  producer->close(seconds(1));
  EXPECT_TRUE(produce(*producer).has_error());
}

}  // namespace
}  // namespace weir::connectors::kafka
