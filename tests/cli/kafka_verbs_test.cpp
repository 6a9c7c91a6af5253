// `weir topics` against librdkafka's mock cluster: real sockets on loopback, as far as that cluster knows the protocol
// (no orders about topics, no questions about groups). Asserts on logic, not speed.
#include "cli/verbs.hpp"
#include "connectors/kafka/mock_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace weir::cli {
namespace {

using connectors::kafka::MockCluster;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class KafkaVerbsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<MockCluster>> started = MockCluster::start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
    cluster_ = std::move(*started);
    ASSERT_TRUE(cluster_->create_topic("orders", 3).has_value());
    ASSERT_TRUE(cluster_->create_topic("__inside", 1).has_value());
  }
  void TearDown() override { std::remove(file_.c_str()); }

  template <class Options>
  Options with_access(Options options) const {
    options.access.brokers = cluster_->bootstrap_servers();
    return options;
  }
  std::string output() { return std::exchange(out_, {}).str(); }
  std::string errors() { return std::exchange(err_, {}).str(); }

  ExitCode produce(const std::string& lines, TopicsProduceOptions options = {}) {
    std::ofstream(file_, std::ios::binary) << lines;
    options = with_access(options);
    options.topic = "orders";
    options.file = file_;
    return produce_lines(options, console_);
  }
  std::string tail(TopicsTailOptions options = {}) {
    options = with_access(options);
    options.topic = "orders";
    EXPECT_EQ(tail_topic(options, console_), ExitCode::ok) << errors();
    return output();
  }

  std::unique_ptr<MockCluster> cluster_;
  const std::string file_ = ::testing::TempDir() + "weir-kafka-verbs-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".txt";
  std::ostringstream out_, err_;
  Console console_{out_, err_, {}, {}, [](std::string_view) {
                     return std::nullopt;
                   }};
};

TEST_F(KafkaVerbsTest, ListsTopicsWithTheirRecords) {
  ASSERT_EQ(produce("a\nb\n"), ExitCode::ok) << errors();
  output();
  TopicsListOptions options;
  options.verbose = true;
  EXPECT_EQ(list_topics(with_access(options), console_), ExitCode::ok) << errors();
  EXPECT_EQ(output(), "TOPIC   PARTITIONS  REPLICAS  RECORDS\norders           3         1        2\n");
  options.all = true;
  options.json = true;
  options.verbose = false;
  EXPECT_EQ(list_topics(with_access(options), console_), ExitCode::ok);
  EXPECT_EQ(output(),
            "{\"topic\":\"__inside\",\"partitions\":1,\"replicas\":1}\n"
            "{\"topic\":\"orders\",\"partitions\":3,\"replicas\":1}\n");
  options.prefix = "nothing";
  options.json = false;
  EXPECT_EQ(list_topics(with_access(options), console_), ExitCode::ok);
  EXPECT_THAT(errors(), HasSubstr("no topics whose name begins with 'nothing'"));
}

TEST_F(KafkaVerbsTest, WhatIsProducedIsShown) {
  TopicsProduceOptions options;
  options.key_separator = ":";
  options.headers = {{"source", "test"}};
  options.partition = 2;
  EXPECT_EQ(produce("k1:one\n\nk2:two\n", options), ExitCode::ok) << errors();
  EXPECT_EQ(output(), "wrote 2 records to orders\n");
  EXPECT_THAT(tail(), MatchesRegex("2/0  [^ ]+  k1  one  source=test\n2/1  [^ ]+  k2  two  source=test\n"));
}

TEST_F(KafkaVerbsTest, JsonLinesRoundTrip) {
  TopicsProduceOptions options;
  options.json = true;
  const std::string line =
      R"({"key":"k","value_base64":"AP8=","partition":1,"timestamp":1000,"headers":[{"name":"a","value":null}]})";
  EXPECT_EQ(produce(line + "\n" + R"({"value":null,"partition":0,"timestamp":500})" + "\n", options), ExitCode::ok)
      << errors();
  output();
  TopicsTailOptions as_json;
  as_json.json = true;
  EXPECT_EQ(
      tail(as_json),
      "{\"topic\":\"orders\",\"partition\":0,\"offset\":0,\"timestamp\":500,\"time\":\"1970-01-01T00:00:00.500Z\","
      "\"timestamp_type\":\"CreateTime\",\"key\":null,\"value\":null}\n"
      "{\"topic\":\"orders\",\"partition\":1,\"offset\":0,\"timestamp\":1000,\"time\":\"1970-01-01T00:00:01.000Z\","
      "\"timestamp_type\":\"CreateTime\",\"key\":\"k\",\"value_base64\":\"AP8=\",\"headers\":[{\"name\":\"a\","
      "\"value\":null}]}\n");
}

