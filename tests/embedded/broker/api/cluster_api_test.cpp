// ApiVersions, Metadata, FindCoordinator, DescribeCluster, SASL, and what dispatch refuses.
#include "tests/embedded/broker/api/node_kit.hpp"

namespace weir::embedded::broker::api {
namespace {

using wire::ErrorCode;

class ClusterApiTest : public NodeTest {
 protected:
  Sent<wire::ApiVersionsResponse> api_versions(std::int16_t version, std::string_view name = "test",
                                               std::string_view software = "1.0") {
    wire::ApiVersionsRequest request;
    request.client_software_name = name;
    request.client_software_version = software;
    return send<wire::ApiVersionsResponse>(request, version);
  }
  wire::MetadataResponse metadata(std::int16_t version, std::optional<std::vector<std::string_view>> names,
                                  bool create = true) {
    wire::MetadataRequest request;
    request.allow_auto_topic_creation = create;
    if (names) {
      request.topics.emplace();
      for (const std::string_view name : *names) {
        wire::MetadataRequest::Topic topic;
        topic.name = name;
        request.topics->push_back(topic);
      }
    }
    return *send<wire::MetadataResponse>(request, version);
  }
};

TEST_F(ClusterApiTest, ApiVersionsGivesTheRangesThatOldClientsTestFor) {
  for (std::int16_t version = 0; version <= 4; ++version) {
    const auto sent = api_versions(version);
    ASSERT_TRUE(sent.answered());
    EXPECT_EQ(sent->error_code, ErrorCode::none);
    std::map<int, std::pair<int, int>> ranges;
    for (const auto& api : sent->api_keys) ranges[api.api_key] = {api.min_version, api.max_version};
    EXPECT_EQ(ranges[0].first, 0);   // else librdkafka before 2.11 does not compress
    EXPECT_EQ(ranges[17].first, 0);  // else it does not authenticate
    EXPECT_EQ(ranges[3].first, 0);
    EXPECT_EQ(ranges[1].second, 12);  // topic ids come with 13
    EXPECT_FALSE(ranges.contains(24)) << "there are no transactions";
  }
  EXPECT_EQ(session_.software, "test 1.0");
}

TEST_F(ClusterApiTest, ALongSoftwareNameIsNotKept) {
  EXPECT_EQ(api_versions(3, std::string(100'000, 'x'))->error_code, ErrorCode::none);
  EXPECT_EQ(session_.software.size(), 128u);
}

TEST_F(ClusterApiTest, WhoAsksIsToldThatEverythingIsAllowed) {
  constexpr std::int32_t kNotAsked = std::numeric_limits<std::int32_t>::min();
  ASSERT_EQ(topics_->create("orders", 1, {}).code, ErrorCode::none);
  wire::MetadataRequest request;
  request.topics.emplace();
  for (const char* name : {"orders", "missing"}) {
    wire::MetadataRequest::Topic topic;
    topic.name = name;
    request.topics->push_back(topic);
  }
  request.allow_auto_topic_creation = false;
  const auto silent = send<wire::MetadataResponse>(request, 10);
  EXPECT_EQ(silent->cluster_authorized_operations, kNotAsked);
  EXPECT_EQ(silent->topics.at(0).authorized_operations, kNotAsked);
  request.include_cluster_authorized_operations = true;
  request.include_topic_authorized_operations = true;
  const auto told = send<wire::MetadataResponse>(request, 10);
  // READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS
  EXPECT_EQ(told->topics.at(0).authorized_operations, 0b1101'1111'1000);
  EXPECT_EQ(told->topics.at(1).authorized_operations, kNotAsked) << "there is no such topic";
  // CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE
  EXPECT_EQ(told->cluster_authorized_operations, 0b1'1111'1010'0000);
  wire::DescribeClusterRequest cluster;
  EXPECT_EQ(send<wire::DescribeClusterResponse>(cluster, 0)->cluster_authorized_operations, kNotAsked);
  cluster.include_cluster_authorized_operations = true;
  EXPECT_EQ(send<wire::DescribeClusterResponse>(cluster, 0)->cluster_authorized_operations, 0b1'1111'1010'0000);
}

TEST_F(ClusterApiTest, AnUnknownVersionOfApiVersionsIsAnsweredInTheOldestForm) {
  std::string answer;
  const std::string frame = encode_header(18, 99, true) + "garbage that we cannot know";
  EXPECT_TRUE(send_bytes(frame, [&](std::string_view bytes) { answer = bytes; }));
  ASSERT_FALSE(answer.empty());
  wire::Reader in(std::string_view(answer).substr(8));
  wire::ApiVersionsResponse response;
  read(in, 0, response);
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.rest().empty());
  EXPECT_EQ(response.error_code, ErrorCode::unsupported_version);
  EXPECT_EQ(response.api_keys.size(), std::size(wire::kApis));
}

TEST_F(ClusterApiTest, ASoftwareNameThatIsNoneIsRefused) {
  for (const std::string_view name : {"", "-x", "x y", "x\n", "ä"}) {
    EXPECT_EQ(api_versions(3, name)->error_code, ErrorCode::invalid_request) << name;
  }
  EXPECT_EQ(api_versions(3, "apache-kafka-java", "3.9.1")->error_code, ErrorCode::none);
}

TEST_F(ClusterApiTest, WhatHasNoAnswerEndsTheConnection) {
  EXPECT_FALSE(send_bytes("", nullptr));
  EXPECT_FALSE(send_bytes("short", nullptr));
  EXPECT_FALSE(send_bytes(encode_header(999, 0, false), nullptr));  // no such API
  EXPECT_FALSE(send_bytes(encode_header(1, 13, true), nullptr));    // a version we do not speak
  EXPECT_FALSE(send_bytes(encode_header(0, 2, false), nullptr));    // advertised, but not served
  EXPECT_FALSE(send_bytes(encode_header(3, 1, false) + "\x7F\xFF\xFF\xFF", nullptr));
}

TEST_F(ClusterApiTest, MetadataMakesTopicsWhereItMay) {
  EXPECT_EQ(metadata(4, {{"a"}}, false).topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  const wire::MetadataResponse made = metadata(4, {{"a"}}, true);
  EXPECT_EQ(made.topics.at(0).error_code, ErrorCode::none);
  ASSERT_EQ(made.topics.at(0).partitions.size(), 1u);
  EXPECT_EQ(made.topics.at(0).partitions[0].leader_id, kNodeId);
  // Clients from before the flag expect it, too.
  EXPECT_EQ(metadata(0, {{"b"}}).topics.at(0).error_code, ErrorCode::none);
  node_->auto_create_topics = false;
  EXPECT_EQ(metadata(4, {{"c"}}, true).topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(metadata(4, {{"a"}}, true).topics.at(0).error_code, ErrorCode::none);
}

TEST_F(ClusterApiTest, MetadataTellsAllNoneAndById) {
  metadata(4, {{"a", "b"}});
  EXPECT_EQ(metadata(1, std::nullopt).topics.size(), 2u);
  EXPECT_EQ(metadata(0, std::vector<std::string_view>()).topics.size(), 2u);
  const wire::MetadataResponse none = metadata(12, std::vector<std::string_view>());
  EXPECT_TRUE(none.topics.empty());
  EXPECT_EQ(none.controller_id, kNodeId);
  EXPECT_EQ(none.cluster_id, "0123456789abcdefghijkl");
  ASSERT_EQ(none.brokers.size(), 1u);
  EXPECT_EQ(none.brokers[0].host, "127.0.0.1");
  EXPECT_EQ(none.brokers[0].port, 9092);

  wire::MetadataRequest request;
  request.topics.emplace(2);
  request.topics->at(0).id = topics_->find("a")->id;
  request.topics->at(1).id = Uuid{1, 2};
  const auto by_id = send<wire::MetadataResponse>(request, 12);
  EXPECT_EQ(by_id->topics.at(0).name, "a");
  EXPECT_EQ(by_id->topics.at(1).error_code, ErrorCode::unknown_topic_id);
}

TEST_F(ClusterApiTest, MetadataTellsEachTopicOnceAndMakesAllWithOneSync) {
  const std::uint64_t before = files_.count(storage::FaultFileSystem::Operation::sync);
  const wire::MetadataResponse told = metadata(4, {{"a", "b", "a", "c/", "b", "a"}});
  ASSERT_EQ(told.topics.size(), 3u);
  EXPECT_EQ(told.topics[0].error_code, ErrorCode::none);
  EXPECT_EQ(told.topics[1].error_code, ErrorCode::none);
  EXPECT_EQ(told.topics[2].error_code, ErrorCode::invalid_topic_exception);
  EXPECT_LE(files_.count(storage::FaultFileSystem::Operation::sync) - before, 1u);
}

TEST_F(ClusterApiTest, MetadataRefusesABadName) {
  EXPECT_EQ(metadata(4, {{"a/b"}}).topics.at(0).error_code, ErrorCode::invalid_topic_exception);
  EXPECT_EQ(metadata(4, {{""}}).topics.at(0).error_code, ErrorCode::invalid_topic_exception);
}

TEST_F(ClusterApiTest, TheCoordinatorIsHereAndTransactionsAreNot) {
  wire::FindCoordinatorRequest request;
  request.key = "group";
  EXPECT_EQ(send<wire::FindCoordinatorResponse>(request, 2)->node_id, kNodeId);
  request.key_type = 1;
  EXPECT_EQ(send<wire::FindCoordinatorResponse>(request, 2)->error_code,
            ErrorCode::transactional_id_authorization_failed);
  request.key_type = 0;
  request.coordinator_keys = {"a", "b"};
  const auto many = send<wire::FindCoordinatorResponse>(request, 4);
  ASSERT_EQ(many->coordinators.size(), 2u);
  EXPECT_EQ(many->coordinators[1].key, "b");
  EXPECT_EQ(many->coordinators[1].port, 9092);
}

TEST_F(ClusterApiTest, DescribeCluster) {
  const auto sent = send<wire::DescribeClusterResponse>(wire::DescribeClusterRequest(), 1);
  EXPECT_EQ(sent->error_code, ErrorCode::none);
  ASSERT_EQ(sent->brokers.size(), 1u);
  EXPECT_EQ(sent->controller_id, kNodeId);
}

class SaslTest : public ClusterApiTest {
 protected:
  void SetUp() override {
    ClusterApiTest::SetUp();
    node_->users["alice"] = "secret";
    session_.authenticated = false;
  }
  ErrorCode handshake(std::string_view mechanism = "PLAIN", std::int16_t version = 1) {
    wire::SaslHandshakeRequest request;
    request.mechanism = mechanism;
    return send<wire::SaslHandshakeResponse>(request, version)->error_code;
  }
  Sent<wire::SaslAuthenticateResponse> authenticate(std::string_view token) {
    wire::SaslAuthenticateRequest request;
    request.auth_bytes = token;
    return send<wire::SaslAuthenticateResponse>(request, 2);
  }
};

TEST_F(SaslTest, NothingGoesBeforeAuthentication) {
  const std::string metadata = encode_header(3, 1, false) + std::string("\xFF\xFF\xFF\xFF", 4);
  EXPECT_FALSE(send_bytes(metadata, nullptr));
  EXPECT_EQ(api_versions(3)->error_code, ErrorCode::none);
}

TEST_F(SaslTest, TheRightPasswordOpens) {
  EXPECT_EQ(handshake(), ErrorCode::none);
  using namespace std::string_view_literals;
  const auto sent = authenticate("\0alice\0secret"sv);
  EXPECT_TRUE(sent.accepted);
  EXPECT_EQ(sent->error_code, ErrorCode::none);
  EXPECT_TRUE(session_.authenticated);
  EXPECT_EQ(session_.principal, "alice");
}

TEST_F(SaslTest, EverythingElseIsAnsweredAndClosed) {
  using namespace std::string_view_literals;
  for (const std::string_view token : {"\0alice\0wrong"sv, "\0alice\0"sv, "\0bob\0secret"sv, "bob\0alice\0secret"sv,
                                       ""sv, "alice"sv, "\0\0\0\0"sv, "\0alice\0secret\0"sv}) {
    EXPECT_EQ(handshake(), ErrorCode::none);
    const auto sent = authenticate(token);
    EXPECT_FALSE(sent.accepted);
    EXPECT_EQ(sent->error_code, ErrorCode::sasl_authentication_failed);
    EXPECT_FALSE(session_.authenticated);
  }
}

TEST_F(SaslTest, AfterTheOldHandshakeTheTokenIsAFrameOfItsOwn) {
  using namespace std::string_view_literals;
  EXPECT_EQ(handshake("PLAIN", 0), ErrorCode::none);
  std::string answer;
  EXPECT_TRUE(send_bytes("alice\0alice\0secret"sv, [&](std::string_view bytes) { answer = bytes; }));
  EXPECT_EQ(answer, "\0\0\0\0"sv);
  EXPECT_TRUE(session_.authenticated);
  EXPECT_EQ(api_versions(0)->error_code, ErrorCode::none);
}

TEST_F(SaslTest, AWrongRawTokenEndsTheConnection) {
  using namespace std::string_view_literals;
  EXPECT_EQ(handshake("PLAIN", 0), ErrorCode::none);
  EXPECT_FALSE(send_bytes("\0alice\0wrong"sv, nullptr));
  EXPECT_FALSE(session_.authenticated);
}

TEST_F(SaslTest, TheHandshakeComesFirstAndNamesTheMechanisms) {
  EXPECT_EQ(authenticate("x")->error_code, ErrorCode::illegal_sasl_state);
  EXPECT_EQ(handshake("GSSAPI"), ErrorCode::unsupported_sasl_mechanism);
  EXPECT_EQ(authenticate("x")->error_code, ErrorCode::illegal_sasl_state);
}

}  // namespace
}  // namespace weir::embedded::broker::api
