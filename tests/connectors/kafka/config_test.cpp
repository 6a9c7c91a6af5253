// What the `kafka` connection, source and sink accept, and what they say to the rest.
#include "connectors/kafka/connection.hpp"
#include "connectors/kafka/raw_properties.hpp"
#include "connectors/kafka/register.hpp"
#include "connectors/kafka/source_config.hpp"
#include "connectors/kafka/topic_expression.hpp"
#include "connectors/kafka/topic_name.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/topology/registry.hpp"
#include "sinks/kafka/register.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

template <class C>
C parse(const Spec<C>& spec, std::string_view yaml, std::string& findings) {
  config::Diagnostics out;
  const std::optional<config::Node> node = config::parse_yaml(yaml, "test.yaml", out);
  C parsed;
  if (node.has_value()) parsed = spec.parse(*node, "kafka", out);
  findings = out.str();
  return parsed;
}

TEST(KafkaConfigTest, TheDefaultsOfASource) {
  std::string findings;
  const KafkaSourceConfig config =
      parse(kafka_source_spec(), "{ connection: b, topics: [orders, \"^audit-.*\"], group: g }", findings);
  EXPECT_THAT(findings, IsEmpty());
  const ConsumerSettings settings = consumer_settings(config, ClusterSettings{});
  EXPECT_EQ(settings.session_timeout, std::chrono::seconds(30));
  EXPECT_EQ(settings.heartbeat_interval, std::chrono::seconds(3));
  EXPECT_FALSE(settings.from_latest);
  EXPECT_THAT(settings.instance_id, IsEmpty());
}

TEST(KafkaConfigTest, TopicsAreChecked) {
  EXPECT_THAT(check_topic("orders.v1_x-y"), IsEmpty());
  EXPECT_THAT(check_topic("^orders-(eu|us)$"), IsEmpty());
  EXPECT_THAT(check_topic("^orders-(eu"), HasSubstr("not a regular expression"));
  EXPECT_THAT(check_topic("my topic"), HasSubstr("begin with ^"));
  EXPECT_THAT(check_topic(""), Not(IsEmpty()));
  EXPECT_THAT(check_topic(".."), HasSubstr("not a topic's name"));
  EXPECT_THAT(check_topic(std::string("a\0", 2)), HasSubstr("zero byte"));
  EXPECT_THAT(check_topic(std::string(250, 'a')), HasSubstr("249"));
  std::string findings;
  parse(kafka_source_spec(), "{ connection: b, topics: [], group: g }", findings);
  EXPECT_THAT(findings, HasSubstr("at least one topic"));
}

TEST(KafkaConfigTest, PropertiesThatWeirOwnsAreRefusedWithTheReason) {
  for (const char* name :
       {"enable.auto.commit", "group.id", "enable.auto.offset.store", "isolation.level",
        "partition.assignment.strategy", "enable.idempotence", "sasl.password", "plugin.library.paths"}) {
    EXPECT_THAT(refuse_raw_property(name), HasSubstr(name));
  }
  EXPECT_THAT(refuse_raw_property("fetch.wait.max.ms"), IsEmpty());
  EXPECT_FALSE(is_secret_property("fetch.wait.max.ms"));
  for (const char* name :
       {"ssl.keystore.password", "sasl.oauthbearer.client.secret", "ssl.key.pem", "sasl.oauthbearer.config"})
    EXPECT_TRUE(is_secret_property(name)) << name;
  std::string findings;
  parse(kafka_source_spec(), "{ connection: b, topics: [a], group: g, librdkafka: { enable.auto.commit: true } }",
        findings);
  EXPECT_THAT(findings, HasSubstr("could lose messages"));
}

TEST(KafkaConfigTest, ASecretPropertyThatStandsInTheFileIsReported) {
  for (const char* name : {"ssl.keystore.password", "ssl.key.pem", "sasl.oauthbearer.config"}) {
    std::string findings;
    parse(kafka_connection_spec(), "{ brokers: \"a:9092\", librdkafka: { " + std::string(name) + ": hunter2 } }",
          findings);
    EXPECT_THAT(findings, AllOf(HasSubstr("[secret-in-clear]"), Not(HasSubstr("hunter2")))) << name;
  }
}

TEST(KafkaConfigTest, ARefusedPropertyNamesTheOptionThatSaysTheSame) {
  EXPECT_THAT(refuse_raw_property("session.timeout.ms"), HasSubstr("session_timeout of the source"));
  EXPECT_THAT(refuse_raw_property("sasl.password"), HasSubstr("sasl.password of the connection"));
  EXPECT_THAT(refuse_raw_property("auto.offset.reset"), HasSubstr("start of the source"));
}

TEST(KafkaConfigTest, ATopicIsNamedOnce) {
  std::string findings;
  parse(kafka_source_spec(), "{ connection: b, topics: [a, b, a], group: g }", findings);
  EXPECT_THAT(findings, HasSubstr("'a' is named twice"));
}

TEST(KafkaConfigTest, InternalTopicsAreNamedAndNotMeantByAnExpression) {
  EXPECT_THAT(check_topic("__consumer_offsets"), IsEmpty());
  EXPECT_THAT(check_topic("^__.*"), HasSubstr("name them exactly"));
  EXPECT_TRUE(means_topic("^.*", "orders"));
  EXPECT_FALSE(means_topic("^.*", "__consumer_offsets"));
  EXPECT_TRUE(means_topic("__consumer_offsets", "__consumer_offsets"));
  std::string findings;
  parse(kafka_source_spec(), "{ connection: b, topics: [\"^a\", __consumer_offsets], group: g }", findings);
  EXPECT_THAT(findings, HasSubstr("a pipeline of its own"));
}

