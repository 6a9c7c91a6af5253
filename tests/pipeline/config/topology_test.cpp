#include "pipeline/topology/topology.hpp"

#include "tests/pipeline/config/components.hpp"
#include "tests/pipeline/config/support.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using config::Diagnostics;

constexpr std::string_view kGood = R"(connections:
  broker: { kafka: { brokers: "${BROKERS:embedded}", password: "${PASSWORD:hunter2}" } }
pipelines:
  main:
    enabled: "${ENABLED:true}"
    lanes: 4
    source: { kafka: { connection: broker, topics: [a] } }
    stages:
      - decode: { format: json }
      - persist: { on_exhausted: pause }
      - ack: {}
    sinks:
      events: { file: { path: e.jsonl } }
      dlq: { file: { path: d.jsonl } }
)";

class TopologyTest : public testing::Test {
 protected:
  Topology parse(std::string_view yaml) {
    return parse_topology(yaml, "f.yaml", registry_, config::environment(values_), out_);
  }
  // kGood with one text replaced by another.
  static std::string with(std::string_view old_text, std::string_view new_text) {
    std::string yaml(kGood);
    const std::size_t at = yaml.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    return yaml.replace(at, old_text.size(), new_text);
  }
  // All findings for a text that is expected to be refused.
  std::string refused(std::string_view yaml) {
    parse(yaml);
    EXPECT_TRUE(out_.has_errors()) << yaml;
    return out_.str();
  }

  const Registry registry_ = test_registry();
  std::map<std::string, std::string> values_;
  Diagnostics out_;
};