TEST_F(KafkaVerbsTest, LinesThatFailAreNamedAndTheOthersGoOn) {
  TopicsProduceOptions options;
  options.json = true;
  EXPECT_EQ(produce("{\"value\":\"1\"}\nnonsense\n{\"value\":\"x\",\"partition\":3}\n{\"value\":\"2\"}\n", options),
            ExitCode::failed);
  EXPECT_EQ(output(), "wrote 2 records to orders, refused 2\n");
  EXPECT_THAT(errors(), AllOf(HasSubstr(file_ + ":2: is not valid JSON"), HasSubstr(file_ + ":3: topic 'orders' has no "
                                                                                            "partition 3; it has 3")));
}

TEST_F(KafkaVerbsTest, TailTakesTheNewestOrBeginsWhereItIsTold) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"value":"v)" + std::to_string(i) + R"(","partition":)" + std::to_string(i % 3) + R"(,"timestamp":)" +
             std::to_string(1000 + i) + "}\n";
  }
  TopicsProduceOptions as_json;
  as_json.json = true;
  ASSERT_EQ(produce(lines, as_json), ExitCode::ok) << errors();
  output();
  TopicsTailOptions options;
  options.count = 2;
  EXPECT_THAT(tail(options), MatchesRegex("1/99 .*  -  v298\n2/99 .*  -  v299\n"));
  options.partition = 0;
  EXPECT_THAT(tail(options), MatchesRegex("0/98 .*  v294\n0/99 .*  v297\n"));
  options.from = TailStart{TailStart::From::offset, 50};
  EXPECT_THAT(tail(options), MatchesRegex("0/50 .*  v150\n0/51 .*  v153\n"));
  options = {};
  options.from = TailStart{TailStart::From::before_end, 1};
  EXPECT_THAT(tail(options),
              AllOf(HasSubstr("v297\n"), HasSubstr("v298\n"), HasSubstr("v299\n"), Not(HasSubstr("v296"))));
  options.from = TailStart{TailStart::From::start, 0};
  const std::string all = tail(options);
  EXPECT_EQ(std::ranges::count(all, '\n'), 300);
  options.from = TailStart{TailStart::From::end, 0};
  EXPECT_EQ(tail(options), "");
  options = {};
  options.count = 7;
  options.follow = true;
  options.from = TailStart{TailStart::From::start, 0};
  const std::string seven = tail(options);
  EXPECT_EQ(std::ranges::count(seven, '\n'), 7) << "following ends with the count";
}

// Sends this thread the signal of Ctrl-C when these texts have come, one after the other.
class InterruptingBuffer : public std::stringbuf {
 public:
  explicit InterruptingBuffer(std::vector<std::string> texts) : texts_(std::move(texts)) {}

 protected:
  int sync() override {
    if (next_ < texts_.size() && str().find(texts_[next_]) != std::string::npos) {
      ++next_;
      ::raise(SIGINT);
    }
    return 0;
  }

 private:
  const std::vector<std::string> texts_;
  std::size_t next_ = 0;
};

TEST_F(KafkaVerbsTest, FollowingEndsAtCtrlC) {
  ASSERT_EQ(produce("one\n"), ExitCode::ok) << errors();
  InterruptingBuffer buffer({"one"});
  std::ostream out(&buffer);
  Console console{out, err_, {}, {}, console_.environment};
  TopicsTailOptions options = with_access(TopicsTailOptions{});
  options.topic = "orders";
  options.follow = true;
  EXPECT_EQ(tail_topic(options, console), ExitCode::ok) << errors();
}

TEST_F(KafkaVerbsTest, ProducingGivesUpAtTheSecondCtrlC) {
  cluster_->take_leader("orders", 0);
  InterruptingBuffer buffer({":2: is not valid JSON", "stopping: "});
  std::ostream err(&buffer);
  err << std::unitbuf;
  Console console{out_, err, {}, {}, console_.environment};
  std::ofstream(file_) << "{\"value\":\"nobody takes it\"}\nnonsense\n";
  TopicsProduceOptions options = with_access(TopicsProduceOptions{});
  options.topic = "orders";
  options.file = file_;
  options.partition = 0;
  options.json = true;
  EXPECT_EQ(produce_lines(options, console), ExitCode::failed);
  EXPECT_EQ(output(), "wrote 0 records to orders, refused 1\n");
  EXPECT_THAT(buffer.str(), AllOf(HasSubstr("once more gives it up"), HasSubstr("1 record, the first of them " + file_ +
                                                                                ":1, may have been written or not")));
}

