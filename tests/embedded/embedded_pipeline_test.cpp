// A pipeline whose connections say `embedded`: the whole way over real sockets in one process, and again after a stop.
#include "cli/kafka/feeder.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/admin.hpp"
#include "connectors/kafka/client_librdkafka.hpp"
#include "connectors/kafka/register.hpp"
#include "embedded/register.hpp"
#include "pipeline/control/run_session.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <sstream>
#include <unistd.h>

namespace weir::embedded {
namespace {

using namespace std::chrono_literals;
using connectors::kafka::ClusterSettings;

constexpr std::string_view kPipeline = R"(
connections:
  broker: { kafka: { brokers: embedded } }
  again: { kafka: { brokers: embedded, client_id: other } }
  store: { eventstoredb: { url: embedded } }
pipelines:
  orders:
    source: { kafka: { connection: broker, topics: [orders], group: order-writer, instance_id: auto } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - dedupe: { key: event_id, window: 1h }
      - route: { by: event_type, to: { default: events } }
      - persist: {}
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      dlq: { kafka: { connection: again, topic: "{topic}.dlq" } }
)";

class EmbeddedPipelineTest : public ::testing::Test {
 protected:
  EmbeddedPipelineTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-embedded-XXXXXX").string();
    data_dir_ = ::mkdtemp(pattern.data());
    stages::register_stages(registry_);
    connectors::kafka::register_kafka(registry_);
    connectors::eventstoredb::register_eventstoredb(registry_);
    sinks::register_sinks(registry_);
    register_embedded(registry_);
    log::configure(log::Level::error, log::Format::text);
  }
  ~EmbeddedPipelineTest() override { std::filesystem::remove_all(data_dir_); }

  // The broker that the pipeline will use, held by the test as by one more connection.
  std::shared_ptr<EmbeddedServer> hold_broker() {
    Result<std::shared_ptr<EmbeddedServer>> server = registry_.embedded("kafka")(data_dir_);
    if (!server) throw std::runtime_error(server.error().message());
    return *server;
  }
  static ClusterSettings cluster(const EmbeddedServer& broker) {
    ClusterSettings settings;
    settings.brokers = broker.address();
    settings.create_topics = true;
    return settings;
  }
  void feed(const EmbeddedServer& broker, int first, int count) {
    std::stringstream lines;
    for (int i = first; i < first + count; ++i) {
      const std::string number = std::to_string(10'000 + i);
      lines << R"({"topic":"orders","key":"o)" << i % 20 << R"(","value":{"eventId":"0b0e6f9e-7a0f-4a53-9a5b-0d6b6f1)"
            << number << R"(","eventType":"OrderChanged","aggregateType":"Order","aggregateId":"o)" << i % 20
            << R"(","occurredOn":"2026-03-02T08:00:00Z","payload":{}}})" << '\n';
    }
    lines << R"({"topic":"orders","key":"x","value":"no JSON"})" << '\n';
    connectors::kafka::ProducerSettings settings;
    settings.cluster = cluster(broker);
    const std::shared_ptr<connectors::kafka::ProducerClient> producer =
        connectors::kafka::make_librdkafka_producer(settings);
    ASSERT_TRUE(producer->open());
    boost::asio::io_context io{1};
    cli::Feeder feeder(*producer, io, [](const std::string& what) { ADD_FAILURE() << what; });
    feeder.feed(lines, "lines");
    EXPECT_EQ(feeder.finish().delivered, static_cast<std::uint64_t>(count) + 1);
    producer->close(5s);
  }
  // The pipeline, until there is nothing left to do.
  PipelineSummary run_until_idle() {
    config::Diagnostics findings;
    Topology topology =
        parse_topology(kPipeline, "test.yaml", registry_, [](const std::string&) { return std::nullopt; }, findings);
    EXPECT_FALSE(findings.has_errors()) << findings.str();
    SystemClock clock;
    Metrics metrics;
    Workers workers(2);
    Supervisor supervisor({registry_, clock, metrics, workers, data_dir_});
    std::promise<void> done;
    RunSession session(RunSession::Parts{.supervisor = supervisor,
                                         .clock = clock,
                                         .control = workers.control(),
                                         .until_idle = Duration(1s),
                                         .reloader = nullptr,
                                         .watch = nullptr},
                       [&done] { done.set_value(); });
    workers.start();
    session.start(std::move(topology));
    done.get_future().wait();
    const RunOutcome outcome = session.outcome();
    EXPECT_FALSE(outcome.refused) << outcome.refused->message();
    EXPECT_FALSE(outcome.failure) << outcome.failure->message();
    EXPECT_TRUE(outcome.drained);
    workers.stop();
    return outcome.summary.pipelines.empty() ? PipelineSummary() : outcome.summary.pipelines.front();
  }
  std::filesystem::path data_dir_;
  Registry registry_;
};

TEST_F(EmbeddedPipelineTest, FromBrokerToStoreAndOnAfterARestart) {
  std::shared_ptr<EmbeddedServer> broker = hold_broker();
  feed(*broker, 0, 500);
  const PipelineSummary first = run_until_idle();
  EXPECT_EQ(first.consumed, 501u);
  EXPECT_EQ(first.written, 500u);
  EXPECT_EQ(first.dead_lettered, 1u);
  // The connections are gone, the test still holds the server: what was produced while nothing ran is not lost.
  const auto orders = connectors::kafka::end_offsets(cluster(*broker), "orders", 10s);
  ASSERT_TRUE(orders) << orders.error().message();
  EXPECT_EQ(orders->size(), 3u) << "partitions";
  feed(*broker, 500, 100);
  broker->stop();

  broker = hold_broker();
  const auto dead = connectors::kafka::end_offsets(cluster(*broker), "orders.dlq", 10s);
  ASSERT_TRUE(dead) << dead.error().message();
  EXPECT_EQ(dead->size(), 3u) << "made by being written to, with the broker's partitions";
  broker->stop();

  const PipelineSummary second = run_until_idle();
  EXPECT_EQ(second.consumed, 101u) << "the group's offsets survived";
  EXPECT_EQ(second.written, 100u);
  EXPECT_EQ(second.dead_lettered, 1u);
  EXPECT_EQ(run_until_idle().consumed, 0u);
}

TEST_F(EmbeddedPipelineTest, TopicsOfPipelinesAreMadeBeforeAnybodyWrites) {
  EXPECT_EQ(run_until_idle().consumed, 0u);
  const std::shared_ptr<EmbeddedServer> broker = hold_broker();
  const auto orders = connectors::kafka::end_offsets(cluster(*broker), "orders", 10s);
  ASSERT_TRUE(orders) << orders.error().message();
  EXPECT_EQ(orders->size(), 3u);
  broker->stop();
}

TEST_F(EmbeddedPipelineTest, ServersOfOneDirectoryAreShared) {
  const std::shared_ptr<EmbeddedServer> one = hold_broker();
  const std::shared_ptr<EmbeddedServer> two = hold_broker();
  EXPECT_EQ(one->address(), two->address());
  one->stop();
  feed(*two, 0, 1);  // serves on
  two->stop();
  EXPECT_NO_THROW(hold_broker()->stop()) << "the directory is free again";
}

}  // namespace
}  // namespace weir::embedded
