// World: servers by address, time, and the same results every time.
#include "tests/samples.hpp"
#include "tests/testkit/kit.hpp"

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(WorldTest, ConnectionsWithOneAddressShareAServer) {
  World world;
  world.know(plan_of(R"(
connections:
  a: { kafka: "k2:9092, k1:9092" }
  b: { kafka: "k1:9092,k2:9092" }
  c: { kafka: "k3:9092" }
  s: { eventstoredb: "esdb://user:secret@store?tls=false" }
  t: { eventstoredb: "esdb://store:2113" }
  u: { eventstoredb: embedded }
pipelines:
  p:
    source: { kafka: { connection: a, topics: [t], group: g } }
    stages: [ persist: {}, ack: {} ]
    sinks: { out: { drop: {} } }
)"));
  EXPECT_EQ(&world.kafka("a"), &world.kafka("b"));
  EXPECT_NE(&world.kafka("a"), &world.kafka("c"));
  EXPECT_EQ(&world.store("s"), &world.store("t"));
  EXPECT_NE(&world.store("s"), &world.store("u"));
  EXPECT_THAT(world.kafka("a").topics(), ElementsAre("t"));
  try {
    world.kafka("d");
    FAIL() << "nobody has spoken of it";
  } catch (const std::out_of_range& error) {
    EXPECT_THAT(error.what(), HasSubstr("a, b, c"));
  }
  EXPECT_THROW(world.kafka(), std::out_of_range) << "there are two";
}

TEST_F(WorldTest, APipelineRunsToItsEndAndCommits) {
  World world;
  Process process(world, plan_of(kOrders));
  produce_orders(world, 0, 50);
  world.kafka().produce("orders", 0, order_event(7));  // once more
  world.kafka().produce("orders", 0, "no JSON");
  ASSERT_TRUE(process.start().has_value());
  const Waited waited = world.run_until_idle();
  ASSERT_TRUE(waited) << waited.why;
  EXPECT_LT(waited.took, 2s);
  EXPECT_TRUE(process.stop());
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 50), "");
  EXPECT_EQ(world.kafka().committed("order-writer", {"orders", 0}), 52);
  EXPECT_EQ(world.kafka().records("orders.dlq", 0).size(), 1u);
  EXPECT_EQ(process.metric("weir_messages_dropped_total", {{"reason", "duplicate"}}), 1);
  ASSERT_EQ(process.summary().pipelines.size(), 1u);
  EXPECT_EQ(process.summary().pipelines[0].consumed, 52u);
}

