#include "tests/embedded/broker/topics/admin_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using wire::ErrorCode;
using Grown = wire::CreatePartitionsRequest::Topic;

class AdminPartitionsTest : public AdminFixture {
 protected:
  void SetUp() override {
    AdminFixture::SetUp();
    ASSERT_TRUE(topics_->create("orders", 2, {}).ok());
  }
  wire::CreatePartitionsResponse grow(std::vector<Grown> topics, bool validate_only = false) {
    wire::CreatePartitionsRequest request;
    request.topics = std::move(topics);
    request.validate_only = validate_only;
    return admin().create_partitions(version(3), request);
  }
  ErrorCode code(Grown topic, bool validate_only = false) {
    const wire::CreatePartitionsResponse response = grow({std::move(topic)}, validate_only);
    EXPECT_EQ(response.results.size(), 1u);
    const auto& answer = response.results.front();
    if (answer.error_code != ErrorCode::none) {
      EXPECT_THAT(answer.error_message.value_or(""), IsSentence());
    }
    return answer.error_code;
  }
  std::size_t partitions() const { return topics_->find("orders")->partitions.size(); }
  wire::DeleteRecordsResponse::Topic::Partition delete_records(std::string_view topic, Partition partition,
                                                               Offset offset) {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({topic, {{partition, offset}}});
    return admin().delete_records(version(2), request).topics.at(0).partitions.at(0);
  }
};

TEST_F(AdminPartitionsTest, TheNumberMustGrow) {
  EXPECT_EQ(code({"orders", 1, std::nullopt}), ErrorCode::invalid_partitions);
  EXPECT_EQ(code({"orders", 2, std::nullopt}), ErrorCode::invalid_partitions);
  EXPECT_EQ(code({"orders", -1, std::nullopt}), ErrorCode::invalid_partitions);
  EXPECT_EQ(code({"orders", 1'000'000, std::nullopt}), ErrorCode::invalid_partitions);
  EXPECT_EQ(code({"nope", 5, std::nullopt}), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(code({"orders", 5, std::nullopt}, /*validate_only=*/true), ErrorCode::none);
  EXPECT_EQ(partitions(), 2u);
  kill_and_start();
  EXPECT_EQ(partitions(), 2u) << "validating wrote to the journal";
  EXPECT_EQ(code({"orders", 5, std::nullopt}), ErrorCode::none);
  EXPECT_EQ(partitions(), 5u);
}

TEST_F(AdminPartitionsTest, AssignmentsNameThisNodeOncePerNewPartition) {
  using Assignment = Grown::Assignment;
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}}}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}, {{1}}, {{1}}}}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}, {{2}}}}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}, {{1, 1}}}}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}, {{}}}}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(partitions(), 2u);
  EXPECT_EQ(code({"orders", 4, std::vector<Assignment>{{{1}}, {{1}}}}), ErrorCode::none);
  EXPECT_EQ(code({"orders", 5, std::vector<Assignment>{}}), ErrorCode::none);
  EXPECT_EQ(partitions(), 5u);
}

TEST_F(AdminPartitionsTest, ATopicTwiceIsRefusedOnce) {
  const wire::CreatePartitionsResponse response = grow({{"orders", 3, std::nullopt}, {"orders", 4, std::nullopt}});
  ASSERT_EQ(response.results.size(), 1u);
  EXPECT_EQ(response.results[0].error_code, ErrorCode::invalid_request);
  EXPECT_EQ(partitions(), 2u);
}

TEST_F(AdminPartitionsTest, AFailingDiskIsTold) {
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_EQ(code({"orders", 3, std::nullopt}), ErrorCode::kafka_storage_error);
  EXPECT_EQ(partitions(), 2u);
}

TEST_F(AdminPartitionsTest, DeletedRecordsAreBelowTheNewStart) {
  produce("orders", 0, 5);
  EXPECT_EQ(delete_records("orders", 0, 3).low_watermark, 3);
  EXPECT_EQ(delete_records("orders", 0, 1).low_watermark, 3);
  const auto beyond = delete_records("orders", 0, 6);
  EXPECT_EQ(beyond.error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(beyond.low_watermark, -1);
  EXPECT_EQ(delete_records("orders", 0, -2).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(delete_records("orders", 0, -1).low_watermark, 5);
  EXPECT_EQ(topics_->find("orders")->partition(0)->log_start(), 5);
}

TEST_F(AdminPartitionsTest, RecordsOfUnknownPartitionsAreNotDeleted) {
  EXPECT_EQ(delete_records("nope", 0, 0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(delete_records("orders", 2, 0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(delete_records("orders", -1, 0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(delete_records("nope", 0, 0).low_watermark, -1);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
