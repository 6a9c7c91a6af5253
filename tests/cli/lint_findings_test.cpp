// What lint says of a whole file with the components that weir ships: what cannot work together is found before it runs.
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A pipeline of one line each: what it reads, what its stages are before persist, where it writes.
struct Lines {
  std::string name = "p";
  std::string source = "connection: k, topics: [orders], group: p";
  std::string stages = "{ decode: {} }";
  std::string sinks = {};  // empty: one of its own
  std::string more;

  std::string str() const {
    return "  " + name + ":\n    source: { kafka: { " + source + " } }\n    stages: [ " + stages +
           (stages.empty() ? "" : ", ") + "{ persist: {} }, { ack: {} } ]\n    sinks: { " +
           (sinks.empty() ? "out: { file: { path: " + name + ".jsonl } }" : sinks) + ", dlq: { file: { path: " + name +
           ".dlq } } }\n" + more;
  }
};

Lines named(const std::string& name, const std::string& topics, const std::string& sinks) {
  Lines lines;
  lines.name = name;
  lines.source = "connection: k, topics: [" + topics + "], group: " + name;
  lines.sinks = sinks;
  return lines;
}

class LintFindingsTest : public ::testing::Test {
 protected:
  LintFindingsTest() {
    stages::register_stages(registry_);
    connectors::kafka::register_kafka(registry_);
    connectors::eventstoredb::register_eventstoredb(registry_);
    sinks::register_sinks(registry_);
  }
  std::string lint_text(const std::string& yaml) {
    config::Diagnostics found;
    parse_topology(
        yaml, "f.yaml", registry_,
        [](const std::string& name) -> std::optional<std::string> {
          return name == "TOPIC" ? std::optional<std::string>("orders") : std::nullopt;
        },
        found);
    return found.str();
  }
  std::string lint(const std::vector<Lines>& pipelines, const std::string& connections = {}) {
    std::string yaml = "connections:\n  k: { kafka: { brokers: \"a:9092,b:9092\" } }\n" + connections + "pipelines:\n";
    for (const Lines& lines : pipelines) yaml += lines.str();
    return lint_text(yaml);
  }
  // Of one pipeline that reads `topics` and writes to the topic `output`.
  std::string lint_loop(const std::string& topics, const std::string& output) {
    return lint({named("p", topics, "out: { kafka: { connection: k, topic: \"" + output + "\" } }")});
  }
  Registry registry_;
};

TEST_F(LintFindingsTest, AnOutputThatThePipelineReadsIsAnError) {
  EXPECT_THAT(
      lint_loop("orders, copies", "copies"),
      AllOf(HasSubstr("f.yaml:7:52: error: pipelines.p.sinks.out: the sink 'out' of the pipeline 'p' writes to the "
                      "topic 'copies', and the pipeline reads it: what it writes would go round for ever"),
            HasSubstr("[output-is-input]")));
  EXPECT_THAT(lint_loop("orders, orders.copy", "{topic}.copy"), HasSubstr("error: ")) << "by its template";
  EXPECT_THAT(lint_loop("orders", "{topic}"), HasSubstr("error: "));
  EXPECT_EQ(lint_loop("orders", "copies"), "");
  EXPECT_EQ(lint_loop("orders", "{topic}.copy"), "");
  EXPECT_EQ(lint_loop("orders", "{event_type}"), "") << "a type may be any";
}

TEST_F(LintFindingsTest, SoIsTheTopicOfDeadLetters) {
  Lines lines = named("p", "orders, letters", "out: { file: { path: o } }");
  lines.more = "";
  std::string yaml = "connections: { k: { kafka: a } }\npipelines:\n" + lines.str();
  const std::string file = "dlq: { file: { path: p.dlq } }";
  yaml.replace(yaml.find(file), file.size(), "dlq: { kafka: { connection: k, topic: letters } }");
  EXPECT_THAT(lint_text(yaml), HasSubstr("the sink 'dlq' of the pipeline 'p' writes to the topic 'letters'"));
}

TEST_F(LintFindingsTest, AnExpressionThatTakesAFixedNameSurelyReadsIt) {
  EXPECT_THAT(
      lint_loop("\"^.*\"", "copies"),
      AllOf(HasSubstr("error: "), HasSubstr("and the pipeline reads it where '^.*' matches: what it writes would "
                                            "go round for ever")));
  EXPECT_EQ(lint_loop("\"^[a-b].*\"", "copies"), "");
}