TEST_F(TopologyTest, ReadsAWholePlan) {
  const Topology topology = parse(kGood);
  EXPECT_EQ(out_.str(), "");
  ASSERT_EQ(topology.connections.size(), 1U);
  EXPECT_EQ(topology.connections.at("broker").type->name, "kafka");
  ASSERT_EQ(topology.pipelines.size(), 1U);
  const PipelinePlan& plan = topology.pipelines[0];
  EXPECT_EQ(plan.name, "main");
  EXPECT_TRUE(plan.enabled);
  EXPECT_EQ(plan.settings.lanes, 4U);
  EXPECT_EQ(plan.settings.batch_messages, 1000U);
  EXPECT_EQ(plan.settings.memory, 64_MiB);
  EXPECT_EQ(plan.settings.window_batches, 8U);
  EXPECT_EQ(plan.settings.commit_interval, 1s);
  EXPECT_EQ(plan.settings.drain_timeout, 25s);
  EXPECT_EQ(plan.source.type->name, "kafka");
  EXPECT_EQ(static_cast<const testing_components::Source*>(plan.source.config.get())->topics,
            std::vector<std::string>{"a"});
  ASSERT_EQ(plan.stages.size(), 1U) << "persist and ack are no stages of the chain";
  EXPECT_EQ(plan.stages[0].type->name, "decode");
  EXPECT_EQ(plan.persist.on_exhausted, OnExhausted::pause);
  ASSERT_EQ(plan.sinks.size(), 2U);
  EXPECT_EQ(plan.sinks[0].first, "events");
  EXPECT_EQ(plan.default_sink, 0U);
  EXPECT_EQ(plan.dlq, 1U);
  EXPECT_EQ(plan.config_hash.size(), 16U);
  EXPECT_EQ(plan.config_hash.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST_F(TopologyTest, SettingsAreTypedFromTheEnvironment) {
  values_ = {{"ENABLED", "false"}};
  EXPECT_FALSE(parse(kGood).pipelines.at(0).enabled);
  EXPECT_EQ(out_.str(), "");
  values_ = {{"ENABLED", "no"}};
  EXPECT_NE(refused(kGood).find("f.yaml:5:14: error: pipelines.main.enabled: expected true or false"),
            std::string::npos);
}

TEST_F(TopologyTest, HashAndFingerprintsFollowMeaningAndKeepSecrets) {
  const PipelinePlan plan = parse(kGood).pipelines.at(0);
  EXPECT_EQ(parse(with("lanes: 4", "lanes: 4   # the same")).pipelines.at(0).config_hash, plan.config_hash);
  EXPECT_NE(parse(with("lanes: 4", "lanes: 5")).pipelines.at(0).config_hash, plan.config_hash);
  EXPECT_NE(parse(with("e.jsonl", "x.jsonl")).pipelines.at(0).config_hash, plan.config_hash);
  EXPECT_NE(parse(with("topics: [a]", "topics: [b]")).pipelines.at(0).config_hash, plan.config_hash);
  const std::string one = parse(kGood).connections.at("broker").fingerprint;
  EXPECT_EQ(one, parse(kGood).connections.at("broker").fingerprint);
  EXPECT_EQ(one.find("hunter2"), std::string::npos);
  values_ = {{"PASSWORD", "another"}};
  EXPECT_NE(one, parse(kGood).connections.at("broker").fingerprint);
}

TEST_F(TopologyTest, OwnTopLevelKeysAreAHomeForAnchors) {
  parse("x-persist: &p { on_exhausted: pause }\n" + with("{ on_exhausted: pause }", "*p"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(TopologyTest, SeveralSinksHaveNoDefault) {
  const Topology topology = parse(with("      dlq:", "      more: { stdout: {} }\n      dlq:"));
  EXPECT_EQ(topology.pipelines.at(0).default_sink, kNoSink);
  EXPECT_FALSE(out_.has_errors());
  EXPECT_NE(out_.str().find("f.yaml:13:7: warning: pipelines.main.sinks: there are several sinks and no stage 'route'"),
            std::string::npos)
      << out_.str();
}

TEST_F(TopologyTest, ARouteStageSilencesThatAndIsChecked) {
  const std::string yaml = with("      dlq:", "      more: { stdout: {} }\n      dlq:");
  const std::size_t at = yaml.find("      - persist");
  parse(std::string(yaml).insert(at, "      - route: { to: more }\n"));
  EXPECT_EQ(out_.str(),
            "f.yaml:14:23: warning: pipelines.main.sinks.events: no route leads to the sink 'events': nothing is ever "
            "written to it (add a pattern for it, or remove it) [unreached-sink]\n");
  EXPECT_NE(refused(std::string(yaml).insert(at, "      - route: { to: nowhere }\n"))
                .find("pipelines.main.stages[1].route: no sink 'nowhere'"),
            std::string::npos);
}

TEST_F(TopologyTest, APlanOwnsTheTypesItWasMadeWith) {
  Topology topology;
  {
    const Registry registry = test_registry();
    topology = parse_topology(kGood, "f.yaml", registry, config::environment(values_), out_);
  }
  const ComponentPlan& broker = topology.connections.at("broker");
  std::string text;
  broker.type->write(broker.config, config::hide_secret, text);
  EXPECT_NE(text.find("embedded"), std::string::npos) << text;
}

TEST_F(TopologyTest, ASinkIsCheckedInItsRole) {
  Registry registry = test_registry();
  std::vector<std::pair<std::string, SinkRole>> seen;
  registry.add_sink<testing_components::File>(
      "noted", Spec<testing_components::File>("Notes."),
      [](const auto&, BuildContext&) { return Error(Errc::unsupported, "only for checks"); }, {},
      [&seen](const auto&, const config::Node&, const CheckScope& scope, Diagnostics&) {
        seen.emplace_back(scope.path, scope.role);
      });
  std::string yaml = with("file: { path: e.jsonl }", "noted: {}");
  yaml.replace(yaml.find("file: { path: d.jsonl }"), std::string_view("file: { path: d.jsonl }").size(), "noted: {}");
  parse_topology(yaml, "f.yaml", registry, config::environment(values_), out_);
  const std::vector<std::pair<std::string, SinkRole>> expected{
      {"pipelines.main.sinks.events.noted", SinkRole::target},
      {"pipelines.main.sinks.dlq.noted", SinkRole::dead_letters}};
  EXPECT_EQ(seen, expected);
}

TEST_F(TopologyTest, NoDeadLetterSinkIsAWarning) {
  parse(with("      dlq: { file: { path: d.jsonl } }\n", ""));
  EXPECT_FALSE(out_.has_errors());
  EXPECT_NE(out_.str().find("warning: pipelines.main.sinks: there is no sink named 'dlq'"), std::string::npos);
}

TEST_F(TopologyTest, UnusedConnectionsAreAWarning) {
  parse(with("pipelines:", "  spare: { eventstoredb: {} }\npipelines:"));
  EXPECT_EQ(
      out_.str(),
      "f.yaml:3:3: warning: connections.spare: no pipeline uses this connection (remove it) [unused-connection]\n");
}

TEST_F(TopologyTest, TwoPipelinesMayReadTheSame) {
  std::string yaml(kGood);
  yaml += "  second:\n" + yaml.substr(yaml.find("    enabled"));
  EXPECT_EQ(parse(yaml).pipelines.size(), 2U);
  EXPECT_EQ(out_.str(), "");
}

struct BadTopology {
  const char* name;
  const char* old_text;
  const char* new_text;
  const char* finding;
};
class TopologyRefusesTest : public TopologyTest, public testing::WithParamInterface<BadTopology> {};

TEST_P(TopologyRefusesTest, WithPlaceAndAdvice) {
  const std::string findings = refused(with(GetParam().old_text, GetParam().new_text));
  EXPECT_NE(findings.find(GetParam().finding), std::string::npos) << findings;
}

INSTANTIATE_TEST_SUITE_P(
    Table, TopologyRefusesTest,
    testing::Values(
        BadTopology{"TopLevelKey", "pipelines:", "pipeline:",
                    "f.yaml:3:1: error: unknown key 'pipeline'; known are connections, pipelines, defaults (did you "
                    "mean 'pipelines'?)"},
        BadTopology{"OtherTopLevelKey", "pipelines:", "settings:", "begin with 'x-'"},
        BadTopology{"PipelineKey", "lanes: 4", "lane: 4", "f.yaml:6:5: error: pipelines.main: unknown key 'lane'"},
        BadTopology{"PipelineName", "  main:", "  Main Job:",
                    "f.yaml:4:3: error: pipelines.Main Job: 'Main Job' is not a name: names are made of a-z"},
        BadTopology{"SinkName", "      events:", "      eVents:", "'eVents' is not a name"},
        BadTopology{"ConnectionsList",
                    "  broker: { kafka: { brokers: \"${BROKERS:embedded}\", password: \"${PASSWORD:hunter2}\" } }",
                    "  - broker", "f.yaml:2:3: error: connections: expected a mapping of names, found a list"},
        BadTopology{
            "UnknownStage", "- decode:", "- decde:",
            "f.yaml:9:9: error: pipelines.main.stages[0]: there is no stage named 'decde' (did you mean 'decode'?) "
            "[unknown-component]"},
        BadTopology{"UnknownSource",
                    "source: { kafka:", "source: { kafak:", "there is no source named 'kafak' (did you mean 'kafka'?)"},
        BadTopology{"UnknownSink", "events: { file:", "events: { postgres:",
                    "there is no sink named 'postgres' (known: file, stdout)"},
        BadTopology{"UnknownConnectionKind",
                    "broker: { kafka:", "broker: { kafkaa:", "there is no connection named 'kafkaa'"},
        BadTopology{"NearestPersist", "- persist:", "- presist:", "did you mean 'persist'?"},
        BadTopology{"OptionOfAStage", "format: json", "fromat: json",
                    "f.yaml:9:19: error: pipelines.main.stages[0].decode: unknown key 'fromat'"},
        BadTopology{"ValueOfAStage", "format: json", "format: xml",
                    "pipelines.main.stages[0].decode.format: expected one of json, raw, found 'xml'"},
        BadTopology{"TwoKeysInAStage", "- decode: { format: json }", "- decode: {}\n        format: json",
                    "f.yaml:10:9: error: pipelines.main.stages[0]: expected one key, the name of a stage; a second one "
                    "stands here"},
        BadTopology{"NoKeyInAStage", "- decode: { format: json }", "- {}",
                    "expected one key with the name of a stage (known: decode, route, persist, ack)"},
        BadTopology{
            "BareStage", "- ack: {}", "- ack",
            "f.yaml:11:9: error: pipelines.main.stages[2]: expected one key with the name of a stage, found 'ack' "
            "(write 'ack: {}')"},
        BadTopology{"StagesAsMapping",
                    "      - decode: { format: json }\n      - persist: { on_exhausted: pause }\n      - ack: {}",
                    "      decode: {}", "put '- ' before each stage"},
        BadTopology{"SinksAsList", "      events: { file: { path: e.jsonl } }\n      dlq: { file: { path: d.jsonl } }",
                    "      - file: {}", "pipelines.main.sinks: expected a mapping of sinks"},
        BadTopology{
            "NoStages",
            "    stages:\n      - decode: { format: json }\n      - persist: { on_exhausted: pause }\n      - ack: "
            "{}\n",
            "", "'stages' is required (add for instance 'stages: [ { decode: {} }"},
        BadTopology{"NoSource", "    source: { kafka: { connection: broker, topics: [a] } }\n", "",
                    "pipelines.main: 'source'"},
        BadTopology{"NoPersist", "      - persist: { on_exhausted: pause }\n", "",
                    "f.yaml:9:7: error: pipelines.main.stages: the stage 'persist' is missing"},
        BadTopology{"NoAck", "      - ack: {}\n", "", "the stage 'ack' is missing"},
        BadTopology{"TwoPersist", "      - ack: {}", "      - persist: {}\n      - ack: {}",
                    "f.yaml:11:9: error: pipelines.main.stages[2]: 'persist' stands here a second time"},
        BadTopology{"TwoAck", "      - ack: {}", "      - ack: {}\n      - ack: {}", "'ack' stands here a second time"},
        BadTopology{
            "StageBetween", "      - ack: {}", "      - decode: {}\n      - ack: {}",
            "the stage 'decode' stands between 'persist' and 'ack' (nothing may: move 'decode' before 'persist') "
            "[stage-order]"},
        BadTopology{"StageAfterAck", "      - ack: {}", "      - ack: {}\n      - decode: {}",
                    "the stage 'decode' stands after 'ack'"},
        BadTopology{"AckBeforePersist", "      - persist: { on_exhausted: pause }\n      - ack: {}",
                    "      - ack: {}\n      - persist: {}", "'persist' stands after 'ack'"},
        BadTopology{"OnlyADeadLetterSink", "      events: { file: { path: e.jsonl } }\n", "", "no sink but 'dlq'"},
        BadTopology{"EmptySinks", "      events: { file: { path: e.jsonl } }\n      dlq: { file: { path: d.jsonl } }",
                    "      {}", "the pipeline has no sink (add one"},
        BadTopology{
            "ExhaustedWithoutDlq",
            "{ on_exhausted: pause }\n      - ack: {}\n    sinks:\n      events: { file: { path: e.jsonl } }\n     "
            " dlq:",
            "{ on_exhausted: dlq }\n      - ack: {}\n    sinks:\n      events:", "f.yaml:10:34: error: "},
        BadTopology{"MissingConnection", "connection: broker", "connection: brokr",
                    "f.yaml:7:36: error: pipelines.main.source.kafka.connection: no connection 'brokr' of kind 'kafka' "
                    "(did you mean 'broker'?) [unknown-connection]"},
        BadTopology{"ConnectionOfAnotherKind", "broker: { kafka:", "broker: { eventstoredb:",
                    "the connection 'broker' is of kind 'eventstoredb', wanted is 'kafka'"},
        BadTopology{
            "UnsetVariable", "e.jsonl", "\"${NOT_SET}\"",
            "f.yaml:13:31: error: pipelines.main.sinks.events.file.path: the environment variable 'NOT_SET' is not "
            "set"},
        BadTopology{"WindowOfNothing", "lanes: 4", "window: 0",
                    "pipelines.main.window: expected a value from 1 to 1024, found '0'"},
        BadTopology{"PipelineIsAWord", "    enabled: \"${ENABLED:true}\"", "    5", "[syntax]"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(TopologyTest, ExhaustedWithoutDlqSaysWhatToDo) {
  const std::string findings = refused(
      "connections: { b: { kafka: {} } }\npipelines:\n  p:\n    source: { kafka: { connection: b } }\n"
      "    stages: [ { persist: { on_exhausted: dlq } }, { ack: {} } ]\n    sinks: { events: { file: {} } }\n");
  EXPECT_EQ(findings,
            "f.yaml:5:42: error: pipelines.p: 'on_exhausted: dlq' needs a sink named 'dlq', and there is none "
            "(add 'dlq' under 'sinks:', or write on_exhausted: pause) [no-dlq]\n");
}

TEST_F(TopologyTest, FilesWithoutPipelines) {
  for (const char* yaml : {"", "# nothing\n", "pipelines:\n", "pipelines: {}\n", "connections: {}\n"}) {
    out_ = Diagnostics();
    EXPECT_EQ(refused(yaml),
              "f.yaml: error: no pipelines are defined here (add one under 'pipelines:') [no-pipelines]\n");
  }
  out_ = Diagnostics();
  EXPECT_NE(refused("- a\n").find(
                "f.yaml:1:1: error: expected a mapping with the keys 'connections' and 'pipelines', found a list"),
            std::string::npos);
  out_ = Diagnostics();
  EXPECT_NE(refused("pipelines: [a]\n").find("pipelines: expected a mapping of names"), std::string::npos);
  out_ = Diagnostics();
  EXPECT_NE(refused("pipelines: { p: }\n").find("'source'"), std::string::npos);
  out_ = Diagnostics();
  EXPECT_NE(refused("pipelines: { p: 5 }\n").find("pipelines.p: expected a mapping of options"), std::string::npos);
}

TEST_F(TopologyTest, ABrokenFileIsReportedOnce) {
  const std::string findings = refused("pipelines: [\n");
  EXPECT_EQ(out_.error_count(), 1U) << findings;
}

TEST_F(TopologyTest, SecretsAreNotShown) {
  values_ = {{"PASSWORD", "s3cr3t-value"}};
  const std::string findings = refused(with("password:", "pasword:") + "  5: {}\n");
  EXPECT_EQ(findings.find("s3cr3t-value"), std::string::npos);
  const PipelinePlan plan = parse(kGood).pipelines.at(0);
  EXPECT_EQ(plan.source.fingerprint.find("s3cr3t"), std::string::npos);
}

TEST_F(TopologyTest, TooManyEntriesEnd) {
  std::string yaml = "pipelines:\n";
  for (int i = 0; i < 5000; ++i) yaml += "  p" + std::to_string(i) + ": {}\n";
  EXPECT_NE(refused(yaml).find("more than 1000 entries"), std::string::npos);
  out_ = Diagnostics();
  std::string sinks = with("      dlq:", "      s: { file: {} }\n      dlq:");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "      s" + std::to_string(i) + ": { file: {} }\n";
  EXPECT_NE(refused(with("      dlq:", many + "      dlq:")).find("more than 1000 entries"), std::string::npos);
}

TEST(RegistryTest, FindsByKindAndName) {
  const Registry registry = test_registry();
  ASSERT_NE(registry.find(ComponentKind::stage, "decode"), nullptr);
  EXPECT_EQ(registry.find(ComponentKind::stage, "persist")->kind, ComponentKind::persist)
      << "stands in the list of stages";
  EXPECT_EQ(registry.find(ComponentKind::stage, "ack")->kind, ComponentKind::ack);
  EXPECT_EQ(registry.find(ComponentKind::source, "decode"), nullptr);
  EXPECT_EQ(registry.find(ComponentKind::sink, "nothing"), nullptr);
  ASSERT_EQ(registry.all(ComponentKind::sink).size(), 2U);
  EXPECT_EQ(registry.all(ComponentKind::sink)[0]->name, "file");
  EXPECT_EQ(registry.names(ComponentKind::stage), (std::vector<std::string_view>{"decode", "route", "persist", "ack"}));
  EXPECT_FALSE(registry.embedded("kafka"));
}

TEST(RegistryDeathTest, ANameTakenTwiceIsABug) {
  Registry registry = test_registry();
  EXPECT_DEBUG_DEATH(registry.add_ack("ack", Spec<Registry::AckConfig>("Again.")), "same name");
}

}  // namespace
}  // namespace weir
