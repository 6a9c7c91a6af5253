// DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/topic_setting.hpp"
#include "tests/embedded/broker/topics/admin_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using ::testing::HasSubstr;
using wire::ErrorCode;
using Described = wire::DescribeConfigsResponse::Result;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;

class AdminConfigsTest : public AdminFixture {
 protected:
  void SetUp() override {
    AdminFixture::SetUp();
    ASSERT_TRUE(topics_->create("orders", 1, {{{"retention.ms", "5000"}}}).ok());
  }
  Described describe(std::int8_t type, std::string_view name,
                     std::optional<std::vector<std::string_view>> keys = std::nullopt, bool everything = true) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({type, name, std::move(keys)});
    request.include_synonyms = everything;
    request.include_documentation = everything;
    return admin().describe_configs(version(4), request).results.at(0);
  }
  static const Described::Config* find(const Described& result, std::string_view name) {
    for (const Described::Config& config : result.configs) {
      if (config.name == name) return &config;
    }
    return nullptr;
  }
  template <class Response>
  static ErrorCode code_of(const Response& response) {
    EXPECT_EQ(response.responses.size(), 1u);
    const auto& answer = response.responses.front();
    if (answer.error_code != ErrorCode::none) {
      EXPECT_THAT(answer.error_message.value_or(""), IsSentence());
    }
    return answer.error_code;
  }
  ErrorCode alter(std::int8_t type, std::string_view name,
                  std::vector<wire::AlterConfigsRequest::Resource::Config> configs, bool validate_only = false) {
    wire::AlterConfigsRequest request;
    request.resources.push_back({type, name, std::move(configs)});
    request.validate_only = validate_only;
    return code_of(admin().alter_configs(version(2), request));
  }
  ErrorCode edit(std::int8_t type, std::string_view name,
                 std::vector<wire::IncrementalAlterConfigsRequest::Resource::Config> configs,
                 bool validate_only = false) {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back({type, name, std::move(configs)});
    request.validate_only = validate_only;
    return code_of(admin().incremental_alter_configs(version(1), request));
  }
  const std::map<std::string, std::string, std::less<>>& values() const {
    return topics_->find("orders")->config.values;
  }
};

TEST_F(AdminConfigsTest, DescribesATopic) {
  const Described result = describe(kTopic, "orders");
  EXPECT_EQ(result.error_code, ErrorCode::none);
  EXPECT_EQ(result.name, "orders");
  EXPECT_EQ(result.type, kTopic);
  ASSERT_EQ(result.configs.size(), topic_settings().size());
  const Described::Config* own = find(result, "retention.ms");
  EXPECT_EQ(own->value, "5000");
  EXPECT_EQ(own->config_source, 1);
  EXPECT_EQ(own->config_type, 5);
  EXPECT_FALSE(own->read_only);
  ASSERT_EQ(own->synonyms.size(), 2u);
  EXPECT_EQ(own->synonyms[0].name, "retention.ms");
  EXPECT_EQ(own->synonyms[1].name, "log.retention.ms");
  EXPECT_EQ(own->synonyms[1].value, "604800000");
  const Described::Config* other = find(result, "compression.type");
  EXPECT_EQ(other->value, "producer");
  EXPECT_EQ(other->config_source, 5);
  EXPECT_TRUE(other->documentation.has_value());
}

TEST_F(AdminConfigsTest, DescribesWhatIsAskedFor) {
  const Described some = describe(kTopic, "orders", std::vector<std::string_view>{"retention.ms", "nope"}, false);
  ASSERT_EQ(some.configs.size(), 1u);
  EXPECT_TRUE(some.configs[0].synonyms.empty());
  EXPECT_EQ(some.configs[0].documentation, std::nullopt);
  EXPECT_EQ(describe(kTopic, "orders", std::vector<std::string_view>{}).configs.size(), topic_settings().size());
}

