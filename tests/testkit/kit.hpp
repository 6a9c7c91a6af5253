// Plans and records for tests of the simulated world.
#pragma once

#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"
#include "testkit/process.hpp"
#include "testkit/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace weir::testkit {

// Everything that a weir process has, the real clients included: the world must take their place.
inline const Registry& registry() {
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

inline Topology plan_of(std::string_view yaml) {
  config::Diagnostics found;
  Topology plan = parse_topology(yaml, "test.yaml", registry(), [](const std::string&) { return std::nullopt; }, found);
  EXPECT_FALSE(found.has_errors()) << found.str();
  return plan;
}

inline constexpr std::string_view kOrders = R"(
connections:
  broker: { kafka: "kafka-1:9092" }
  store: { eventstoredb: { url: "esdb://store.test?tls=false" } }
pipelines:
  orders:
    source: { kafka: { connection: broker, topics: [orders], group: order-writer } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - dedupe: { key: event_id, window: 1h }
      - route: { by: event_type, to: { default: events } }
      - persist: {}
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
)";

// The n-th event, of one of five orders.
inline std::string order_event(int number, std::string_view type = "OrderChanged") {
  const std::string id = std::to_string(10'000 + number);
  return R"({"eventId":"0b0e6f9e-7a0f-4a53-9a5b-0d6b6f1)" + id + R"(","eventType":")" + std::string(type) +
         R"(","aggregateType":"Order","aggregateId":"o)" + std::to_string(number % 5) +
         R"(","occurredOn":"2026-03-02T08:00:00Z","payload":{}})";
}

// Each order has its partition.
inline void produce_orders(World& world, int from, int to) {
  connectors::kafka::FakeKafka& kafka = world.kafka("broker");
  for (int i = from; i < to; ++i) kafka.produce("orders", i % 5 % kafka.partitions("orders"), order_event(i));
}

// What is wrong with the streams after events `0 .. count` of order_event(): empty, when each is there once, in order.
inline std::string missing_doubled_or_out_of_order(World& world, int count) {
  std::size_t stored = 0;
  for (const std::string& name : world.store().streams()) {
    const std::vector<connectors::eventstoredb::RecordedEvent> events = world.store().stream(name);
    for (std::size_t i = 1; i < events.size(); ++i) {
      if (!(events[i - 1].id < events[i].id)) return name + ": " + events[i].id.str() + " comes again, or late";
    }
    stored += events.size();
  }
  return stored == static_cast<std::size_t>(count) ? std::string() : "there are " + std::to_string(stored) + " events";
}

// Pipelines in a world of three partitions per topic; what they log is not shown.
class WorldTest : public ::testing::Test {
 protected:
  WorldTest() {
    log::redirect([](std::string_view) {});
  }
  ~WorldTest() override { log::redirect({}); }
};

}  // namespace weir::testkit
