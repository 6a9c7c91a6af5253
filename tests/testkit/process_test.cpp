// Process: start, stop, crash, and what takes over.
#include "tests/testkit/kit.hpp"

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Process::Settings named(std::string name) {
  Process::Settings settings;
  settings.name = std::move(name);
  return settings;
}

World::Settings partitions(Partition count) {
  World::Settings settings;
  settings.partitions = count;
  return settings;
}

TEST_F(WorldTest, AConfigurationThatIsRefusedDoesNotStart) {
  World world;
  Topology plan = plan_of(kOrders);
  auto refusing = std::make_shared<ComponentType>(*plan.pipelines[0].sinks[0].second.type);
  refusing->make_sink = [](const auto&, BuildContext&) {
    return Error(Errc::invalid_argument, "not today");
  };
  plan.pipelines[0].sinks[0].second.type = refusing;
  Process process(world, plan);
  const Result<void> started = process.start();
  ASSERT_TRUE(started.has_error());
  EXPECT_THAT(started.error().message(), HasSubstr("not today"));
  EXPECT_EQ(process.state(), Process::State::stopped);
}

TEST_F(WorldTest, AStopAbortsWhatHangsAndCommitsNothingOfIt) {
  World world;
  Process process(world, plan_of(kOrders));
  produce_orders(world, 0, 3);
  world.store().cork();
  ASSERT_TRUE(process.start().has_value());
  world.advance(1s);
  const TimePoint asked = world.now();
  EXPECT_TRUE(process.stop(10s)) << "appends are aborted in time";
  EXPECT_EQ(world.now() - asked, 7500ms) << "three quarters of it";
  EXPECT_EQ(world.kafka().committed("order-writer", {"orders", 0}), connectors::kafka::kUnknownOffset);
}

TEST_F(WorldTest, ADeadProcessIsHeardNoMoreAndItsPartitionsGoOnWhenItsSessionHasTimedOut) {
  World world(partitions(2));
  Process first(world, plan_of(kOrders), named("one"));
  Process second(world, plan_of(kOrders), named("two"));
  ASSERT_TRUE(first.start().has_value());
  ASSERT_TRUE(second.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  produce_orders(world, 0, 20);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_GT(first.messages_read(), 0u);
  EXPECT_GT(second.messages_read(), 0u);

  const TimePoint died = world.now();
  first.crash();
  produce_orders(world, 20, 40);
  EXPECT_EQ(first.state(), Process::State::crashed);
  world.advance(20s);
  EXPECT_FALSE(world.idle()) << "the broker takes it for a member still";
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_GT(world.now() - died, 25s);
  EXPECT_LT(world.now() - died, 40s);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 40), "");
  EXPECT_EQ(first.died_at(), std::nullopt);
  EXPECT_TRUE(second.stop());
}

TEST_F(WorldTest, AnAppendThatWasAppliedBeforeTheCrashIsNotStoredAgain) {
  for (const CrashAt at : {CrashAt::before_apply, CrashAt::after_apply}) {
    World world;
    Process first(world, plan_of(kOrders));
    produce_orders(world, 0, 10);
    first.crash_when(
        [at](const Call& call, CrashAt now) { return call.kind == CallKind::append && call.number == 2 && now == at; });
    static_cast<void>(first.start());
    world.run_until([&first] { return !first.running(); }, 1min);
    ASSERT_EQ(first.state(), Process::State::crashed);
    EXPECT_THAT(*first.died_at(), HasSubstr("append #2 to Order-o1"));
    EXPECT_EQ(world.store().stream("Order-o1").empty(), at == CrashAt::before_apply);
    if (at == CrashAt::before_apply) {
      EXPECT_TRUE(world.store().stream("Order-o2").empty()) << "nothing is heard of it any more";
    }

    Process second(world, plan_of(kOrders));
    ASSERT_TRUE(second.start().has_value());
    ASSERT_TRUE(world.run_until_idle());
    EXPECT_EQ(missing_doubled_or_out_of_order(world, 10), "");
    EXPECT_TRUE(second.stop());
  }
}

TEST_F(WorldTest, AMessageIsAPlaceToDieAt) {
  World world;
  Process process(world, plan_of(kOrders));
  produce_orders(world, 0, 30);
  process.at_message(7, [&process] { process.crash(); });
  static_cast<void>(process.start());
  world.advance(1s);
  EXPECT_EQ(process.state(), Process::State::crashed);
  EXPECT_EQ(process.messages_read(), 7u);
  EXPECT_EQ(world.store().events(), 0u) << "the batch that it read last was never written";
  EXPECT_EQ(world.happenings().back().what, Happening::What::crashed);
}

TEST_F(WorldTest, AStaticMemberThatComesBackHasItsPartitionsAtOnce) {
  std::string yaml(kOrders);
  yaml.replace(yaml.find("group: order-writer"), 19, "group: order-writer, instance_id: auto");
  World world(partitions(2));
  Process other(world, plan_of(yaml), named("two"));
  ASSERT_TRUE(other.start().has_value());
  {
    Process first(world, plan_of(yaml), named("one"));
    ASSERT_TRUE(first.start().has_value());
    produce_orders(world, 0, 10);
    ASSERT_TRUE(world.run_until_idle());
  }  // dead
  const std::uint64_t rounds = world.kafka().rebalances("order-writer");
  const TimePoint died = world.now();
  Process again(world, plan_of(yaml), named("one"));
  ASSERT_TRUE(again.start().has_value());
  produce_orders(world, 10, 20);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_LT(world.now() - died, 5s);
  EXPECT_EQ(world.kafka().rebalances("order-writer"), rounds);
  EXPECT_GT(again.messages_read(), 0u);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 20), "");
}

TEST_F(WorldTest, ReloadingIsWhatTheSupervisorSaysOfIt) {
  World world;
  Process process(world, plan_of(kOrders));
  ASSERT_TRUE(process.start().has_value());
  const Result<void> reloaded = process.reload(plan_of(kOrders));
  if (reloaded.has_error()) {
    EXPECT_EQ(reloaded.error().code(), Errc::unsupported);
    EXPECT_TRUE(process.running()) << "what runs goes on";
  }
}

}  // namespace
}  // namespace weir::testkit
