// FakeKafka's groups under real pipelines: rebalances, zombies, fencing.
#include "pipeline/base/run_into.hpp"
#include "pipeline/base/task_group.hpp"
#include "tests/testkit/kit.hpp"

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace kf = connectors::kafka;

// Processes that come and go over a topic of four partitions.
class GroupsTest : public WorldTest {
 protected:
  GroupsTest() : world(World::Settings{.partitions = 4}) {}
  Process make(std::string name, std::string_view yaml = kOrders) {
    Process::Settings settings;
    settings.name = std::move(name);
    return Process(world, plan_of(yaml), std::move(settings));
  }
  World world;
};

TEST_F(GroupsTest, RebalancesBetweenProcessesLoseDoubleAndReorderNothing) {
  std::vector<std::unique_ptr<Process>> processes;
  int produced = 0;
  for (int step = 0; step < 12; ++step) {
    if (step % 3 != 2) {
      Process::Settings settings;
      settings.name = "weir-" + std::to_string(step);
      processes.push_back(std::make_unique<Process>(world, plan_of(kOrders), settings));
      ASSERT_TRUE(processes.back()->start().has_value());
    } else {
      ASSERT_TRUE(processes.front()->stop());
      processes.erase(processes.begin());
    }
    // Between the rounds, and in the midst of them.
    for (int i = 0; i < 8; ++i) {
      produce_orders(world, produced, produced + 5);
      produced += 5;
      world.advance(700ms);
    }
  }
  const Waited waited = world.run_until_idle();
  ASSERT_TRUE(waited) << waited.why;
  EXPECT_EQ(missing_doubled_or_out_of_order(world, produced), "");
  EXPECT_GE(world.kafka().rebalances("order-writer"), 12u);
  for (const auto& process : processes) EXPECT_TRUE(process->stop());
}

TEST_F(GroupsTest, AMemberHearsOfARoundWithItsNextHeartbeat) {
  Process first = make("one");
  ASSERT_TRUE(first.start().has_value());
  world.advance(1s);
  Process second = make("two");
  ASSERT_TRUE(second.start().has_value());
  world.advance(1900ms);
  EXPECT_THAT(world.kafka().who_waits(), ElementsAre(HasSubstr("one#1 has not given back")));
  world.advance(200ms);
  EXPECT_TRUE(world.kafka().caught_up());
}

TEST_F(GroupsTest, AZombieIsRefusedAndWhatItReadIsReadAgainByWhoeverHasItNow) {
  Process zombie = make("zombie");
  ASSERT_TRUE(zombie.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  zombie.lose_heartbeats(true);
  Process heir = make("heir");
  ASSERT_TRUE(heir.start().has_value());
  world.store().cork();  // what the zombie has read hangs in the air while it is thrown out
  produce_orders(world, 0, 20);
  world.advance(40s);
  EXPECT_EQ(zombie.messages_read(), 20u);
  EXPECT_EQ(heir.messages_read(), 20u) << "all partitions are the heir's";
  const std::size_t commits = world.kafka().commit_log().size();
  world.store().uncork();
  ASSERT_TRUE(world.run_until([&] { return world.kafka().commit_log().size() > commits; }, 10s));
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 20), "") << "both have written, once in effect";
  world.advance(10s);
  EXPECT_THAT(zombie.summary().pipelines[0].last_source_error, HasSubstr("Unknown member"));
  zombie.lose_heartbeats(false);
  ASSERT_TRUE(world.run_until_idle());
  produce_orders(world, 20, 40);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_GT(zombie.messages_read(), 20u) << "it has come back as somebody new";
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 40), "");
}

TEST_F(GroupsTest, ARebalanceInTheMidstOfABatchLosesNothing) {
  Process process = make("one");
  produce_orders(world, 0, 50);
  for (const std::size_t message : {7, 20, 33}) {
    process.at_message(message, [this] { world.kafka().rebalance("order-writer"); });
  }
  ASSERT_TRUE(process.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_GE(world.kafka().rebalances("order-writer"), 2u);
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 50), "");
}