TEST_F(KafkaVerbsTest, FollowingEndsWhenNobodyReads) {
  ASSERT_EQ(produce("one\n"), ExitCode::ok) << errors();
  std::ofstream full("/dev/full");
  full << std::unitbuf;
  Console console{full, err_, {}, {}, console_.environment};
  TopicsTailOptions options = with_access(TopicsTailOptions{});
  options.topic = "orders";
  options.follow = true;
  EXPECT_EQ(tail_topic(options, console), ExitCode::ok) << "main() says that the output could not be written";
}

TEST_F(KafkaVerbsTest, WhatIsMissingIsNamed) {
  TopicsTailOptions options = with_access(TopicsTailOptions{});
  options.topic = "orders";
  options.partition = 3;
  EXPECT_EQ(tail_topic(options, console_), ExitCode::not_found);
  EXPECT_THAT(errors(), HasSubstr("has no partition 3; it has 3, counted from 0"));
  TopicsProduceOptions produce_options = with_access(TopicsProduceOptions{});
  produce_options.topic = "orders";
  produce_options.file = "/no/such/file";
  EXPECT_EQ(produce_lines(produce_options, console_), ExitCode::not_found);
  EXPECT_THAT(errors(), HasSubstr("cannot read '/no/such/file'"));
}

TEST_F(KafkaVerbsTest, APartitionWithoutLeaderHidesNoOther) {
  TopicsProduceOptions to_one;
  to_one.partition = 0;
  ASSERT_EQ(produce("one\n", to_one), ExitCode::ok) << errors();
  output();
  ASSERT_TRUE(cluster_->create_topic("whole", 2).has_value());
  cluster_->take_leader("orders", 1);
  TopicsListOptions list = with_access(TopicsListOptions{});
  list.verbose = true;
  EXPECT_EQ(list_topics(list, console_), ExitCode::ok) << errors();
  EXPECT_EQ(output(),
            "TOPIC   PARTITIONS  REPLICAS  RECORDS\norders           3         1        ?\nwhole            2         1"
            "        0\n");
  EXPECT_THAT(tail(), MatchesRegex("0/0 .*  one\n"));
  EXPECT_THAT(errors(), AllOf(HasSubstr("partition 1 of topic 'orders' cannot be read now: it has no leader"),
                              HasSubstr("warning: ")));
  TopicsTailOptions that_one = with_access(TopicsTailOptions{});
  that_one.topic = "orders";
  that_one.partition = 1;
  EXPECT_EQ(tail_topic(that_one, console_), ExitCode::failed);
  EXPECT_THAT(errors(), AllOf(HasSubstr("it has no leader"), Not(HasSubstr("--brokers"))));
}

TEST_F(KafkaVerbsTest, ABrokerThatRefusesIsNoneThatIsMissing) {
  struct Refusal {
    int code;  // Kafka's
    ExitCode expected;
    const char* text;
  };
  for (const Refusal& refusal :
       {Refusal{5, ExitCode::failed, "Leader not available; it may pass"},
        Refusal{42, ExitCode::configuration, "Invalid request"},
        Refusal{44, ExitCode::configuration, "Policy violation"}, Refusal{56, ExitCode::failed, "Disk error"},
        Refusal{73, ExitCode::configuration, "delete.topic.enable"},
        Refusal{89, ExitCode::failed, "quota has been exceeded; it may pass"},
        Refusal{-1, ExitCode::failed, "the broker's log says more"}}) {
    cluster_->refuse_topic("orders", refusal.code);
    TopicsTailOptions options = with_access(TopicsTailOptions{});
    options.topic = "orders";
    EXPECT_EQ(tail_topic(options, console_), refusal.expected) << refusal.code;
    EXPECT_THAT(errors(), AllOf(HasSubstr("topic 'orders': Kafka at "), HasSubstr(refusal.text),
                                Not(HasSubstr("--brokers")), Not(HasSubstr("start it"))));
  }
}

TEST_F(KafkaVerbsTest, ABrokerThatIsAwayIsNamed) {
  TopicsListOptions options = with_access(TopicsListOptions{});
  cluster_->set_reachable(false);
  options.access.timeout = std::chrono::seconds(5);
  EXPECT_EQ(list_topics(options, console_), ExitCode::not_found);
  EXPECT_THAT(errors(), AllOf(HasSubstr("error: Kafka at " + options.access.brokers), EndsWith("--brokers\n")));
  options.access.properties = {{"no.such.property", "secret-value"}};
  EXPECT_EQ(list_topics(options, console_), ExitCode::configuration);
  EXPECT_THAT(errors(), AllOf(HasSubstr("no.such.property"), Not(HasSubstr("secret-value"))));
}

}  // namespace
}  // namespace weir::cli