TEST_F(LintFindingsTest, AnExpressionThatMayTakeAnOutputIsAWarning) {
  EXPECT_THAT(lint_loop("\"^.*\"", "{topic}.dlq"),
              AllOf(HasSubstr("warning: "), HasSubstr("the topic that '{topic}.dlq' makes"), HasSubstr("'x.dlq'")));
  EXPECT_THAT(lint_loop("\"^orders-.*\"", "{topic}.dlq"), HasSubstr("warning: "));
  EXPECT_THAT(lint_loop("\"^.*\"", "{event_type}"), HasSubstr("warning: "));
  EXPECT_THAT(lint_loop("\"^(a|b)[0-9]+\"", "{topic}.dlq"), HasSubstr("'a0.dlq'"));
  EXPECT_EQ(lint_loop("\"^orders-[0-9]+$\"", "{topic}.dlq"), "");
  EXPECT_EQ(lint_loop("\"^(orders|payments)$\"", "{topic}.dlq"), "");
  EXPECT_EQ(lint_loop("\"^orders\"", "copies"), "");
}

TEST_F(LintFindingsTest, PipelinesThatFeedEachOther) {
  const Lines there = named("there", "a", "out: { kafka: { connection: k, topic: b } }");
  const Lines back = named("back", "b", "out: { kafka: { connection: k, topic: a } }");
  EXPECT_THAT(
      lint({there, back}),
      AllOf(HasSubstr("error: pipelines.there.sinks.out: the sink 'out' of the pipeline 'there' writes to the topic "
                      "'b', and the pipeline 'back' reads it and feeds 'there' again"),
            HasSubstr("error: pipelines.back.sinks.out: ")));
  EXPECT_THAT(lint({there, named("back", "\"^b\"", "out: { kafka: { connection: k, topic: a } }")}),
              HasSubstr("error: pipelines.back.sinks.out: "));
  EXPECT_THAT(lint({there, named("back", "\"^b\"", "out: { kafka: { connection: k, topic: \"{key}\" } }")}),
              Not(HasSubstr("error: ")));
  EXPECT_EQ(lint({there, named("on", "b", "out: { kafka: { connection: k, topic: c } }")}), "");
  Lines off = back;
  off.more = "    enabled: false\n";
  EXPECT_EQ(lint({there, off}), "");
}

TEST_F(LintFindingsTest, TheSameServerUnderAnotherName) {
  const Lines lines = named("p", "orders", "out: { kafka: { connection: other, topic: orders } }");
  EXPECT_THAT(lint({lines}, "  other: { kafka: { brokers: \"c:9092, b:9092\" } }\n"), HasSubstr("error: "));
  EXPECT_THAT(lint({lines}, "  other: { kafka: { brokers: \"B\" } }\n"), HasSubstr("error: "))
      << "hosts do not know case, and a port may be left away";
  EXPECT_EQ(lint({lines}, "  other: { kafka: { brokers: \"b:9093\" } }\n"), "");
  EXPECT_EQ(lint({lines}, "  other: { kafka: { brokers: \"c:9092\" } }\n"), "") << "a topic of another cluster";
  EXPECT_EQ(lint({lines}, "  other: { kafka: embedded }\n"), "");
}

TEST_F(LintFindingsTest, AFileOfVeryManyNamesIsCheckedAsFarAsItGoes) {
  std::string topics = "\"^a.*\"";
  for (int i = 0; i < 20000; ++i) topics += ", t" + std::to_string(i);
  std::string sinks = "out: { kafka: { connection: k, topic: other } }";
  for (int i = 0; i < 300; ++i)
    sinks +=
        ", s" + std::to_string(i) + ": { kafka: { connection: k, topic: \"{topic}.s" + std::to_string(i) + "\" } }";
  EXPECT_THAT(lint({named("p", topics, sinks)}), HasSubstr("[not-checked]"));
}

TEST_F(LintFindingsTest, WhatCameOutOfTheEnvironmentIsNotShown) {
  const std::string found = lint({named("p", "orders", "out: { kafka: { connection: k, topic: \"${TOPIC}\" } }")});
  EXPECT_THAT(found, AllOf(HasSubstr("writes to the topic (out of ${...})"), Not(HasSubstr("'orders'"))));
}

TEST_F(LintFindingsTest, OneGroupForTwoPipelinesThatReadTheSame) {
  Lines one;
  one.name = "one";
  Lines two;
  two.name = "two";
  EXPECT_THAT(
      lint({one, two}),
      AllOf(HasSubstr("error: pipelines.two.source: the group 'p' is that of the pipeline 'one' too, and both read "
                      "the topic 'orders': each record would go to one of the two only"),
            HasSubstr("[shared-group]")));
  two.source = "connection: k, topics: [\"^ord.*\"], group: p";
  EXPECT_THAT(lint({one, two}), HasSubstr("[shared-group]"));
  two.source = "connection: k, topics: [payments], group: p";
  EXPECT_THAT(lint({one, two}), AllOf(HasSubstr("warning: pipelines.two.source: the group 'p' is that of the pipeline "
                                                "'one' too, which reads other topics"),
                                      HasSubstr("[mixed-group]")));
  two.source = "connection: k, topics: [orders], group: q";
  EXPECT_EQ(lint({one, two}), "");
}

