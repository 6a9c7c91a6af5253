#include "embedded/broker/topics/topic_setting.hpp"
#include "tests/embedded/broker/topics/admin_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using ::testing::HasSubstr;
using wire::ErrorCode;
using Creatable = wire::CreateTopicsRequest::Topic;

class AdminCreateTopicsTest : public AdminFixture {
 protected:
  static Creatable topic(std::string_view name, std::int32_t partitions = 1, std::int16_t replication = 1) {
    Creatable made;
    made.name = name;
    made.num_partitions = partitions;
    made.replication_factor = replication;
    return made;
  }
  wire::CreateTopicsResponse create(std::vector<Creatable> topics, bool validate_only = false,
                                    std::int16_t version_number = 7) {
    wire::CreateTopicsRequest request;
    request.topics = std::move(topics);
    request.validate_only = validate_only;
    return admin().create_topics(version(version_number), request);
  }
  // The code of a request for one topic; an error must come with a sentence and change nothing.
  ErrorCode code(Creatable asked) {
    const std::size_t before = topics_->all().size();
    const wire::CreateTopicsResponse response = create({std::move(asked)});
    EXPECT_EQ(response.topics.size(), 1u);
    const auto& answer = response.topics.front();
    EXPECT_TRUE(answer.configs.has_value());
    if (answer.error_code != ErrorCode::none) {
      EXPECT_THAT(answer.error_message.value_or(""), IsSentence());
      EXPECT_EQ(answer.num_partitions, -1);
      EXPECT_EQ(topics_->all().size(), before);
    }
    return answer.error_code;
  }
};

TEST_F(AdminCreateTopicsTest, AnswersWhatWasMade) {
  Creatable orders = topic("orders", 3);
  orders.configs.push_back({"retention.ms", "5000"});
  const wire::CreateTopicsResponse response = create({orders, topic("users", -1, -1)});
  ASSERT_EQ(response.topics.size(), 2u);
  const auto& first = response.topics[0];
  EXPECT_EQ(first.name, "orders");
  EXPECT_EQ(first.error_code, ErrorCode::none);
  EXPECT_EQ(first.error_message, std::nullopt);
  EXPECT_EQ(first.topic_id, topics_->find("orders")->id);
  EXPECT_EQ(first.num_partitions, 3);
  EXPECT_EQ(first.replication_factor, 1);
  ASSERT_EQ(first.configs->size(), topic_settings().size());
  for (const auto& config : *first.configs) {
    const bool own = config.name == "retention.ms";
    EXPECT_EQ(config.config_source, own ? 1 : 5) << config.name;
    EXPECT_EQ(config.value == "5000", own) << config.name;
  }
  EXPECT_EQ(response.topics[1].num_partitions, 1);
  EXPECT_EQ(topics_->find("users")->partitions.size(), 1u);
}

TEST_F(AdminCreateTopicsTest, TheDefaultNumberIsTheBrokers) {
  options_.default_partitions = 4;
  kill_and_start();
  EXPECT_EQ(create({topic("orders", -1)}).topics[0].num_partitions, 4);
  EXPECT_EQ(topics_->find("orders")->partitions.size(), 4u);
}

TEST_F(AdminCreateTopicsTest, OldVersionsGetNoSettings) {
  EXPECT_TRUE(create({topic("orders")}, false, 4).topics[0].configs->empty());
}

TEST_F(AdminCreateTopicsTest, RefusesAsKafkaDoes) {
  ASSERT_EQ(code(topic("a.b")), ErrorCode::none);
  EXPECT_EQ(code(topic("a.b", 5, 3)), ErrorCode::topic_already_exists);
  EXPECT_EQ(code(topic("a_b")), ErrorCode::invalid_topic_exception);
  EXPECT_EQ(code(topic("")), ErrorCode::invalid_topic_exception);
  EXPECT_EQ(code(topic("a/b")), ErrorCode::invalid_topic_exception);
  EXPECT_EQ(code(topic("t", 0)), ErrorCode::invalid_partitions);
  EXPECT_EQ(code(topic("t", -2)), ErrorCode::invalid_partitions);
  EXPECT_EQ(code(topic("t", 1'000'000)), ErrorCode::invalid_partitions);
  EXPECT_EQ(code(topic("t", 1, 0)), ErrorCode::invalid_replication_factor);
  EXPECT_EQ(code(topic("t", 1, 2)), ErrorCode::invalid_replication_factor);
  EXPECT_EQ(code(topic("t", 1, -2)), ErrorCode::invalid_replication_factor);
}

