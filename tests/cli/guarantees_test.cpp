#include "cli/run/guarantees.hpp"

#include "cli/run/connect_hints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::Node options(std::vector<std::pair<std::string, std::string>> values) {
  std::vector<config::Node::Member> members;
  for (auto& [key, value] : values) members.push_back({key, {}, config::Node::scalar(value, false, {})});
  return config::Node::mapping(std::move(members), {});
}

class GuaranteesTest : public ::testing::Test {
 protected:
  GuaranteesTest() {
    store_.name = "eventstoredb";
    file_.name = "file";
  }
  Topology topology(const std::string& url, std::vector<std::pair<std::string, std::string>> sink_options) const {
    Topology plan;
    plan.connections["store"].node = options({{"url", url}});
    PipelinePlan pipeline;
    pipeline.name = "p";
    sink_options.emplace_back("connection", "store");
    pipeline.sinks.emplace_back(
        "events", ComponentPlan{.type = &store_, .config = {}, .node = options(sink_options), .fingerprint = {}});
    pipeline.sinks.emplace_back("dlq", ComponentPlan{.type = &file_, .config = {}, .node = {}, .fingerprint = {}});
    plan.pipelines.push_back(std::move(pipeline));
    return plan;
  }
  ComponentType store_;
  ComponentType file_;
};

TEST_F(GuaranteesTest, TheEmbeddedStoreRemembersForEver) {
  EXPECT_THAT(describe_guarantees(topology("embedded", {})),
              ElementsAre(HasSubstr("p: sink events (eventstoredb): exactly once in effect"),
                          HasSubstr("p: sink dlq (file): at least once")));
}

TEST_F(GuaranteesTest, ARealStoreForgetsAtARestart) {
  EXPECT_THAT(describe_guarantees(topology("esdb://h:2113", {{"expected_revision", "any"}})),
              ElementsAre(HasSubstr("memory of recent writes"), ::testing::_));
}

TEST_F(GuaranteesTest, APipelineThatIsOffSaysSo) {
  Topology plan = topology("embedded", {});
  plan.pipelines[0].enabled = false;
  EXPECT_THAT(describe_guarantees(plan), ElementsAre(HasSubstr("switched off")));
}

TEST_F(GuaranteesTest, PeersElsewhereAreNamedButNotTheirPasswords) {
  ComponentType kafka;
  kafka.name = "kafka";
  Topology plan = topology("esdb://admin:hunter2@h:2113", {});
  plan.connections["store"].type = &store_;
  plan.connections["broker"].type = &kafka;
  plan.connections["broker"].node = options({{"brokers", "kafka-1:9092"}});
  plan.connections["own"].type = &kafka;
  plan.connections["own"].node = config::Node::scalar("embedded", false, {});
  EXPECT_THAT(describe_peers_elsewhere(plan),
              ElementsAre(HasSubstr("Connection 'broker' names brokers of its own (kafka-1:9092)"),
                          ::testing::AllOf(HasSubstr("Connection 'store' names a store of its own"),
                                           ::testing::Not(HasSubstr("hunter2")))));
}

TEST(ConnectHints, NameTheAddressForEveryClient) {
  const std::string hints = describe_store_access("esdb://127.0.0.1:2113?tls=false");
  EXPECT_THAT(hints, HasSubstr("curl http://127.0.0.1:2113/health/live"));
  EXPECT_THAT(hints, HasSubstr("kurrentdbclient"));
  EXPECT_THAT(hints, HasSubstr("--store 'esdb://127.0.0.1:2113?tls=false'"));
}

}  // namespace
}  // namespace weir::cli
