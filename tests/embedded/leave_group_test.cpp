// How a static member leaves its group for good, at a broker that keeps groups as Kafka does.
#include "connectors/kafka/admin.hpp"
#include "connectors/kafka/membership.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"
#include "embedded/register.hpp"
#include "pipeline/base/clock.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <unistd.h>

namespace weir::embedded {
namespace {

namespace rdkafka = connectors::kafka::rdkafka;
using connectors::kafka::ConsumerSettings;
using std::chrono::seconds;

constexpr auto kSession = seconds(290);  // no end of a session helps here
constexpr int kServeMs = 10;

class LeaveGroupTest : public ::testing::Test {
 protected:
  LeaveGroupTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-leave-XXXXXX").string();
    data_dir_ = ::mkdtemp(pattern.data());
  }
  ~LeaveGroupTest() override { std::filesystem::remove_all(data_dir_); }

  // A member that takes what it is given and gives back what it is asked for, while it is served.
  struct Member {
    rdkafka::Client client;
    rdkafka::Queue queue;
    std::size_t partitions = 0;

    void serve() {
      const rdkafka::Event event(rd_kafka_queue_poll(queue.get(), kServeMs));
      if (event == nullptr || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_REBALANCE) return;
      const bool given = rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
      const rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event.get());
      partitions = given ? static_cast<std::size_t>(list->cnt) : 0;
      rd_kafka_assign(client.get(), given ? list : nullptr);
    }
  };
  Member join(const std::string& brokers, const std::string& instance_id) {
    ConsumerSettings settings;
    settings.cluster.brokers = brokers;
    settings.group = "g";
    settings.instance_id = instance_id;
    settings.session_timeout = kSession;
    settings.heartbeat_interval = std::chrono::milliseconds(200);
    Result<rdkafka::Conf> conf = rdkafka::consumer_conf(settings);
    EXPECT_TRUE(conf.has_value());
    Result<rdkafka::Client> client = rdkafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf), brokers);
    EXPECT_TRUE(client.has_value());
    Member member{std::move(*client), {}};
    rd_kafka_poll_set_consumer(member.client.get());
    member.queue.reset(rd_kafka_queue_get_consumer(member.client.get()));
    const rdkafka::PartitionList topics = rdkafka::make_list(1);
    rd_kafka_topic_partition_list_add(topics.get(), "orders", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(member.client.get(), topics.get());
    return member;
  }
  bool serve_until(std::initializer_list<Member*> members, const std::function<bool()>& holds, seconds patience) {
    const SystemClock clock;
    for (const TimePoint end = clock.now() + patience; clock.now() < end;) {
      for (Member* member : members) member->serve();
      if (holds()) return true;
    }
    return false;
  }

  std::filesystem::path data_dir_;
};

TEST_F(LeaveGroupTest, WhoGivesItsMembershipUpLeavesItsPartitionsToTheOthersAtOnce) {
  Registry registry;
  register_embedded(registry);
  const Result<std::shared_ptr<EmbeddedServer>> broker = registry.embedded("kafka")(data_dir_);
  ASSERT_TRUE(broker.has_value());
  connectors::kafka::ClusterSettings cluster;
  cluster.brokers = (*broker)->address();
  ASSERT_TRUE(connectors::kafka::create_topics(cluster, {"orders"}, 4, seconds(20)).has_value());
  Member stays = join(cluster.brokers, "one");
  Member leaves = join(cluster.brokers, "two");
  ASSERT_TRUE(serve_until(
      {&stays, &leaves}, [&] { return stays.partitions == 2 && leaves.partitions == 2; }, seconds(60)))
      << stays.partitions << " and " << leaves.partitions;
  rdkafka::give_up_membership(leaves.client.get());
  rd_kafka_consumer_close(leaves.client.get());
  EXPECT_TRUE(serve_until({&stays}, [&] { return stays.partitions == 4; }, seconds(30))) << stays.partitions;

  // A close alone keeps the place.
  Member restarts = join(cluster.brokers, "two");
  ASSERT_TRUE(
      serve_until({&stays, &restarts}, [&] { return stays.partitions == 2 && restarts.partitions == 2; }, seconds(60)));
  restarts.queue.reset();
  rd_kafka_consumer_close(restarts.client.get());
  EXPECT_FALSE(serve_until({&stays}, [&] { return stays.partitions == 4; }, seconds(3)));
  stays.queue.reset();
  rd_kafka_consumer_close(stays.client.get());
  leaves.queue.reset();
  for (Member* member : {&stays, &leaves, &restarts}) member->client.reset();
  (*broker)->stop();
}

}  // namespace
}  // namespace weir::embedded
