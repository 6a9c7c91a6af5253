// The `kafka` connection: what `brokers: embedded` does, and that nothing happens before open().
#include "connectors/kafka/connection.hpp"

#include "pipeline/base/blocking_threads.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace weir::connectors::kafka {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Note {
  std::vector<std::string> lines;
  void add(const std::string& line) { lines.push_back(line); }
};

class NotedServer final : public EmbeddedServer {
 public:
  explicit NotedServer(Note& note) : note_(note) {}
  std::string address() const override { return "127.0.0.1:4711"; }
  void stop() override { note_.add("stop"); }

 private:
  Note& note_;
};

class NotedProducer final : public ProducerClient {
 public:
  NotedProducer(Note& note, std::string brokers) : note_(note), brokers_(std::move(brokers)) {}
  Result<void> open() override {
    note_.add("producer to " + brokers_);
    return {};
  }
  void produce(const OutRecord&, const Executor&, DeliveryHandler) override { note_.add("produce"); }
  void close(Duration) override { note_.add("close producer"); }

 private:
  Note& note_;
  const std::string brokers_;
};

// Its close() blocks until other work was done where the connection is closed, or for too long.
class SlowProducer final : public ProducerClient {
 public:
  explicit SlowProducer(std::shared_future<void> other_work) : other_work_(std::move(other_work)) {}
  Result<void> open() override { return {}; }
  void produce(const OutRecord&, const Executor&, DeliveryHandler) override {}
  void close(Duration) override {
    EXPECT_EQ(other_work_.wait_for(std::chrono::seconds(10)), std::future_status::ready)
        << "nothing else was done meanwhile";
  }

 private:
  const std::shared_future<void> other_work_;
};

class KafkaConnectionTest : public ::testing::Test {
 protected:
  KafkaConnectionTest() {
    clients_.make_consumer = [this](const ConsumerSettings& settings) {
      note_.add("consumer of " + settings.cluster.brokers);
      return std::unique_ptr<ConsumerClient>();
    };
    clients_.make_producer = [this](const ProducerSettings& settings) {
      return std::make_shared<NotedProducer>(note_, settings.cluster.brokers);
    };
    clients_.create_topics = [this](const ClusterSettings& cluster, const std::vector<std::string>& topics) {
      std::string line = "topics at " + cluster.brokers + ":";
      for (const std::string& topic : topics) line += " " + topic;
      note_.add(line);
      return topics_result_;
    };
    start_ = [this](const std::filesystem::path& data_dir) -> Result<std::shared_ptr<EmbeddedServer>> {
      if (refusal_) return *refusal_;
      note_.add("start in " + data_dir.string());
      return std::shared_ptr<EmbeddedServer>(std::make_shared<NotedServer>(note_));
    };
  }

  // Runs a connection's coroutine to its end on this thread.
  template <class T>
  T complete(Task<T> task) {
    asio::io_context io{1};
    std::optional<T> result;
    asio::co_spawn(io, std::move(task), [&result](const std::exception_ptr&, T value) { result = std::move(value); });
    io.run();
    return std::move(*result);
  }
  void complete(Task<void> task) {
    asio::io_context io{1};
    asio::co_spawn(io, std::move(task), [](const std::exception_ptr& failure) { EXPECT_FALSE(failure); });
    io.run();
  }
  static Use topic(const std::string& name, bool is_exact = true) {
    return Use::topic(name, "broker", Use::How::reads, is_exact);
  }
  static ClusterSettings cluster(const std::string& brokers) {
    ClusterSettings settings;
    settings.brokers = brokers;
    return settings;
  }
  KafkaConnection embedded(ClusterSettings settings = cluster("embedded")) {
    return KafkaConnection(std::move(settings), clients_, blocking_, clock_, start_, "/data");
  }

  Note note_;
  SystemClock clock_;
  BlockingThreads blocking_;
  KafkaClients clients_;
  StartEmbedded start_;
  std::optional<Error> refusal_;
  Result<void> topics_result_;
};

