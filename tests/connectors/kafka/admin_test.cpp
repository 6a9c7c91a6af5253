// Admin's questions about offsets against librdkafka's mock
// cluster: what is in the way of one partition hides no other.
#include "connectors/kafka/admin_client.hpp"
#include "connectors/kafka/mock_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::HasSubstr;

class AdminOffsetsTest : public ::testing::Test {
 protected:
  void start(int brokers) {
    Result<std::unique_ptr<MockCluster>> cluster = MockCluster::start(brokers);
    ASSERT_TRUE(cluster.has_value()) << cluster.error().message();
    cluster_ = std::move(*cluster);
    constexpr Partition kPartitions = 6;
    ASSERT_TRUE(cluster_->create_topic("orders", kPartitions).has_value());
    for (Partition partition = 0; partition < kPartitions; ++partition)
      cluster_->set_leader("orders", partition, 1 + partition % brokers);
    ClusterSettings settings;
    settings.brokers = cluster_->bootstrap_servers();
    Result<std::unique_ptr<Admin>> admin = Admin::connect(settings, std::chrono::seconds(10));
    ASSERT_TRUE(admin.has_value()) << admin.error().message();
    admin_ = std::move(*admin);
  }

  std::unique_ptr<MockCluster> cluster_;
  std::unique_ptr<Admin> admin_;
};

TEST_F(AdminOffsetsTest, ABrokerThatIsAwayHidesOnlyItsOwnPartitions) {
  start(3);
  const Result<TopicInfo> topic = admin_->topic("orders");
  ASSERT_TRUE(topic.has_value()) << topic.error().message();
  constexpr int kAway = 2;
  cluster_->set_broker_reachable(kAway, false);
  std::vector<TopicPartition> ids;
  for (const PartitionInfo& partition : topic->partitions) ids.push_back({"orders", partition.id});
  const Result<std::vector<OffsetRange>> ranges = admin_->ranges(ids);
  ASSERT_TRUE(ranges.has_value()) << ranges.error().message();
  std::size_t known = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const OffsetRange& range = (*ranges)[i];
    EXPECT_EQ(range.known(), topic->partitions[i].leader != kAway) << i << ": " << range.trouble;
    EXPECT_EQ(range.trouble.empty(), range.known());
    known += range.known() ? 1 : 0;
  }
  EXPECT_EQ(known, ids.size() * 2 / 3);
}

TEST_F(AdminOffsetsTest, APartitionThatIsNotThereHidesNoOther) {
  start(1);
  const Result<std::vector<OffsetRange>> ranges = admin_->ranges({{"orders", 0}, {"orders", 99}});
  ASSERT_TRUE(ranges.has_value()) << ranges.error().message();
  EXPECT_TRUE((*ranges)[0].known());
  EXPECT_FALSE((*ranges)[1].known());
  EXPECT_THAT((*ranges)[1].trouble, HasSubstr("it is not there"));
}

TEST_F(AdminOffsetsTest, WhereNobodyAnswersItIsAnErrorWithinTheTimeGiven) {
  start(1);
  cluster_->set_reachable(false);
  const Result<std::vector<OffsetRange>> ranges = admin_->ranges({{"orders", 0}, {"orders", 1}});
  ASSERT_FALSE(ranges.has_value());
  EXPECT_THAT(ranges.error().message(), HasSubstr("Kafka at "));
}

}  // namespace
}  // namespace weir::connectors::kafka