TEST_F(GroupsTest, ABrokerThatIsAwayForLongIsWaitedFor) {
  Process process = make("one");
  produce_orders(world, 0, 10);
  ASSERT_TRUE(process.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  world.kafka().set_away(true);
  produce_orders(world, 10, 20);
  world.advance(10min);
  EXPECT_FALSE(world.idle());
  EXPECT_EQ(process.messages_read(), 10u);
  world.kafka().set_away(false);
  ASSERT_TRUE(world.run_until_idle());
  EXPECT_EQ(missing_doubled_or_out_of_order(world, 20), "");
}

TEST_F(GroupsTest, TwoProcessesWithOneInstanceIdFenceEachOther) {
  std::string yaml(kOrders);
  yaml.replace(yaml.find("group: order-writer"), 19, "group: order-writer, instance_id: x");
  Process first = make("one", yaml);
  ASSERT_TRUE(first.start().has_value());
  ASSERT_TRUE(world.run_until_idle());
  Process second = make("two", yaml);
  ASSERT_TRUE(second.start().has_value());
  produce_orders(world, 0, 10);
  world.advance(100ms);
  EXPECT_EQ(second.messages_read(), 10u);
  EXPECT_THAT(first.summary().pipelines[0].last_source_error, HasSubstr("another process uses"));
}

// The consumer itself: what a broker lets pass, whatever KafkaSource would do.
class CommitTest : public GroupsTest {
 protected:
  CommitTest() { world.know(plan_of(kOrders)); }
  std::unique_ptr<kf::ConsumerClient> open(const std::string& host) {
    kf::ConsumerSettings settings;
    settings.topics = {"orders"};
    settings.group = "g";
    auto consumer = world.kafka().consumers(host)(settings);
    EXPECT_TRUE(consumer->open({world.executor(), {world.executor()}}).has_value());
    return consumer;
  }
  template <class T>
  Result<T> wait(Task<Result<T>> task) {
    std::optional<Result<T>> place;
    std::exception_ptr failure;
    TaskGroup group(world.executor());
    group.spawn("test", run_into(std::move(task), place, failure));
    world.run_until([&] { return group.empty(); }, 1h);
    return place.value_or(Error(Errc::internal, "no answer"));
  }
  Result<void> commit(kf::ConsumerClient& consumer, Partition partition, Offset offset) {
    return wait<void>(consumer.commit({Commit{{"orders", partition}, offset}}));
  }
};

TEST_F(CommitTest, WithinItsGenerationAMemberCommitsWhatIsNotItsOwn) {
  auto first = open("one");
  auto second = open("two");
  world.advance(3s);
  ASSERT_FALSE(wait<void>(first->unassign()).has_error());
  ASSERT_TRUE(world.kafka().who_waits().empty());
  EXPECT_FALSE(commit(*first, 3, 7).has_error()) << "3 is the second one's, and the broker does not ask";
  EXPECT_EQ(world.kafka().committed("g", {"orders", 3}), 7);
}

TEST_F(CommitTest, ACommitOfAnEarlierGenerationIsRefused) {
  auto first = open("one");
  world.kafka().cork_commits(true);
  TaskGroup group(world.executor());
  std::optional<Result<void>> answer;
  std::exception_ptr failure;
  group.spawn("commit", run_into(first->commit({Commit{{"orders", 0}, 5}}), answer, failure));
  world.advance(1s);
  auto second = open("two");
  world.advance(3s);
  ASSERT_FALSE(wait<void>(first->unassign()).has_error());
  world.kafka().cork_commits(false);
  world.advance(1s);
  ASSERT_TRUE(answer.has_value());
  ASSERT_TRUE(answer->has_error());
  EXPECT_THAT(answer->error().message(), HasSubstr("generation id is not valid"));
  EXPECT_EQ(world.kafka().committed("g", {"orders", 0}), kf::kUnknownOffset);
}

TEST_F(CommitTest, AMemberThatDoesNotComeBackInTimeIsThrownOut) {
  auto first = open("one");
  auto second = open("two");
  world.advance(5min);
  EXPECT_THAT(world.kafka().who_waits(), ElementsAre(HasSubstr("one#1 has not given back")));
  world.advance(1s);
  EXPECT_TRUE(world.kafka().who_waits().empty());
  const Result<void> refused = commit(*first, 0, 5);
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message(), HasSubstr("Unknown member"));
}

TEST_F(CommitTest, RecordsGoToThePartitionThatKafkasProducersChoose) {
  // What Java's Utils.murmur2 and librdkafka's murmur2 say of these keys.
  EXPECT_EQ(kf::FakeKafka::partition_for("21", 1'000'000'000), (-973932308 & 0x7fffffff) % 1'000'000'000);
  EXPECT_EQ(kf::FakeKafka::partition_for("foobar", 1'000'000'000), (-790332482 & 0x7fffffff) % 1'000'000'000);
  EXPECT_EQ(kf::FakeKafka::partition_for("a-little-bit-long-string", 1'000'000'000),
            (-985981536 & 0x7fffffff) % 1'000'000'000);
}

}  // namespace
}  // namespace weir::testkit