TEST_F(KafkaConnectionTest, TheEmbeddedBrokerStartsAtOpenWithTheTopicsThatPipelinesName) {
  KafkaConnection connection = embedded();
  connection.expect({topic("orders"), topic("orders.dlq"), topic("orders"), topic("{topic}.dlq", false)});
  const MakeConsumer make_consumer = connection.make_consumer();
  const std::shared_ptr<ProducerClient> producer = connection.producer();
  EXPECT_THAT(note_.lines, IsEmpty()) << "building opens nothing";
  EXPECT_TRUE(complete(connection.open()));
  ASSERT_TRUE(producer->open());
  make_consumer(ConsumerSettings{.cluster = connection.cluster()});
  complete(connection.close());
  EXPECT_THAT(note_.lines,
              ElementsAre("start in /data", "topics at 127.0.0.1:4711: orders orders.dlq", "producer to 127.0.0.1:4711",
                          "consumer of 127.0.0.1:4711", "close producer", "stop"));
}

TEST_F(KafkaConnectionTest, WithoutATopicNothingIsMade) {
  KafkaConnection connection = embedded();
  EXPECT_TRUE(complete(connection.open()));
  EXPECT_THAT(note_.lines, ElementsAre("start in /data"));
}

TEST_F(KafkaConnectionTest, ARecordBeforeTheStartIsAnsweredForNotLost) {
  KafkaConnection connection = embedded();
  asio::io_context io{1};
  std::optional<Result<Offset>> answer;
  connection.producer()->produce(OutRecord{}, io.get_executor(), [&answer](Result<Offset> result) { answer = result; });
  EXPECT_FALSE(answer.has_value());
  io.run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error().code(), Errc::unavailable);
}

TEST_F(KafkaConnectionTest, AServerThatDoesNotStartIsNotTriedAgain) {
  for (const Errc code : {Errc::io, Errc::corrupt, Errc::already_exists}) {
    refusal_ = Error(code, "the log is damaged");
    KafkaConnection connection = embedded();
    const Result<void> opened = complete(connection.open());
    ASSERT_FALSE(opened);
    EXPECT_FALSE(opened.error().retryable()) << to_string(code);
    EXPECT_THAT(opened.error().message(), HasSubstr("the log is damaged"));
  }
}

TEST_F(KafkaConnectionTest, TopicsThatCannotBeMadeAreAnError) {
  topics_result_ = Error(Errc::unavailable, "no room");
  KafkaConnection connection = embedded();
  connection.expect({topic("orders")});
  const Result<void> opened = complete(connection.open());
  ASSERT_FALSE(opened);
  EXPECT_FALSE(opened.error().retryable());
  EXPECT_THAT(opened.error().message(), HasSubstr("making the topics of the pipelines: no room"));
}

TEST_F(KafkaConnectionTest, CredentialsAreForBrokersElsewhere) {
  ClusterSettings settings = cluster("embedded");
  settings.tls = true;
  settings.sasl_mechanism = "PLAIN";
  const KafkaConnection connection = embedded(settings);
  EXPECT_FALSE(connection.cluster().tls);
  EXPECT_THAT(connection.cluster().sasl_mechanism, IsEmpty());
  EXPECT_TRUE(connection.cluster().create_topics);
}

TEST_F(KafkaConnectionTest, AClusterElsewhereIsLeftAlone) {
  KafkaConnection connection(cluster("kafka-1:9092"), clients_, blocking_, clock_);
  connection.expect({topic("orders")});
  EXPECT_TRUE(complete(connection.open()));
  EXPECT_THAT(note_.lines, IsEmpty());
  EXPECT_FALSE(connection.cluster().create_topics);
  connection.make_consumer()(ConsumerSettings{.cluster = connection.cluster()});
  ASSERT_TRUE(connection.producer()->open());
  EXPECT_THAT(note_.lines, ElementsAre("consumer of kafka-1:9092", "producer to kafka-1:9092"));
}

TEST_F(KafkaConnectionTest, WhileACloseBlocksItsExecutorGoesOn) {
  std::promise<void> other_work;
  clients_.make_producer = [work = other_work.get_future().share()](const ProducerSettings&) {
    return std::make_shared<SlowProducer>(work);
  };
  KafkaConnection connection(cluster("kafka-1:9092"), clients_, blocking_, clock_);
  connection.producer();
  asio::io_context io{1};
  bool closed = false;
  asio::co_spawn(io, connection.close(), [&closed](const std::exception_ptr& failure) { closed = !failure; });
  asio::post(io, [&other_work] { other_work.set_value(); });
  io.run();
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace weir::connectors::kafka
