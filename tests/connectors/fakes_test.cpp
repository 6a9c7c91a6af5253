// A whole pipeline, from YAML, over the fakes of both connectors: real source, stages, sinks and connections on one
// thread under virtual time.
#include "connectors/eventstoredb/fake.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/control/supervisor.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gmock/gmock.h>

namespace weir::connectors {
namespace {

using namespace std::chrono_literals;
using eventstoredb::FakeStore;
using eventstoredb::StoreClient;
using kafka::FakeKafka;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPipeline = R"(
connections:
  broker: { kafka: embedded }
  store: { eventstoredb: { url: "esdb://store.test?tls=false" } }
pipelines:
  orders:
    source: { kafka: { connection: broker, topics: [orders], group: order-writer } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - dedupe: { key: event_id, window: 1h }
      - route: { by: event_type, to: { default: events } }
      - persist: {}
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
)";

// Stands for the broker inside the process; what is said to it goes to the fake clients.
class NoServer final : public EmbeddedServer {
 public:
  explicit NoServer(bool& stopped) : stopped_(stopped) {}
  std::string address() const override { return "broker.test:9092"; }
  void stop() override { stopped_ = true; }

 private:
  bool& stopped_;
};

class FakesTest : public weir::testing::VirtualTimeTest {
 protected:
  FakesTest() {
    log::redirect([](std::string_view) {});
    stages::register_stages(registry_);
    sinks::register_sinks(registry_);
    kafka::register_kafka(registry_, kafka_.clients());
    eventstoredb::register_eventstoredb(
        registry_,
        [this](const eventstoredb::ConnectionSettings&) -> Result<std::shared_ptr<StoreClient>> { return store_; });
    registry_.add_embedded("kafka", [this](const std::filesystem::path&) -> Result<std::shared_ptr<EmbeddedServer>> {
      return std::shared_ptr<EmbeddedServer>(std::make_shared<NoServer>(stopped_));
    });
    kafka_.create_topic("orders", 2);
  }
  ~FakesTest() override { log::redirect({}); }

  Topology topology() {
    config::Diagnostics found;
    Topology plan =
        parse_topology(kPipeline, "test.yaml", registry_, [](const std::string&) { return std::nullopt; }, found);
    EXPECT_EQ(found.str(), "");
    return plan;
  }
  Supervisor::Parts parts() {
    return Supervisor::Parts({.registry = registry_,
                              .clock = clock(),
                              .metrics = metrics_,
                              .executors = {executor(), {executor(), executor()}, &blocking_},
                              .data_dir = "unused"});
  }
  // The n-th event, of one of five orders.
  void produce(int number) {
    const std::string order = "o" + std::to_string(number % 5);
    const std::string id = std::to_string(10'000 + number);
    kafka_.produce("orders", number % 5 % 2,
                   R"({"eventId":"0b0e6f9e-7a0f-4a53-9a5b-0d6b6f1)" + id +
                       R"(","eventType":"OrderChanged","aggregateType":"Order","aggregateId":")" + order +
                       R"(","occurredOn":"2026-03-02T08:00:00Z","payload":{}})");
  }

  Registry registry_;
  Metrics metrics_;
  weir::testing::InlineBlocking blocking_;
  FakeKafka kafka_{executor()};
  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>(clock(), executor());
  bool stopped_ = false;
};

TEST_F(FakesTest, RegisteredThroughTheConnectorsTheyRunAWholePipelineOnOneThread) {
  for (int i = 0; i < 50; ++i) produce(i);
  produce(7);  // once more
  kafka_.produce("orders", 0, "no JSON");
  Supervisor supervisor(parts());
  Result<ReloadReport> applied = run(supervisor.apply(topology()));
  ASSERT_TRUE(applied.has_value()) << applied.error().message();
  run(supervisor.wait_until_idle(1s));
  const bool drained = run(supervisor.drain(clock().now() + 10s));
  EXPECT_TRUE(drained);
  EXPECT_FALSE(supervisor.failure().has_value());

  EXPECT_THAT(store_->streams(), ElementsAre("Order-o0", "Order-o1", "Order-o2", "Order-o3", "Order-o4"));
  for (const std::string& name : store_->streams()) {
    const std::vector<eventstoredb::RecordedEvent> events = store_->stream(name);
    ASSERT_EQ(events.size(), 10u) << name;
    for (std::size_t i = 1; i < events.size(); ++i) EXPECT_LT(events[i - 1].id, events[i].id) << name;
  }
  const std::vector<kafka::FakeRecord> letters = kafka_.records("orders.dlq", 0);
  ASSERT_EQ(letters.size(), 1u) << "in the topic that the connection made, since a sink describes it";
  EXPECT_THAT(letters[0].payload.value_or(""), HasSubstr("no JSON"));
  for (const Partition partition : {0, 1}) {
    EXPECT_EQ(kafka_.committed("order-writer", {"orders", partition}), kafka_.end_offset("orders", partition));
  }
  EXPECT_TRUE(stopped_);
}

TEST_F(FakesTest, ABuildThatIsRefusedLeavesNoTrace) {
  Topology plan = topology();
  auto refusing = std::make_shared<ComponentType>(*plan.pipelines[0].sinks[0].second.type);
  refusing->make_sink = [](const auto&, BuildContext&) {
    return Error(Errc::invalid_argument, "not today");
  };
  plan.pipelines[0].sinks[0].second.type = refusing;
  Supervisor supervisor(parts());
  Result<ReloadReport> applied = run(supervisor.apply(plan));
  ASSERT_TRUE(applied.has_error());
  EXPECT_THAT(applied.error().message(), HasSubstr("not today"));
  EXPECT_EQ(kafka_.settings("order-writer"), nullptr) << "no consumer";
  EXPECT_TRUE(kafka_.records("orders.dlq", 0).empty());
  EXPECT_FALSE(stopped_) << "what was not started is not stopped";
}

}  // namespace
}  // namespace weir::connectors
