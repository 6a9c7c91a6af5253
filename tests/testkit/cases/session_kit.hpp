// What tests of sessions begin with: a directory with a pipeline, tests that are written there and run.
#pragma once

#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"
#include "testkit/report/text_report.hpp"
#include "testkit/run/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace weir::testkit {

inline constexpr std::string_view kPipeline = R"(
connections:
  broker: { kafka: { brokers: "${BROKERS:kafka-1:9092}" } }
  store: { eventstoredb: { url: "esdb://store.test?tls=false" } }
pipelines:
  orders:
    enabled: false
    source: { kafka: { connection: broker, topics: [orders, "^audit-.*"], group: writer } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - dedupe: { key: event_id, window: 1m }
      - route: { by: event_type, to: { Copied: copy, Logged: log, Forgotten: drop, "Nowhere": nowhere, default: events } }
      - persist: { retry: { attempts: 3, initial: 300ms, multiplier: 2, max: 5s }, on_exhausted: pause }
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      copy: { kafka: { connection: broker, topic: copies } }
      log: { file: { path: log.jsonl } }
      nowhere: { drop: {} }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
)";

// The n-th event.
inline std::string placed(int n, const std::string& type = "OrderPlaced") {
  return "{ eventId: 0b0e6f9e-7a0f-4a53-9a5b-0d6b6f1" + std::to_string(10'000 + n) + ", eventType: " + type +
         ", aggregateType: Order, aggregateId: \"" + std::to_string(n % 3) +
         "\", occurredOn: \"2026-03-02T08:00:00Z\", data: { n: " + std::to_string(n) + " } }";
}

inline const Registry& components() {
  static const Registry all = [] {
    Registry filled;
    stages::register_stages(filled);
    sinks::register_sinks(filled);
    connectors::kafka::register_kafka(filled);
    connectors::eventstoredb::register_eventstoredb(filled);
    return filled;
  }();
  return all;
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    directory_ = std::filesystem::path(::testing::TempDir()) / ("weir-session-" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    put_file("p.yaml", kPipeline);
  }
  ~SessionTest() override { std::filesystem::remove_all(directory_); }

  void put_file(const std::string& name, std::string_view text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  std::string file(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(directory_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  void put_tests(const std::string& tests) { put_file("p.test.yaml", "tests:\n" + tests); }

  SessionResult run(SessionSettings settings = {}) {
    SystemClock clock;
    const Result<TestFiles> files = find_test_files({directory_});
    EXPECT_TRUE(files.has_value());
    return run_tests(*files, components(), clock, settings);
  }
  // What the tests say, all of them; "ok" for each that passed.
  std::string outcome(const std::string& tests, SessionSettings settings = {}) {
    put_tests(tests);
    const SessionResult result = run(settings);
    std::string text = result.findings.str();
    for (const TestResult& test : result.run.results) {
      if (test.outcome == TestResult::Outcome::passed) text += "ok";
      text += render_plain(test.differences) + test.error;
    }
    return text;
  }

  std::filesystem::path directory_;
};

}  // namespace weir::testkit
