// What the tests of the verbs that show a configuration share: a registry of what weir ships, and plans out of text.
#pragma once

#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace weir::cli {

inline void register_all(Registry& registry) {
  stages::register_stages(registry);
  connectors::kafka::register_kafka(registry);
  connectors::eventstoredb::register_eventstoredb(registry);
  sinks::register_sinks(registry);
}

// The plan of a text without errors; `variables` are its environment.
inline Topology plan_of(const std::string& yaml, const Registry& registry,
                        const std::map<std::string, std::string>& variables = {}) {
  config::Diagnostics findings;
  const Environment environment = [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  Topology topology = parse_topology(yaml, "test.yaml", registry, environment, findings);
  EXPECT_FALSE(findings.has_errors()) << findings.str() << "\n" << yaml;
  return topology;
}

inline std::string read_source_file(const std::string& path) {
  std::ifstream file(WEIR_SOURCE_DIR "/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A pipeline with everything that can be drawn and explained: routes, drops, dead letters, a file.
inline const std::string kOrders = R"(
connections:
  k: { kafka: { brokers: "a:9092" } }
  s: { eventstoredb: { url: "esdb://h:2113?tls=false" } }
pipelines:
  orders:
    lanes: 2
    source: { kafka: { connection: k, topics: [orders, "^audit-.*"], group: g } }
    stages:
      - decode: { tombstone: fail }
      - dedupe: { window: 1h }
      - route: { to: { "Audit*": audit, "Test*": drop, "Ping": drop, default: events } }
      - persist: { retry: { attempts: 3, initial: 100ms, multiplier: 2, max: 1s } }
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: s } }
      audit: { file: { path: audit/audit.jsonl } }
      dlq: { kafka: { connection: k, topic: orders.dlq } }
)";

}  // namespace weir::cli
