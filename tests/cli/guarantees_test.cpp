#include "cli/run/guarantees.hpp"

#include "cli/run/connect_hints.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GuaranteesTest : public ::testing::Test {
 protected:
  GuaranteesTest() {
    stages::register_stages(registry_);
    connectors::kafka::register_kafka(registry_);
    connectors::eventstoredb::register_eventstoredb(registry_);
    sinks::register_sinks(registry_);
  }
  // A pipeline `p` that writes to `store`; the options as they stand in the file.
  Topology topology(const std::string& store, const std::string& sink_options = {},
                    const std::string& more_connections = {}) {
    const std::string yaml = "connections:\n  broker: { kafka: embedded }\n  store: { eventstoredb: " + store + " }\n" +
                             more_connections +
                             "pipelines:\n  p:\n    source: { kafka: { connection: broker, topics: [t], group: g } }\n"
                             "    stages: [ { decode: {} }, { persist: {} }, { ack: {} } ]\n    sinks:\n"
                             "      events: { eventstoredb: { connection: store" +
                             sink_options + " } }\n      dlq: { file: { path: d.jsonl } }\n";
    config::Diagnostics found;
    Topology plan = parse_topology(yaml, "f.yaml", registry_, [](const std::string&) { return std::nullopt; }, found);
    EXPECT_FALSE(found.has_errors()) << found.str();
    return plan;
  }
  Registry registry_;
};

TEST_F(GuaranteesTest, TheEmbeddedStoreRemembersForEver) {
  EXPECT_THAT(describe_guarantees(topology("{ url: embedded }")),
              ElementsAre(HasSubstr("p: sink events (eventstoredb): exactly once in effect"),
                          HasSubstr("p: sink dlq (file): at least once")));
}

TEST_F(GuaranteesTest, ARealStoreForgetsAtARestart) {
  EXPECT_THAT(describe_guarantees(topology("{ url: \"esdb://h:2113\" }", ", expected_revision: any")),
              ElementsAre(HasSubstr("memory of recent writes"), ::testing::_));
}

TEST_F(GuaranteesTest, APipelineThatIsOffSaysSo) {
  Topology plan = topology("{ url: embedded }");
  plan.pipelines[0].enabled = false;
  EXPECT_THAT(describe_guarantees(plan), ElementsAre(HasSubstr("switched off")));
}

TEST_F(GuaranteesTest, DefaultsAndShorthandsPromiseWhatTheyStandFor) {
  EXPECT_THAT(describe_guarantees(topology("{}")), ElementsAre(HasSubstr("exactly once in effect"), ::testing::_));
  EXPECT_THAT(describe_guarantees(topology("embedded")), ElementsAre(HasSubstr("exactly once"), ::testing::_));
  EXPECT_THAT(describe_guarantees(topology("\"esdb://h:2113\"")),
              ElementsAre(HasSubstr("memory of recent writes"), ::testing::_));
  EXPECT_THAT(describe_peers_elsewhere(topology("{}")), ::testing::IsEmpty());
}

TEST_F(GuaranteesTest, PeersElsewhereAreNamedButNotTheirPasswords) {
  const Topology plan =
      topology("\"esdb://admin:hunter2@h:2113\"", {}, "  away: { kafka: { brokers: \"kafka-1:9092\" } }\n");
  EXPECT_THAT(describe_peers_elsewhere(plan),
              ElementsAre(HasSubstr("Connection 'away' names brokers of its own (kafka-1:9092)"),
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