TEST(KafkaConfigTest, TheHeartbeatFollowsTheSessionTimeout) {
  std::string findings;
  const KafkaSourceConfig config =
      parse(kafka_source_spec(), "{ connection: b, topics: [a], group: g, session_timeout: 6s }", findings);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_EQ(consumer_settings(config, ClusterSettings{}).heartbeat_interval, std::chrono::seconds(2));
}

TEST(KafkaConfigTest, AHeartbeatThatIsTooSlowIsRefused) {
  std::string findings;
  parse(kafka_source_spec(), "{ connection: b, topics: [a], group: g, session_timeout: 6s, heartbeat_interval: 3s }",
        findings);
  EXPECT_THAT(findings, HasSubstr("a third of session_timeout"));
}

TEST(KafkaConfigTest, TheConnectionTakesTlsAndSasl) {
  std::string findings;
  const KafkaConnectionConfig config = parse(kafka_connection_spec(),
                                             "{ brokers: \"a:9092, b:9092\", tls: { enabled: true, ca: ca.pem }, sasl: "
                                             "{ mechanism: SCRAM-SHA-512, username: u, password: p } }",
                                             findings);
  EXPECT_THAT(findings, AllOf(HasSubstr("[secret-in-clear]"), Not(HasSubstr("error"))));
  const ClusterSettings cluster = cluster_settings(config);
  EXPECT_TRUE(cluster.tls);
  EXPECT_EQ(cluster.tls_ca, "ca.pem");
  EXPECT_EQ(cluster.sasl_mechanism, "SCRAM-SHA-512");
  EXPECT_EQ(cluster.sasl_password, "p");
}

TEST(KafkaConfigTest, TheConnectionRefusesWhatCannotWork) {
  std::string findings;
  parse(kafka_connection_spec(), "{ brokers: \"\" }", findings);
  EXPECT_THAT(findings, HasSubstr("host:port"));
  parse(kafka_connection_spec(), "{ brokers: \"kafka://a:9092\" }", findings);
  EXPECT_THAT(findings, HasSubstr("without a scheme"));
  parse(kafka_connection_spec(), "{ brokers: \"a:1\", tls: { ca: x } }", findings);
  EXPECT_THAT(findings, HasSubstr("TLS is off"));
  parse(kafka_connection_spec(), "{ brokers: \"a:1\", sasl: { mechanism: MD5 } }", findings);
  EXPECT_THAT(findings, HasSubstr("SCRAM-SHA-256"));
}

TEST(KafkaConfigTest, EveryTemplateOfTheSinkIsChecked) {
  Registry registry;
  sinks::kafka::register_kafka_sink(registry);
  const std::shared_ptr<const ComponentType> type = registry.find(ComponentKind::sink, "kafka");
  const auto findings_of = [&type](const std::string& option) {
    config::Diagnostics out;
    const std::string yaml = "{ connection: main, " + option + " }";
    const std::optional<config::Node> node = config::parse_yaml(yaml, "test.yaml", out);
    type->parse(*node, "sinks.out.kafka", out);
    return out.str();
  };
  EXPECT_EQ(findings_of("topic: t, headers: { a: '{event_type}', b: 'plain {{', c: '', d: '{header:x}/{event_id}' }"),
            "");
  EXPECT_THAT(findings_of("topic: t, headers: { good: x, kind: '{evnt_type}' }"),
              HasSubstr("header 'kind': unknown field '{evnt_type}' (did you mean 'event_type'?)"));
  EXPECT_THAT(findings_of("topic: t, headers: { kind: '{event_type' }"), HasSubstr("not closed"));
  EXPECT_THAT(findings_of("topic: 't.{evnt_type}'"), HasSubstr("unknown field"));
  EXPECT_THAT(findings_of("topic: t, key: '{evnt_type}'"), HasSubstr("unknown field"));
}

TEST(KafkaConfigTest, EmbeddedIsAClearErrorInThisVersion) {
  Registry registry;
  register_kafka(registry);
  sinks::kafka::register_kafka_sink(registry);
  EXPECT_NE(registry.find(ComponentKind::source, "kafka"), nullptr);
  EXPECT_NE(registry.find(ComponentKind::sink, "kafka"), nullptr);
  const std::shared_ptr<const ComponentType> type = registry.find(ComponentKind::connection, "kafka");
  ASSERT_NE(type, nullptr);
  config::Diagnostics out;
  const std::optional<config::Node> node = config::parse_yaml("brokers: embedded", "test.yaml", out);
  const ComponentType::Config config = type->parse(*node, "connections.broker.kafka", out);
  EXPECT_FALSE(out.has_errors()) << out.str();
  SystemClock clock;
  Metrics metrics;
  testing::InlineBlocking blocking;
  BuildContext context{"p", "broker", 0, 1, clock, metrics, blocking, {}, {}, {}, {}};
  const Result<std::shared_ptr<Connection>> made = type->make_connection(config, context);
  ASSERT_TRUE(made.has_error());
  EXPECT_EQ(made.error().code(), Errc::unsupported);
  EXPECT_THAT(made.error().message(), HasSubstr("KAFKA_BROKERS"));
}

}  // namespace
}  // namespace weir::connectors::kafka