TEST_F(AdminConfigsTest, DescribesTheBroker) {
  const Described result = describe(kBroker, "1");
  EXPECT_EQ(result.error_code, ErrorCode::none);
  ASSERT_NE(find(result, "listeners"), nullptr);
  EXPECT_EQ(find(result, "listeners")->value, "PLAINTEXT://127.0.0.1:9092");
  EXPECT_TRUE(find(result, "listeners")->read_only);
  EXPECT_EQ(describe(kBroker, "1", std::vector<std::string_view>{"num.partitions"}).configs.size(), 1u);
  // What was set for the whole cluster at run time: nothing can be.
  EXPECT_EQ(describe(kBroker, "").error_code, ErrorCode::none);
  EXPECT_TRUE(describe(kBroker, "").configs.empty());
}

TEST_F(AdminConfigsTest, RefusesToDescribeWhatIsNotThere) {
  EXPECT_EQ(describe(kTopic, "nope").error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(describe(kTopic, "a/b").error_code, ErrorCode::invalid_topic_exception);
  EXPECT_EQ(describe(kBroker, "2").error_code, ErrorCode::invalid_request);
  EXPECT_EQ(describe(kBroker, "one").error_code, ErrorCode::invalid_request);
  EXPECT_EQ(describe(8, "1").error_code, ErrorCode::invalid_request);
  EXPECT_EQ(describe(0, "").error_code, ErrorCode::invalid_request);
  EXPECT_THAT(describe(kTopic, "nope").error_message.value_or(""), IsSentence());
}

TEST_F(AdminConfigsTest, OneDescriptionIsBounded) {
  wire::DescribeConfigsRequest twice;
  twice.resources.resize(50'000, {kTopic, "orders", std::nullopt});
  const wire::DescribeConfigsResponse repeated = admin().describe_configs(version(4), twice);
  EXPECT_EQ(repeated.results[0].error_code, ErrorCode::invalid_request);
  EXPECT_TRUE(repeated.results[49'999].configs.empty());

  std::vector<std::string> all;
  for (int i = 0; i < 10'001; ++i) all.push_back("t" + std::to_string(i));
  wire::DescribeConfigsRequest many;
  Changes changes(*topics_);
  for (const std::string& name : all) {
    many.resources.push_back({kTopic, name, std::vector<std::string_view>{"retention.ms"}});
    ASSERT_TRUE(changes.create(name, 1, {}).ok());
  }
  ASSERT_TRUE(changes.commit().ok());
  const wire::DescribeConfigsResponse response = admin().describe_configs(version(4), many);
  EXPECT_EQ(response.results[9'999].error_code, ErrorCode::none);
  EXPECT_EQ(response.results[10'000].error_code, ErrorCode::invalid_request);
}

TEST_F(AdminConfigsTest, AlterReplacesAllSettings) {
  EXPECT_EQ(alter(kTopic, "orders", {{"segment.bytes", "1000"}}), ErrorCode::none);
  EXPECT_EQ(values(), (std::map<std::string, std::string, std::less<>>{{"segment.bytes", "1000"}}));
  kill_and_start();
  EXPECT_EQ(values().size(), 1u);
  EXPECT_EQ(alter(kTopic, "orders", {}), ErrorCode::none);
  EXPECT_TRUE(values().empty());
}

TEST_F(AdminConfigsTest, AlterRefuses) {
  EXPECT_EQ(alter(kTopic, "nope", {{"segment.bytes", "1000"}}), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(alter(kTopic, "", {}), ErrorCode::invalid_request);
  EXPECT_EQ(alter(kTopic, "orders", {{"no.such", "1"}}), ErrorCode::invalid_config);
  EXPECT_EQ(alter(kTopic, "orders", {{"segment.bytes", "x"}}), ErrorCode::invalid_config);
  EXPECT_EQ(alter(kTopic, "orders", {{"segment.bytes", std::nullopt}}), ErrorCode::invalid_request);
  EXPECT_EQ(alter(kTopic, "orders", {{"segment.bytes", "1000"}, {"segment.bytes", "2000"}}),
            ErrorCode::invalid_request);
  EXPECT_EQ(alter(kBroker, "1", {{"num.partitions", "3"}}), ErrorCode::invalid_request);
  EXPECT_EQ(alter(8, "1", {}), ErrorCode::invalid_request);
  EXPECT_EQ(alter(kTopic, "orders", {{"segment.bytes", "1000"}}, /*validate_only=*/true), ErrorCode::none);
  EXPECT_EQ(values(), (std::map<std::string, std::string, std::less<>>{{"retention.ms", "5000"}}));
}

TEST_F(AdminConfigsTest, IncrementalSetsAndDeletes) {
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 0, "1000"}}), ErrorCode::none);
  EXPECT_EQ(values().at("retention.ms"), "5000");
  EXPECT_EQ(values().at("segment.bytes"), "1000");
  EXPECT_EQ(edit(kTopic, "orders", {{"retention.ms", 1, std::nullopt}, {"segment.bytes", 0, "2000"}}), ErrorCode::none);
  kill_and_start();
  EXPECT_EQ(values(), (std::map<std::string, std::string, std::less<>>{{"segment.bytes", "2000"}}));
  EXPECT_EQ(edit(kTopic, "orders", {{"retention.ms", 1, std::nullopt}}), ErrorCode::none) << "not set: nothing to do";
}

TEST_F(AdminConfigsTest, IncrementalEditsLists) {
  const char* list = "leader.replication.throttled.replicas";
  EXPECT_EQ(edit(kTopic, "orders", {{list, 2, "0:1, 1:1"}}), ErrorCode::none);
  EXPECT_EQ(edit(kTopic, "orders", {{list, 2, "1:1,2:1"}}), ErrorCode::none);
  EXPECT_EQ(values().at(list), "0:1,1:1,2:1");
  EXPECT_EQ(edit(kTopic, "orders", {{list, 3, "1:1,7:7"}}), ErrorCode::none);
  EXPECT_EQ(values().at(list), "0:1,2:1");
  EXPECT_EQ(edit(kTopic, "orders", {{"cleanup.policy", 2, "delete"}}), ErrorCode::none);
  EXPECT_EQ(edit(kTopic, "orders", {{"cleanup.policy", 2, "shrink"}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"cleanup.policy", 3, "delete"}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"retention.ms", 2, "1"}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"retention.ms", 3, "1"}}), ErrorCode::invalid_config);
}

TEST_F(AdminConfigsTest, IncrementalRefuses) {
  EXPECT_EQ(edit(kTopic, "nope", {{"segment.bytes", 0, "1000"}}), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(edit(kTopic, "orders", {{"no.such", 0, "1"}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"no.such", 1, std::nullopt}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 0, "x"}}), ErrorCode::invalid_config);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 0, std::nullopt}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 2, std::nullopt}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 4, "1000"}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", -1, "1000"}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 0, "1000"}, {"segment.bytes", 1, std::nullopt}}),
            ErrorCode::invalid_request);
  EXPECT_EQ(edit(kBroker, "1", {{"num.partitions", 0, "3"}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kBroker, "", {{"num.partitions", 0, "3"}}), ErrorCode::invalid_request);
  EXPECT_EQ(edit(kTopic, "orders", {{"segment.bytes", 0, "1000"}}, /*validate_only=*/true), ErrorCode::none);
  EXPECT_EQ(values(), (std::map<std::string, std::string, std::less<>>{{"retention.ms", "5000"}}));
}

TEST_F(AdminConfigsTest, AResourceTwiceIsRefusedInAllItsPlaces) {
  wire::IncrementalAlterConfigsRequest request;
  request.resources.push_back({kTopic, "orders", {{"segment.bytes", 0, "1000"}}});
  request.resources.push_back({kTopic, "orders", {{"segment.bytes", 0, "2000"}}});
  const auto response = admin().incremental_alter_configs(version(1), request);
  EXPECT_EQ(response.responses[0].error_code, ErrorCode::invalid_request);
  EXPECT_EQ(response.responses[1].error_code, ErrorCode::invalid_request);
  EXPECT_FALSE(values().contains("segment.bytes"));
}

TEST_F(AdminConfigsTest, AFailingDiskIsToldAndTheOldSettingsStay) {
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_EQ(edit(kTopic, "orders", {{"max.message.bytes", 0, "10"}}), ErrorCode::kafka_storage_error);
  EXPECT_FALSE(values().contains("max.message.bytes"));
  produce("orders", 0);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
