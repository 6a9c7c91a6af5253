// The block `defaults:`: what wins, what it can hold, and where its findings stand.
#include "pipeline/topology/topology.hpp"
#include "tests/pipeline/config/components.hpp"
#include "tests/pipeline/config/support.hpp"

#include <gmock/gmock.h>

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPipelines = R"(connections:
  broker: { kafka: { brokers: a } }
pipelines:
  one: { source: { kafka: { connection: broker } }, stages: [ decode: {}, persist: {}, ack: {} ], sinks: { out: { file: {} }, dlq: { file: { path: own } } } }
  two: { lanes: 7, source: { kafka: {} }, stages: [ decode:, persist: {}, ack: {} ], sinks: { out: { file: { path: two } }, dlq: { file: { path: d } } } }
)";

class DefaultsTest : public testing::Test {
 protected:
  Topology parse(const std::string& defaults) {
    out_ = config::Diagnostics();
    return parse_topology(std::string(kPipelines) + defaults, "f.yaml", registry_, config::environment({{"N", "5"}}),
                          out_);
  }
  std::string findings(const std::string& defaults) {
    parse(defaults);
    return out_.str();
  }
  static std::string path_of(const PipelinePlan& plan, std::size_t sink) {
    return static_cast<const testing_components::File*>(plan.sinks.at(sink).second.config.get())->path;
  }

  const Registry registry_ = test_registry();
  config::Diagnostics out_;
};

constexpr const char* kSource = "  source: { kafka: { connection: broker, topics: [t] } }\n";

TEST_F(DefaultsTest, WhatIsWrittenWinsOptionByOption) {
  const Topology topology =
      parse(std::string("defaults:\n") + kSource +
            "  pipeline: { lanes: 3, memory: 1GiB }\n  stage: { persist: { on_exhausted: dlq } }\n"
            "  sink: { file: { path: shared } }\n");
  EXPECT_THAT(out_.str(), Not(HasSubstr("error"))) << out_.str();
  const PipelinePlan& one = topology.pipelines.at(0);
  const PipelinePlan& two = topology.pipelines.at(1);
  EXPECT_EQ(one.settings.lanes, 3U);
  EXPECT_EQ(two.settings.lanes, 7U);
  EXPECT_EQ(two.settings.memory, 1024_MiB);
  EXPECT_EQ(one.persist.on_exhausted, OnExhausted::dlq);
  EXPECT_EQ(path_of(one, 0), "shared");
  EXPECT_EQ(path_of(one, 1), "own");
  EXPECT_EQ(path_of(two, 0), "two");
  EXPECT_EQ(static_cast<const testing_components::Source*>(two.source.config.get())->connection, "broker")
      << "also what is required";
}

TEST_F(DefaultsTest, ListsAreTakenAsAWhole) {
  const Topology topology = parse("defaults:\n  source: { kafka: { connection: broker, topics: [t, u] } }\n");
  EXPECT_EQ(static_cast<const testing_components::Source*>(topology.pipelines.at(0).source.config.get())->topics,
            (std::vector<std::string>{"t", "u"}));
}

TEST_F(DefaultsTest, AValueMayComeFromTheEnvironment) {
  EXPECT_EQ(
      parse(std::string("defaults:\n") + kSource + "  pipeline: { lanes: \"${N}\" }\n").pipelines.at(0).settings.lanes,
      5U);
}

TEST_F(DefaultsTest, AFindingStandsAtTheDefaultAndOnce) {
  EXPECT_EQ(
      findings(std::string("defaults:\n") + kSource +
               "  sink: { file: { path: [1] } }\n  stage: { decode: { fromat: x } }\n"),
      "f.yaml:8:25: error: defaults.sink.file.path: expected a text, found a list [wrong-type]\n"
      "f.yaml:9:22: error: defaults.stage.decode: unknown key 'fromat'; known are format (did you mean 'format'?) "
      "[unknown-key]\n");
  EXPECT_THAT(findings("defaults:\n  source: { kafka: { connection: brokr } }\n"),
              AllOf(HasSubstr("f.yaml:7:34: error: pipelines.two.source.kafka.connection: no connection 'brokr'"),
                    Not(HasSubstr("two.source.kafka.connection: no connection 'brokr' of kind 'kafka' (did you mean "
                                  "'broker'?) [unknown-connection]\nf.yaml:7:34"))));
}

TEST_F(DefaultsTest, OnlyWhatIsKnown) {
  const std::string found = findings(std::string("defaults:\n") + kSource +
                                     "  sinks: {}\n  sink: { flie: {} }\n  pipeline: { source: {} }\n  stage: [a]\n");
  EXPECT_THAT(found, HasSubstr("f.yaml:8:3: error: defaults: unknown key 'sinks'; known are pipeline, connection, "
                               "source, stage, sink (did you mean 'sink'?)"));
  EXPECT_THAT(
      found, HasSubstr("f.yaml:9:11: error: defaults.sink.flie: there is no sink named 'flie' (did you mean 'file'?)"));
  EXPECT_THAT(found, HasSubstr("f.yaml:10:15: error: defaults.pipeline: unknown key 'source'"));
  EXPECT_THAT(found,
              HasSubstr("f.yaml:11:10: error: defaults.stage: expected a mapping with names of a stage, found a list"));
  EXPECT_THAT(findings("defaults: 5\n"), HasSubstr("f.yaml:6:11: error: defaults: expected a mapping"));
}

TEST_F(DefaultsTest, WhatNobodyTakesIsAWarning) {
  EXPECT_THAT(
      findings(std::string("defaults:\n") + kSource + "  sink: { stdout: {} }\n"),
      HasSubstr("f.yaml:8:11: warning: defaults.sink.stdout: nothing in this configuration takes these defaults"));
}

TEST_F(DefaultsTest, OfSeveralFilesHoldForAllAndStandOnce) {
  const std::string twice = std::string("defaults:\n") + kSource + "  sink: { file: { path: a } }\n";
  EXPECT_THAT(findings(twice + "x-more: &f { path: b }\n"), Not(HasSubstr("error")));
  EXPECT_THAT(findings(twice + "  pipeline: {}\n"), Not(HasSubstr("error")));
}

}  // namespace
}  // namespace weir
