// `weir echo`: the normal form of a configuration means the same as the configuration, and shows no secret (I10).
#include "pipeline/topology/normal_form.hpp"
#include "tests/cli/inspect_kit.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class EchoTest : public ::testing::Test {
 protected:
  EchoTest() { register_all(registry_); }

  std::string echo(const std::string& yaml, const std::map<std::string, std::string>& variables = {},
                   bool defaults = false) {
    return to_yaml_document(normal_form(plan_of(yaml, registry_, variables), registry_, defaults));
  }
  static std::string with_connections(const std::string& connections) {
    return "connections:\n" + connections + kOrders.substr(kOrders.find("pipelines:"));
  }
  std::vector<std::string> fingerprints(const std::string& yaml) {
    const Topology plan = plan_of(yaml, registry_);
    std::vector<std::string> all;
    for (const auto& [name, connection] : plan.connections) all.push_back(name + " " + connection.fingerprint);
    for (const PipelinePlan& pipeline : plan.pipelines) {
      all.push_back(pipeline.name + " " + pipeline.config_hash + " " + pipeline.source.fingerprint);
      for (const ComponentPlan& stage : pipeline.stages) all.push_back(stage.fingerprint);
      for (const auto& [name, sink] : pipeline.sinks) all.push_back(name + " " + sink.fingerprint);
    }
    return all;
  }

  Registry registry_;
};

TEST_F(EchoTest, TheNormalFormGivesTheSamePlanAndIsItsOwnNormalForm) {
  for (const std::string& yaml :
       {kOrders, read_source_file("pipelines.yaml"), read_source_file("tests/cli/data/orders.yaml")}) {
    for (const bool defaults : {false, true}) {
      const std::string once = echo(yaml, {}, defaults);
      EXPECT_EQ(fingerprints(once), fingerprints(yaml)) << once;
      EXPECT_EQ(echo(once, {}, defaults), once);
    }
  }
}

TEST_F(EchoTest, WhatEveryOptionMayHoldComesThrough) {
  std::string yaml = kOrders;
  const std::string sink = "events: { eventstoredb: { connection: s } }";
  yaml.replace(yaml.find(sink), sink.size(), R"(events:
        eventstoredb:
          connection: s
          stream: "{prefix}-{aggregate_id}"
          prefixes: { "odd \"name\"": "with \\ and\ttab, \x01 \x7f \u0085 and $${NAME}, 5", five: "5", t: "true" })");
  const std::string once = echo(yaml);
  EXPECT_EQ(fingerprints(once), fingerprints(yaml)) << once;
  EXPECT_EQ(echo(once), once);
  EXPECT_THAT(once, HasSubstr("$${NAME}"));
}

TEST_F(EchoTest, JsonIsTheSameConfiguration) {
  const std::string json = to_json_document(normal_form(plan_of(kOrders, registry_), registry_, true));
  EXPECT_EQ(fingerprints(json), fingerprints(kOrders));
  EXPECT_THAT(json, HasSubstr("\"lanes\": 2"));
  EXPECT_THAT(json, HasSubstr("\"memory\": \"64MiB\""));
}

TEST_F(EchoTest, VariablesArePutInAndShorthandAndAnchorsWrittenOut) {
  const std::string text = echo(R"(
x-common: &common { connection: b, group: g }
connections: { b: { kafka: "${BROKERS:a:1}" } }
pipelines:
  p:
    enabled: "${ON:false}"
    source: { kafka: { <<: *common, topics: [t] } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks: { out: { drop: {} } }
)",
                                {{"BROKERS", "c:2"}});
  EXPECT_EQ(text, R"(connections:
  b:
    kafka:
      brokers: "c:2"
pipelines:
  p:
    enabled: false
    source:
      kafka:
        connection: b
        topics: [t]
        group: g
    stages:
      - persist: {}
      - ack: {}
    sinks:
      out:
        drop: {}
)");
}

