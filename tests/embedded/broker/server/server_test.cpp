// The broker as a whole, over loopback: what only sockets and threads can show.
#include "tests/embedded/broker/server/server_kit.hpp"

#include <atomic>
#include <thread>

namespace weir::embedded::broker {
namespace {

using wire::ErrorCode;

TEST_F(ServerTest, ProducesAndFetchesAcrossARestart) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  {
    WireClient one = client();
    EXPECT_EQ(produce(one, batch_of(3)), 0);
    EXPECT_EQ(produce(one, batch_of(2)), 3);
  }
  server_->stop();
  start();
  WireClient two = client();
  const auto fetched = two.call<wire::FetchResponse>(fetch_request(0), 11);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->topics.at(0).partitions.at(0).high_watermark, 5);
  EXPECT_EQ(fetched->topics.at(0).partitions.at(0).records.size(), batch_of(3).size() + batch_of(2).size());
  EXPECT_EQ(produce(two, batch_of(1)), 5);
}

TEST_F(ServerTest, AParkedFetchIsWokenByAProducer) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  WireClient consumer = client();
  ASSERT_TRUE(consumer.send(fetch_request(0, 15'000), 11));
  WireClient producer = client();
  EXPECT_EQ(produce(producer, batch_of(1)), 0);
  const auto fetched = consumer.receive<wire::FetchResponse>(11);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->topics.at(0).partitions.at(0).records.size(), batch_of(1).size());
}

TEST_F(ServerTest, PipelinedProducesAreAnsweredInOrder) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  WireClient one = client();
  const std::string batch = batch_of(1);
  constexpr int kRequests = 200;
  for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(one.send(produce_request(batch), 9));
  for (int i = 0; i < kRequests; ++i) {
    const auto answer = one.receive<wire::ProduceResponse>(9);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->topics.at(0).partitions.at(0).base_offset, i);
  }
}

TEST_F(ServerTest, ALargeRequestArrivesInPiecesAndComesBackWhole) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  WireClient one = client();
  const std::string batch = batch_of(100, 10'000);
  EXPECT_EQ(produce(one, batch), 0);
  const auto fetched = one.call<wire::FetchResponse>(fetch_request(0), 11);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->topics.at(0).partitions.at(0).records.bytes.substr(16), batch.substr(16));
}

TEST_F(ServerTest, TheDataDirectoryAndThePortAreTakenOnce) {
  start();
  Server::Options same = options_;
  same.port = server_->port();
  const auto port_taken = Server::start(same);
  ASSERT_FALSE(port_taken);
  EXPECT_EQ(port_taken.error().code(), Errc::already_exists);
  same.data_dir = directory_ / "other";
  const auto other = Server::start(same);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message().find("another process uses that port"), std::string::npos);
}

// The object may live on while another broker has the directory.
TEST_F(ServerTest, AStoppedServerLeavesItsDataToTheNext) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"one", 1}}));
  std::unique_ptr<Server> stopped = std::move(server_);
  ASSERT_TRUE(stopped->stop());
  start();
  ASSERT_TRUE(server_->ensure_topics({{"two", 1}}));
  stopped.reset();
  server_.reset();
  ASSERT_NO_FATAL_FAILURE(start());
  wire::MetadataRequest request;
  request.topics.emplace().emplace_back().name = "two";
  request.allow_auto_topic_creation = false;
  WireClient one = client();
  const auto answer = one.call<wire::MetadataResponse>(request, 9);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topics.at(0).error_code, ErrorCode::none);
}

TEST_F(ServerTest, StopsWhileClientsArePresent) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  std::vector<WireClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(client());
  for (WireClient& one : clients) ASSERT_TRUE(one.send(fetch_request(0, 600'000), 11));
  while (server_->stats().requests < clients.size()) std::this_thread::yield();
  const SystemClock clock;
  const TimePoint begun = clock.now();
  server_->stop();
  EXPECT_LT(clock.now() - begun, std::chrono::seconds(60));  // the fetches wait for ten minutes
  for (WireClient& one : clients) {
    const auto answer = one.receive<wire::FetchResponse>(11);  // what was parked is answered
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_TRUE(one.ended());
  }
}

TEST_F(ServerTest, AStopThatIsNotInOrderSaysSoAndTheNextStartLooks) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  WireClient one = client();
  EXPECT_EQ(produce(one, batch_of(3)), 0);
  // Where the mark of an orderly stop should go there is something else.
  std::filesystem::create_directory(options_.data_dir / "meta" / "stopped");
  const Result<void> stopped = server_->stop();
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message().find("could not stop in order"), std::string::npos) << stopped.error().message();
  EXPECT_FALSE(server_->stop()) << "asked again, it is the same";
  std::filesystem::remove(options_.data_dir / "meta" / "stopped");
  start();
  WireClient two = client();
  const auto fetched = two.call<wire::FetchResponse>(fetch_request(0), 11);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->topics.at(0).partitions.at(0).high_watermark, 3);
  EXPECT_TRUE(server_->stop());
}

TEST_F(ServerTest, StatsMayBeAskedForWhileTheServerStops) {
  start();
  std::atomic<bool> stopped = false;
  std::thread asking([&] {
    while (!stopped) {
      static_cast<void>(server_->stats());
      std::this_thread::yield();  // or it has the lock again before the one who stops gets it
    }
  });
  EXPECT_TRUE(server_->stop());
  stopped = true;
  asking.join();
}

TEST_F(ServerTest, ManyProducersShareTheRoundsOfTheDisk) {
  start();
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      WireClient one = client();
      const std::string batch = batch_of(1);
      for (int i = 0; i < kEach; ++i) produce(one, batch);
    });
  }
  for (std::thread& thread : threads) thread.join();
  WireClient one = client();
  EXPECT_EQ(produce(one, batch_of(1)), kThreads * kEach);
}

TEST_F(ServerTest, AdvertisesWhereItWasReachedOrWhatItIsTold) {
  options_.advertised = "broker.example:19092";
  start();
  WireClient one = client();
  wire::MetadataRequest none;
  none.topics.emplace();
  const auto told = one.call<wire::MetadataResponse>(none, 5);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->brokers.at(0).host, "broker.example");
  EXPECT_EQ(told->brokers.at(0).port, 19092);
  server_.reset();
  options_.advertised.clear();
  start();
  WireClient two = client();
  const auto reached = two.call<wire::MetadataResponse>(none, 5);
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached->brokers.at(0).host, "127.0.0.1");
  EXPECT_EQ(reached->brokers.at(0).port, server_->port());
}

TEST_F(ServerTest, SaysWhatIsWrongWithTheTlsFiles) {
  options_.tls = Server::Tls{directory_ / "none.pem", directory_ / "none.key"};
  const auto started = Server::start(options_);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message().find("none.pem"), std::string::npos);
}

TEST_F(ServerTest, AJournalThatIsMissingIsNotBegunAnewInSilence) {
  start();
  server_.reset();
  start();  // without topics
  ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  for (const char* name : {"topics.log", "groups.log"}) {
    server_.reset();
    std::filesystem::remove(options_.data_dir / "meta" / name);
    options_.repair = false;
    const auto refused = Server::start(options_);
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().message().find(std::string(name) + "' is missing"), std::string::npos)
        << refused.error().message();
    options_.repair = true;
    start();
    ASSERT_TRUE(server_->ensure_topics({{"orders", 1}}));
  }
}

}  // namespace
}  // namespace weir::embedded::broker
