#include "tests/embedded/broker/topics/admin_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using ::testing::ElementsAre;
using wire::ErrorCode;

class AdminDeleteTopicsTest : public AdminFixture {
 protected:
  void SetUp() override {
    AdminFixture::SetUp();
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(topics_->create(name, 1, {}).ok());
  }
  wire::DeleteTopicsResponse remove(std::vector<std::string_view> by_name) {
    wire::DeleteTopicsRequest request;
    request.topic_names = std::move(by_name);
    return admin().delete_topics(version(5), request);
  }
  wire::DeleteTopicsResponse remove_v6(std::vector<wire::DeleteTopicsRequest::Topic> named) {
    wire::DeleteTopicsRequest request;
    request.topics = std::move(named);
    return admin().delete_topics(version(6), request);
  }
  static std::vector<ErrorCode> codes(const wire::DeleteTopicsResponse& response) {
    std::vector<ErrorCode> all;
    for (const auto& topic : response.topics) {
      all.push_back(topic.error_code);
      if (topic.error_code != ErrorCode::none) {
        EXPECT_THAT(topic.error_message.value_or(""), IsSentence());
      }
    }
    return all;
  }
};

TEST_F(AdminDeleteTopicsTest, ByName) {
  const wire::DeleteTopicsResponse response = remove({"a", "nope", "c"});
  EXPECT_THAT(codes(response), ElementsAre(ErrorCode::none, ErrorCode::unknown_topic_or_partition, ErrorCode::none));
  EXPECT_EQ(response.topics[0].name, "a");
  EXPECT_FALSE(response.topics[0].topic_id.is_nil());
  EXPECT_THAT(names(), ElementsAre("b"));
}

TEST_F(AdminDeleteTopicsTest, ById) {
  const Uuid id = topics_->find("a")->id;
  const wire::DeleteTopicsResponse response =
      remove_v6({{std::nullopt, id}, {std::nullopt, Uuid{9, 9}}, {"b", Uuid()}});
  EXPECT_THAT(codes(response), ElementsAre(ErrorCode::none, ErrorCode::unknown_topic_id, ErrorCode::none));
  EXPECT_EQ(response.topics[0].name, "a");
  EXPECT_EQ(response.topics[0].topic_id, id);
  EXPECT_EQ(response.topics[1].name, std::nullopt);
  EXPECT_EQ(response.topics[1].topic_id, (Uuid{9, 9}));
  EXPECT_THAT(names(), ElementsAre("c"));
}

TEST_F(AdminDeleteTopicsTest, NeitherOrBothIsNoName) {
  EXPECT_THAT(codes(remove_v6({{std::nullopt, Uuid()}, {"a", topics_->find("a")->id}})),
              ElementsAre(ErrorCode::invalid_request, ErrorCode::invalid_request));
  EXPECT_EQ(topics_->all().size(), 3u);
}

TEST_F(AdminDeleteTopicsTest, TheSameTopicTwiceIsRefusedHoweverItIsNamed) {
  EXPECT_THAT(codes(remove({"a", "a", "b"})),
              ElementsAre(ErrorCode::invalid_request, ErrorCode::invalid_request, ErrorCode::none));
  EXPECT_THAT(codes(remove_v6({{"a", Uuid()}, {std::nullopt, topics_->find("a")->id}})),
              ElementsAre(ErrorCode::invalid_request, ErrorCode::invalid_request));
  EXPECT_THAT(names(), ElementsAre("a", "c"));
}

TEST_F(AdminDeleteTopicsTest, AFailingDiskIsTold) {
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_THAT(codes(remove({"a", "nope"})),
              ElementsAre(ErrorCode::kafka_storage_error, ErrorCode::unknown_topic_or_partition));
  EXPECT_EQ(topics_->all().size(), 3u);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
