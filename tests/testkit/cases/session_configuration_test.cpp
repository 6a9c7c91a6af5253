// The configurations that tests are about: where tests stand, their environment, what a step lays over them.
#include "tests/testkit/cases/session_kit.hpp"

namespace weir::testkit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(SessionTest, TheEnvironmentIsTheTestsOwn) {
  put_file("p.yaml", std::string(kPipeline).replace(kPipeline.find("writer"), 6, "\"${GROUP}\""));
  EXPECT_THAT(outcome("  - name: t\n    in: []\n    expect: {}\n"),
              AllOf(HasSubstr("the environment variable 'GROUP' is not set"),
                    HasSubstr("give it under 'environment:' of the test")));
  EXPECT_EQ(outcome("  - name: t\n    environment: { GROUP: g, TYPE: OrderPlaced }\n    in: [ { orders: " +
                    placed(1, "\"${TYPE}\"") + " } ]\n    expect: { events: [ \"${TYPE}\" ] }\n"),
            "ok");
}

TEST_F(SessionTest, TestsStandInPipelinesToo) {
  put_file("p.yaml", std::string(kPipeline) + "    tests:\n      - { name: a, in: [ { orders: " + placed(1) +
                         " } ], expect: { events: { count: 1 } } }\n");
  const SessionResult result = run();
  EXPECT_EQ(result.findings.str(), "");
  ASSERT_EQ(result.run.results.size(), 1u);
  EXPECT_EQ(result.run.results[0].name, "a");
  EXPECT_TRUE(result.run.passed());
}

TEST_F(SessionTest, TestsInAPipelineDoNotTouchTheEnvironmentOfWhoeverLoadsIt) {
  const std::string value = "{ topic: orders, key: \"${TENANT}\", value: \"half $${x}\" }";
  put_file("p.yaml", std::string(kPipeline) + "    tests:\n      - { name: a, environment: { TENANT: blue }, in: [ " +
                         value + " ], expect: { dlq: [ { key: blue, value: \"half $${x}\" } ] } }\n" +
                         "      - { name: b, in: [], expect: {} }\n");
  config::Diagnostics findings;
  const Environment nothing = [](const std::string&) {
    return std::nullopt;
  };
  load_topology({directory_ / "p.yaml"}, components(), nothing, findings);
  EXPECT_EQ(findings.str(), "");
  check_tests(*find_test_files({directory_}), components(), findings);
  EXPECT_EQ(findings.str(), "");
  const SessionResult result = run();
  EXPECT_EQ(result.findings.str(), "");
  EXPECT_EQ(result.run.results.size(), 2u);
  EXPECT_TRUE(result.run.passed());
}

TEST_F(SessionTest, APatchIsLaidOverTheConfigurationAsItIs) {
  std::filesystem::create_directories(directory_ / "secrets");
  put_file("secrets/group", "writer\n");
  std::string pipeline(kPipeline);
  const auto replace = [&pipeline](std::string_view from, std::string_view to) {
    pipeline.replace(pipeline.find(from), from.size(), to);
  };
  replace("group: writer", "group: \"${file:secrets/group}\"");
  put_file("p.yaml", pipeline + "defaults: { stage: { decode: { required: [event_type, aggregate_id] } } }\n");
  EXPECT_EQ(outcome("  - name: t\n    in:\n      - { orders: " + placed(1) + " }\n      - after: idle\n" + R"(
      - reload:
          patch:
            sinks:
              events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
              copy: { kafka: { connection: broker, topic: copies } }
              log: { file: { path: "log-$${x}.jsonl" } }
              nowhere: { drop: {} }
              dlq: { kafka: { connection: broker, topic: orders.dlq } }
)" +
                    "      - { orders: " + placed(2, "Logged") +
                    " }\n      - { orders: { eventType: Logged } }\n    expect: { events: { count: 1 }, dlq: { count: "
                    "1 }, log: [ { file: \"log-$${x}.jsonl\" } ] }\n"),
            "ok");
}

TEST_F(SessionTest, AConfigurationThatIsWrongIsToldOnce) {
  put_file("p.yaml", std::string(kPipeline).replace(kPipeline.find("decode:"), 7, "decod:"));
  put_tests("  - { name: one, in: [], expect: {} }\n  - { name: two, in: [], expect: {} }\n");
  const SessionResult result = run();
  EXPECT_THAT(result.findings.str(), HasSubstr("there is no stage named 'decod'"));
  EXPECT_EQ(result.findings.error_count(), 1u);
  EXPECT_TRUE(result.run.results.empty());
}

TEST_F(SessionTest, LintReadsTestsAndRunsNone) {
  put_tests("  - { name: one, in: [ { ordrs: a } ], expect: { evnts: [] } }\n");
  config::Diagnostics findings;
  check_tests(*find_test_files({directory_}), components(), findings);
  EXPECT_THAT(findings.str(), AllOf(HasSubstr("unknown key 'ordrs'"), HasSubstr("did you mean 'events'?")));
}

TEST_F(SessionTest, FilesOfTestsNameTheirConfiguration) {
  put_file("other.test.yaml", "x-own: &t { name: a, in: [], expect: {} }\ntarget: p.yaml\ntests: [ *t ]\n");
  const Result<TestFiles> files = find_test_files({directory_ / "other.test.yaml"});
  SystemClock clock;
  SessionResult result = run_tests(*files, components(), clock, {});
  EXPECT_EQ(result.findings.str(), "");
  EXPECT_TRUE(result.run.passed());
  EXPECT_EQ(result.run.results.size(), 1u);
  put_file("other.test.yaml", "target: q.yaml\npipelin: x\ntests: []\n");
  result = run_tests(*files, components(), clock, {});
  EXPECT_THAT(result.findings.str(), HasSubstr("did you mean 'pipeline'?"));
  put_file("other.test.yaml", "target: q.yaml\ntests: []\n");
  result = run_tests(*files, components(), clock, {});
  EXPECT_THAT(result.findings.str(), HasSubstr("other.test.yaml:1:9: error: target: the configuration"));
  put_file("other.test.yaml", "target: p.yaml\npipeline: ordrs\ntests: [ { name: a, in: [], expect: {} } ]\n");
  result = run_tests(*files, components(), clock, {});
  EXPECT_THAT(result.findings.str(), HasSubstr("has no pipeline 'ordrs' (did you mean 'orders'?)"));
}

}  // namespace
}  // namespace weir::testkit