TEST_F(AdminCreateTopicsTest, SettingsAreChecked) {
  const auto with = [](std::string_view name, std::optional<std::string_view> value) {
    Creatable made = topic("t");
    made.configs.push_back({name, value});
    return made;
  };
  EXPECT_EQ(code(with("no.such", "1")), ErrorCode::invalid_config);
  EXPECT_EQ(code(with("retention.ms", "long")), ErrorCode::invalid_config);
  EXPECT_EQ(code(with("retention.ms", std::nullopt)), ErrorCode::invalid_config);
  EXPECT_EQ(code(with("cleanup.policy", "shrink")), ErrorCode::invalid_config);
  EXPECT_EQ(code(with("compression.type", "rar")), ErrorCode::invalid_config);
  EXPECT_EQ(code(with("min.insync.replicas", "2")), ErrorCode::none);
}

TEST_F(AdminCreateTopicsTest, ManualAssignmentsNameThisNode) {
  const auto assigned = [](std::vector<Creatable::Assignment> assignments, std::int32_t partitions = -1,
                           std::int16_t replication = -1) {
    Creatable made = topic("t", partitions, replication);
    made.assignments = std::move(assignments);
    return made;
  };
  EXPECT_EQ(code(assigned({{0, {1}}}, 1)), ErrorCode::invalid_request);
  EXPECT_EQ(code(assigned({{0, {1}}}, -1, 1)), ErrorCode::invalid_request);
  EXPECT_EQ(code(assigned({{0, {2}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{0, {1, 2}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{0, {1, 1}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{0, {}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{1, {1}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{0, {1}}, {2, {1}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{0, {1}}, {0, {1}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{-1, {1}}, {0, {1}}})), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(code(assigned({{1, {1}}, {0, {1}}, {2, {1}}})), ErrorCode::none);
  EXPECT_EQ(topics_->find("t")->partitions.size(), 3u);
}

TEST_F(AdminCreateTopicsTest, ANameTwiceIsRefusedOnce) {
  const wire::CreateTopicsResponse response = create({topic("a"), topic("b"), topic("a"), topic("a", 2)});
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].name, "a");
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::invalid_request);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::none);
  EXPECT_EQ(topics_->find("a"), nullptr);
}

TEST_F(AdminCreateTopicsTest, TwoOfOneRequestMayCollide) {
  const wire::CreateTopicsResponse response = create({topic("a.b"), topic("a_b")});
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::none);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::invalid_topic_exception);
}

TEST_F(AdminCreateTopicsTest, ValidatingAnswersTheSameAndMakesNothing) {
  const wire::CreateTopicsResponse response = create({topic("orders", 3), topic("t", 1, 2)}, /*validate_only=*/true);
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::none);
  EXPECT_EQ(response.topics[0].num_partitions, 3);
  EXPECT_TRUE(response.topics[0].topic_id.is_nil());
  EXPECT_EQ(response.topics[0].configs->size(), topic_settings().size());
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::invalid_replication_factor);
  EXPECT_TRUE(topics_->all().empty());
}

TEST_F(AdminCreateTopicsTest, AFailingDiskIsToldToAll) {
  files_.fail(Operation::sync, 1, EIO);
  const wire::CreateTopicsResponse response = create({topic("a"), topic("b"), topic("c", 0)});
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::kafka_storage_error);
  EXPECT_EQ(response.topics[2].error_code, ErrorCode::invalid_partitions);
  EXPECT_TRUE(topics_->all().empty());
}

TEST_F(AdminCreateTopicsTest, AHundredThousandTopicsInOneRequest) {
  options_.max_partitions = 2'000;
  kill_and_start();
  std::vector<std::string> names;
  for (int i = 0; i < 100'000; ++i) names.push_back("t" + std::to_string(i));
  std::vector<Creatable> asked;
  for (const std::string& name : names) asked.push_back(topic(name));
  const std::uint64_t syncs = files_.count(Operation::sync);
  const wire::CreateTopicsResponse response = create(std::move(asked));
  EXPECT_EQ(files_.count(Operation::sync), syncs + 1);
  EXPECT_EQ(topics_->all().size(), 2'000u);
  EXPECT_EQ(response.topics[999].configs->size(), topic_settings().size());
  EXPECT_TRUE(response.topics[1000].configs->empty()) << "the answer must stay small";
  EXPECT_EQ(response.topics[1'999].error_code, ErrorCode::none);
  EXPECT_EQ(response.topics[2'000].error_code, ErrorCode::invalid_partitions);
  EXPECT_THAT(*response.topics[99'999].error_message, HasSubstr("2000 in all"));
}

}  // namespace
}  // namespace weir::embedded::broker::topics
