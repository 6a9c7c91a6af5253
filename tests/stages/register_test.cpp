#include "stages/register.hpp"

#include "pipeline/config/yaml.hpp"
#include "stages/decode.hpp"
#include "stages/dedupe.hpp"
#include "stages/route.hpp"

#include <gtest/gtest.h>

namespace weir::stages {
namespace {

using namespace std::chrono_literals;

class RegisterTest : public ::testing::Test {
 protected:
  RegisterTest() { register_stages(registry_); }

  // What lint says of a stage with these options; empty = nothing.
  std::string lint(std::string_view stage, std::string_view yaml) {
    const std::shared_ptr<const ComponentType> type = registry_.find(ComponentKind::stage, stage);
    if (type == nullptr) return "no such stage";
    config::Diagnostics found;
    const std::optional<config::Node> node = config::parse_yaml(yaml, "f.yaml", found);
    if (!node.has_value()) return found.str();
    config_ = type->parse(*node, "s", found);
    CheckScope scope;
    scope.path = "s";
    scope.sinks = {"events", "audit", "dlq"};
    if (!found.has_errors() && type->check) type->check(config_, *node, scope, found);
    return found.str();
  }
  template <class C>
  const C& config() const {
    return *static_cast<const C*>(config_.get());
  }
  void expect_finding(std::string_view stage, std::string_view yaml, std::string_view place, std::string_view text) {
    const std::string found = lint(stage, yaml);
    EXPECT_NE(found.find(place), std::string::npos) << found;
    EXPECT_NE(found.find(text), std::string::npos) << found;
  }

  Registry registry_;
  ComponentType::Config config_;
};

TEST_F(RegisterTest, Decode) {
  EXPECT_EQ(lint("decode", "{ format: json, envelope: domain_event }"), "");
  EXPECT_EQ(config<DecodeConfig>().required, std::vector<std::string>{"event_type"});
  EXPECT_EQ(
      lint("decode", "{ fields: { event_type: /t, aggregate_id: header:id, correlation_id: key }, tombstone: pass }"),
      "");
  EXPECT_EQ(config<DecodeConfig>().tombstone, TombstonePolicy::pass);
  expect_finding("decode", "tombstone: drpo", "f.yaml:1:12", "drop");
  expect_finding("decode", "fields: { event_tpye: /t }", "f.yaml:1:23", "event_type");
  expect_finding("decode", "fields: { event_type: t }", "f.yaml:1:23", "JSON pointer");
  expect_finding("decode", "fields: { data: key }", "f.yaml:1:17", "JSON pointer");
  expect_finding("decode", "required: [event_type, nothing]", "f.yaml:1:24", "not a field");
  expect_finding("decode", "max_payload: 12", "f.yaml:1:14", "");
  expect_finding("decode", "{ envelope: axon, fields: { event_type: /t } }", "f.yaml:1:13", "the envelope is not read");
  expect_finding("decode", "{ key_format: int64, json_text: [data, key] }", "f.yaml:1:33", "is never JSON");
  EXPECT_EQ(lint("decode", "{ key_format: int64, json_text: [data] }"), "");
  expect_finding("decode", "timezone: Europe/Berlin", "f.yaml:1:11", "an offset such as +09:00");
  expect_finding("decode", "json_text: [header]", "f.yaml:1:1", "value");
  expect_finding("decode", "key_format: int16", "f.yaml:1:13", "int32");
  expect_finding("decode", "envelop: domain_event", "f.yaml:1:1", "envelope");
}

TEST_F(RegisterTest, Dedupe) {
  EXPECT_EQ(lint("dedupe", "{ key: event_id, window: 24h }"), "");
  EXPECT_EQ(config<DedupeConfig>().window, 24h);
  EXPECT_EQ(lint("dedupe", "{ key: header:message-id, max_entries: 10 }"), "");
  expect_finding("dedupe", "key: eventid", "f.yaml:1:6", "header:NAME");
  expect_finding("dedupe", "key: eventid", "f.yaml:1:6", "unknown field 'eventid' (did you mean 'event_id'?)");
  expect_finding("dedupe", "durable: true", "f.yaml:1:10", "not in this version");
  expect_finding("dedupe", "window: 0s", "f.yaml:1:9", "1s");
  expect_finding("dedupe", "max_entries: 0", "f.yaml:1:14", "1");
}

TEST_F(RegisterTest, Route) {
  EXPECT_EQ(lint("route", "{ by: event_type, to: { \"Audit*\": audit, \"^x\": drop, default: events } }"), "");
  ASSERT_EQ(config<RouteConfig>().to.size(), 3u);
  expect_finding("route", "to: { a: event }", "f.yaml:1:10", "events");
  expect_finding("route", "to: { a: events, default: evnts }", "f.yaml:1:27", "events");
  expect_finding("route", "to: { \"^(\": events }", "f.yaml:1:7", "expression");
  expect_finding("route", "to: { \"\": events }", "f.yaml:1:7", "empty");
  expect_finding("route", "{ by: type, to: { default: events } }", "f.yaml:1:7", "event_type");
  expect_finding("route", "{ by: heder:tenant, to: { default: events } }", "f.yaml:1:7", "'header:tenant'");
  expect_finding("route", "{ by: nothing, to: { default: events } }", "f.yaml:1:7", "or a JSON pointer such as");
  expect_finding("route", "{ by: /a~2, to: { default: events } }", "f.yaml:1:7", "~0 stands for");
  expect_finding("route", "by: event_type", "f.yaml:1:1", "default");
}

TEST_F(RegisterTest, PersistAndAck) {
  const std::shared_ptr<const ComponentType> persist = registry_.find(ComponentKind::persist, "persist");
  ASSERT_NE(persist, nullptr);
  config::Diagnostics found;
  const auto parse = [&](std::string_view yaml) {
    const std::optional<config::Node> node = config::parse_yaml(yaml, "f.yaml", found);
    return std::static_pointer_cast<const PersistPolicy>(persist->parse(*node, "s", found));
  };
  const auto policy = parse("{ retry: { attempts: 7, initial: 1s, multiplier: 3, max: 20s }, on_exhausted: dlq }");
  EXPECT_FALSE(found.has_errors()) << found.str();
  EXPECT_EQ(policy->retry.attempts, 7u);
  EXPECT_EQ(policy->retry.initial, 1s);
  EXPECT_EQ(policy->retry.multiplier, 3.0);
  EXPECT_EQ(policy->retry.max, 20s);
  EXPECT_EQ(policy->on_exhausted, OnExhausted::dlq);
  const auto defaults = parse("{}");
  EXPECT_EQ(defaults->retry.attempts, 6u);
  EXPECT_EQ(defaults->retry.initial, 300ms);
  EXPECT_EQ(defaults->on_exhausted, OnExhausted::pause);
  EXPECT_FALSE(found.has_errors());
  parse("retry: { initial: 10s, max: 1s }");
  EXPECT_NE(found.str().find("shorter than the first"), std::string::npos) << found.str();
  EXPECT_NE(registry_.find(ComponentKind::ack, "ack"), nullptr);
}

}  // namespace
}  // namespace weir::stages