TEST_F(LintFindingsTest, FieldsOfAnEventNeedADecodeBeforeThem) {
  Lines lines;
  lines.stages = "{ route: { by: event_type, to: { default: out } } }";
  EXPECT_THAT(lint({lines}),
              AllOf(HasSubstr("error: pipelines.p.stages: the stage 'route' needs 'event_type', and no stage "
                              "before it decodes messages"),
                    HasSubstr("(add '- decode: {}' before it) [not-decoded]")));
  lines.stages += ", { decode: {} }";
  EXPECT_THAT(lint({lines}), HasSubstr("[not-decoded]")) << "one that comes too late";
  lines.stages = "{ route: { by: \"header:tenant\", to: { default: out } } }";
  EXPECT_EQ(lint({lines}), "");
  lines.stages = "{ dedupe: {} }";
  EXPECT_THAT(lint({lines}), HasSubstr("the stage 'dedupe' needs 'event_id'"));
  lines.stages = "";
  lines.sinks = "out: { kafka: { connection: k, topic: \"all-{aggregate_type}\" } }";
  EXPECT_THAT(lint({lines}), HasSubstr("the sink 'out' needs 'aggregate_type'"));
  lines.sinks = "out: { kafka: { connection: k, topic: all, key: \"{aggregate_id}\" } }";
  EXPECT_THAT(lint({lines}), HasSubstr("the sink 'out' needs 'aggregate_id'"));
}

TEST_F(LintFindingsTest, ASecondRouteThatUndoesTheFirst) {
  Lines lines;
  lines.sinks = "out: { file: { path: o } }, other: { file: { path: e } }";
  const std::string second = "{ route: { to: { default: out } } }";
  lines.stages = "{ decode: {} }, { route: { to: { \"A*\": other, default: out } } }, " + second;
  EXPECT_THAT(lint({lines}), AllOf(HasSubstr("this stage 'route' chooses the sink anew: what the one at f.yaml:6:"),
                                   HasSubstr("[routed-twice]")));
  lines.stages = "{ decode: {} }, { route: { to: { \"A*\": drop, default: out } } }, " + second;
  lines.sinks = "";
  EXPECT_EQ(lint({lines}), "") << "the first one only takes messages out";
}

TEST_F(LintFindingsTest, AStarInTheMiddleOfAPattern) {
  Lines lines;
  lines.stages = "{ decode: {} }, { route: { to: { \"Order*Placed\": out, default: drop } } }";
  EXPECT_THAT(lint({lines}), AllOf(HasSubstr("'Order*Placed': a '*' stands for anything at the end only"),
                                   HasSubstr("\"^Order.*Placed$\"")));
}

TEST_F(LintFindingsTest, TestsThatNobodyRuns) {
  Lines lines;
  lines.more = "    tests: [ { name: t } ]\n";
  EXPECT_THAT(lint({lines}), HasSubstr("f.yaml:8:5: warning: pipelines.p.tests: 'tests' is not run by this version"));
}

TEST_F(LintFindingsTest, PortsOfBrokers) {
  const std::string head = "connections: { k: { kafka: { brokers: \"";
  const std::string tail = "\" } } }\npipelines:\n" + Lines().str();
  for (const char* bad : {"a:65536", "a:9092,b:0", "a:x", "a:", "[::1]:99999"}) {
    EXPECT_THAT(lint_text(head + bad + tail), HasSubstr("is not a number from 1 to 65535")) << bad;
  }
  for (const char* good : {"a:65535", "a", "[::1]:9092", "[::1]", "::1"}) EXPECT_EQ(lint_text(head + good + tail), "");
  EXPECT_THAT(lint_text("connections: { s: { eventstoredb: { url: \"esdb://h:99999\" } } }\npipelines: {}\n"),
              HasSubstr("is not a number from 1 to 65535"));
}

TEST_F(LintFindingsTest, OneErrorForOneSlip) {
  Lines lines;
  lines.source = "connection: k, topics: [orders], gruop: p";
  const std::string slip = lint({lines});
  EXPECT_THAT(slip, HasSubstr("unknown key 'gruop'"));
  EXPECT_EQ(std::ranges::count(slip, '\n'), 1) << slip;
  const std::string no_sinks = lint_text(
      "connections: { k: { kafka: a } }\npipelines:\n  p:\n    source: { kafka: { connection: k, topics: [a], group: g "
      "} }\n"
      "    stages: [ { decode: {} }, { route: { to: { A: events, default: other } } }, { persist: {} }, { ack: {} } "
      "]\n");
  EXPECT_EQ(no_sinks,
            "f.yaml:4:5: error: pipelines.p: 'sinks' is required (add for instance 'sinks: { events: { file: { path: "
            "events.jsonl } } }') [missing-key]\n");
}

TEST_F(LintFindingsTest, AFilterIsARouteToDrop) {
  Lines lines;
  lines.stages = "{ decode: {} }, { filter: {} }";
  EXPECT_THAT(lint({lines}), HasSubstr("there is no stage named 'filter' (to leave events out, route them to drop: "));
}

}  // namespace
}  // namespace weir::cli