TEST_F(EchoTest, DefaultsAreWrittenOutOnDemand) {
  EXPECT_THAT(echo(kOrders), Not(HasSubstr("on_exhausted")));
  const std::string all = echo(kOrders, {}, true);
  EXPECT_THAT(all, HasSubstr("on_exhausted: pause"));
  EXPECT_THAT(all, HasSubstr("drain_timeout: 25s"));
  EXPECT_THAT(all, HasSubstr("max_entries: 1000000"));
}

// Every secret option of every component that there is. One that is new fails this test until it stands here.
TEST_F(EchoTest, I10_NoSecretOptionIsShown) {
  std::set<std::string> secrets;
  const std::function<void(const SpecBase&, const std::string&)> collect = [&](const SpecBase& spec,
                                                                               const std::string& path) {
    for (const OptionInfo& info : spec.options()) {
      if (info.secret || info.is_secret_key) secrets.insert(path + "." + info.key);
      if (info.object != nullptr) collect(*info.object, path + "." + info.key);
    }
  };
  for (const ComponentKind kind : {ComponentKind::connection, ComponentKind::source, ComponentKind::stage,
                                   ComponentKind::sink, ComponentKind::persist, ComponentKind::ack}) {
    for (const ComponentType* type : registry_.all(kind))
      collect(*type->spec, std::string(to_string(kind)) + "." + type->name);
  }
  EXPECT_EQ(secrets, (std::set<std::string>{"connection.eventstoredb.url", "connection.kafka.librdkafka",
                                            "connection.kafka.sasl.password", "connection.kafka.tls.key_password",
                                            "source.kafka.librdkafka"}));
  const std::string yaml = with_connections(R"(
  k:
    kafka:
      brokers: "a:9092"
      sasl: { mechanism: PLAIN, username: me, password: hunter2 }
      tls: { enabled: true, certificate: c.pem, key: k.pem, key_password: hunter2 }
      librdkafka: { ssl.keystore.password: hunter2, sasl.oauthbearer.config: hunter2, ssl.key.pem: hunter2 }
  s: { eventstoredb: { url: "esdb://admin:hunter2@h:2113?tls=false&odd=hunter2" } }
)");
  for (const bool defaults : {false, true}) {
    const std::string text = echo(yaml, {}, defaults);
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, HasSubstr("username: me"));
    EXPECT_THAT(text, HasSubstr("esdb://***:***@h:2113?tls=false&odd=***"));
    EXPECT_EQ(echo(text, {}, defaults), text) << "what is masked is still a configuration";
    EXPECT_THAT(to_json_document(normal_form(plan_of(yaml, registry_), registry_, defaults)),
                Not(HasSubstr("hunter2")));
  }
}

TEST_F(EchoTest, I10_AReferenceToASecretStaysAndTellsNothing) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("weir-echo-" + std::to_string(::getpid()));
  std::ofstream(file) << "hunter2\n";
  const auto connections = [&](const std::string& password, const std::string& client) {
    return with_connections("  k: { kafka: { brokers: \"a:9092\", client_id: \"" + client +
                            "\", sasl: { mechanism: PLAIN, username: me, password: \"" + password +
                            "\" } } }\n  s: { eventstoredb: {} }\n");
  };
  const std::string from_file = "${file:" + file.string() + "}";
  const std::string kept = echo(connections("${PASSWORD}", from_file), {{"PASSWORD", "hunter2"}});
  EXPECT_THAT(kept, HasSubstr("password: \"${PASSWORD}\""));
  EXPECT_THAT(kept, HasSubstr("client_id: \"" + from_file + "\""));
  for (const std::string& password :
       {std::string("${PASSWORD:hunter2}"), std::string("x${PASSWORD}"), "a" + from_file}) {
    const std::string text = echo(connections(password, "c" + from_file), {{"PASSWORD", "hunter2"}});
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, HasSubstr("password: \"***\""));
    EXPECT_THAT(text, HasSubstr("client_id: \"***\""));
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace weir::cli