TEST_F(WorldTest, LinesOfFileAndStandardOutputAreCaught) {
  World world;
  Process process(world, plan_of(R"(
connections: { broker: { kafka: embedded } }
pipelines:
  p:
    source: { kafka: { connection: broker, topics: [t], group: g } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - route: { by: event_type, to: { "Order*": out, default: screen } }
      - persist: {}
      - ack: {}
    sinks:
      out: { file: { path: out.jsonl } }
      screen: { stdout: {} }
      dlq: { file: { path: letters/dead.jsonl } }
)"));
  world.kafka().produce("t", 0, order_event(1));
  world.kafka().produce("t", 0, order_event(2, "SomethingElse"));
  world.kafka().produce("t", 0, "no JSON");
  ASSERT_TRUE(process.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  ASSERT_TRUE(process.stop());
  ASSERT_EQ(world.file("out.jsonl").lines().size(), 1u);
  EXPECT_THAT(world.file("out.jsonl").lines()[0], HasSubstr("OrderChanged"));
  ASSERT_EQ(world.standard_output().lines().size(), 1u);
  EXPECT_THAT(world.standard_output().lines()[0], HasSubstr("SomethingElse"));
  ASSERT_EQ(world.file("letters/dead.jsonl").lines().size(), 1u);
  EXPECT_THAT(world.file("letters/dead.jsonl").lines()[0], HasSubstr("no JSON"));
}

TEST_F(WorldTest, AFullDiskPausesUntilThereIsRoomAgain) {
  World world;
  Process process(world, plan_of(R"(
connections: { broker: { kafka: embedded } }
pipelines:
  p:
    source: { kafka: { connection: broker, topics: [t], group: g } }
    stages: [ persist: { retry: { attempts: 2, initial: 1s, max: 1s } }, ack: {} ]
    sinks: { out: { file: { path: out.jsonl } } }
)"));
  world.kafka().produce("t", 0, "a");
  world.file("out.jsonl").fail_with(Error(Errc::io, "no space left on the device"));
  ASSERT_TRUE(process.start().has_value());
  world.advance(10min);
  EXPECT_FALSE(world.idle());
  EXPECT_EQ(world.elapsed(), 10min);
  ASSERT_GE(world.happenings().size(), 2u);
  const auto paused = std::ranges::find(world.happenings(), Happening::What::paused, &Happening::what);
  ASSERT_NE(paused, world.happenings().end());
  EXPECT_EQ(paused->component, "out");
  EXPECT_THAT(paused->detail, HasSubstr("no space left"));
  world.file("out.jsonl").fail_with(std::nullopt);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_EQ(world.happenings().back().what, Happening::What::resumed);
  EXPECT_EQ(world.file("out.jsonl").lines().size(), 1u);
}

TEST_F(WorldTest, WhoWaitsIsSaidWhenTheTimeIsOver) {
  World world;
  Process process(world, plan_of(kOrders));
  produce_orders(world, 0, 3);
  world.store().cork();
  ASSERT_TRUE(process.start().has_value());
  const Waited waited = world.run_until_idle(1min);
  EXPECT_EQ(waited.end, Waited::End::time_limit);
  EXPECT_EQ(waited.took, 1min);
  EXPECT_THAT(waited.why, HasSubstr("pipeline orders: "));
  EXPECT_THAT(waited.why, HasSubstr("orders/0 is committed up to 0 of 3"));
  EXPECT_THAT(waited.why, HasSubstr("3 appends without an answer"));
}

TEST_F(WorldTest, AWorldWithoutAnythingToWaitForIsStuckAndSaysSo) {
  World world;
  const Waited waited = world.run_until([] { return false; });
  EXPECT_EQ(waited.end, Waited::End::stuck);
  EXPECT_THAT(waited.why, HasSubstr("nothing runs"));
}

// All that can be seen of a run, as one text.
std::string run_of_ten_messages() {
  static const Topology plan = plan_of(kOrders);
  World world;
  Process process(world, plan);
  produce_orders(world, 0, 10);
  world.kafka().produce("orders", 0, "no JSON");
  world.store().on_append(2, {.error = Error(Errc::unavailable, "not now")});
  if (process.start().has_error() || !world.run_until_idle() || !process.stop()) return "it did not end";
  std::string text = std::to_string(world.elapsed().count());
  for (const Call& call : process.calls()) text += "\n" + describe(call);
  for (const Happening& happening : world.happenings())
    text += "\n" + std::string(to_string(happening.what)) + std::to_string(happening.at.time_since_epoch().count());
  for (const std::string& name : world.store().streams()) {
    for (const auto& event : world.store().stream(name))
      text += "\n" + name + event.id.str() + std::to_string(event.position.commit) + event.metadata;
  }
  for (const auto& record : world.kafka().records("orders.dlq", 0)) {
    text += "\n" + record.payload.value_or("");
    for (const auto& [header, value] : record.headers) text += header + value.value_or("");
  }
  return text;
}

// Ten thousand of them with WEIR_LONG=20.
TEST_F(WorldTest, AllRunsOfOneCaseAreOneRun) {
  const std::string first = run_of_ten_messages();
  ASSERT_THAT(first, HasSubstr("append #1"));
  const int runs = samples(500);
  for (int i = 1; i < runs; ++i) ASSERT_EQ(run_of_ten_messages(), first) << "run " << i;
}

}  // namespace
}  // namespace weir::testkit
