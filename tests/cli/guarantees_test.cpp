#include "cli/run/guarantees.hpp"

#include "cli/run/connect_hints.hpp"
#include "cli/run/data_dir.hpp"
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
              ElementsAre("p/events: exactly once in effect (mode any)", "p/dlq: at least once"));
}

TEST_F(GuaranteesTest, ARealStoreForgetsAtARestart) {
  EXPECT_THAT(describe_guarantees(topology("{ url: \"esdb://h:2113\" }", ", expected_revision: any")),
              ElementsAre(HasSubstr("as far back as the store remembers"), ::testing::_));
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
              ElementsAre(HasSubstr("as far back as the store remembers"), ::testing::_));
  EXPECT_THAT(describe_peers_elsewhere(topology("{}")), ::testing::IsEmpty());
}

TEST_F(GuaranteesTest, APromiseIsSaidOnceForAllItsSinks) {
  Topology plan = topology("{ url: embedded }");
  plan.pipelines.push_back(plan.pipelines.front());
  plan.pipelines.back().name = "q";
  EXPECT_THAT(describe_guarantees(plan),
              ElementsAre("p/events, q/events: exactly once in effect (mode any)", "p/dlq, q/dlq: at least once"));
}

TEST_F(GuaranteesTest, EmbeddedServersThatAreUsedAreNamed) {
  const Topology plan = topology("\"esdb://h:2113\"", {}, "  spare: { eventstoredb: embedded }\n");
  EXPECT_THAT(
      describe_embedded(plan, "/data"),
      ElementsAre(::testing::AllOf(HasSubstr("connection 'broker' is embedded: this process runs a broker of its own"),
                                   HasSubstr("'/data'"))));
  EXPECT_THAT(describe_embedded(topology("embedded"), "/data"), ::testing::SizeIs(2));
  Topology off = topology("embedded");
  off.pipelines[0].enabled = false;
  EXPECT_THAT(describe_embedded(off, "/data"), ::testing::IsEmpty());
}

TEST_F(GuaranteesTest, OnlyWhatIsKeptNeedsTheDataDirectory) {
  Topology plan = topology("\"esdb://h:2113\"");
  EXPECT_TRUE(data_needs_of(plan).servers) << "the broker is embedded";
  plan.connections.at("broker").description.peer.is_embedded = false;
  EXPECT_FALSE(data_needs_of(plan).any());
  plan.pipelines[0].source.description.keeps_data = true;
  EXPECT_THAT(data_needs_of(plan).pipelines, ElementsAre("p"));
  plan.pipelines[0].enabled = false;
  EXPECT_FALSE(data_needs_of(plan).any());
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
