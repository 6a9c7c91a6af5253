// What each component that weir ships says about itself.
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/topology/registry.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gtest/gtest.h>

#include <set>

namespace weir::cli {
namespace {

// A description in one line: "reads connection broker of kind kafka; …; exactly once; routes; stores raw".
std::string to_text(const Description& description) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    text += (text.empty() ? "" : "; ") + part;
  };
  for (const Use& use : description.uses) {
    const std::string how = use.how == Use::How::reads ? "reads " : "writes ";
    if (use.what == Use::What::connection) {
      add(how + "connection " + use.name + " of kind " + use.kind + " by " + use.option);
      continue;
    }
    if (use.what == Use::What::file) {
      add(how + "file " + use.name);
      continue;
    }
    const std::string what = use.what == Use::What::topic ? "topic " : "stream ";
    add(how + (use.is_exact ? what : what + "like ") + use.name + " at " + use.lies_at);
  }
  if (description.guarantee.level == Guarantee::Level::nothing) add("keeps nothing");
  if (description.guarantee.level == Guarantee::Level::exactly_once) add("exactly once");
  if (description.routes) add("routes");
  for (const std::string& sink : description.routes_to) add("to " + sink);
  if (description.decodes) add("decodes");
  for (const std::string& part : description.parts) add("wants " + part);
  if (!description.group.empty()) add("group " + description.group);
  if (description.keeps_data) add("keeps data");
  if (description.stores_raw) add("stores raw");
  const Peer& peer = description.peer;
  if (!peer.server.empty()) add(peer.server + (peer.is_embedded ? " inside" : " elsewhere: " + peer.place));
  return text;
}

struct Row {
  ComponentKind kind;
  std::string name;
  std::string yaml;
  std::string says;
};

const std::vector<Row>& rows() {
  using Kind = ComponentKind;
  static const std::vector<Row> all{
      {Kind::connection, "kafka", "brokers: embedded", "broker inside"},
      {Kind::connection, "kafka", "brokers: \"a:1,b:2\"", "broker elsewhere: brokers of its own (a:1,b:2)"},
      {Kind::connection, "eventstoredb", "{}", "event store inside"},
      {Kind::connection, "eventstoredb", "url: \"esdb://u:secret@h\"", "event store elsewhere: a store of its own"},
      {Kind::source, "kafka", "{ connection: b, topics: [orders, \"^audit-.*\"], group: g }",
       "reads connection b of kind kafka by connection; reads topic orders at b; reads topic like ^audit-.* at b; "
       "group g"},
      {Kind::source, "kafka", "{ connection: b, topics: [a], group: g, instance_id: auto }",
       "reads connection b of kind kafka by connection; reads topic a at b; group g; keeps data"},
      {Kind::stage, "decode", "{}", "decodes"},
      {Kind::stage, "dedupe", "{ key: event_id }", "wants event_id"},
      {Kind::stage, "route", "to: { A: audit, B: drop, C: audit, default: events }",
       "routes; to audit; to events; wants event_type"},
      {Kind::persist, "persist", "{}", ""},
      {Kind::ack, "ack", "{}", ""},
      {Kind::sink, "drop", "{}", "keeps nothing"},
      {Kind::sink, "stdout", "{}", ""},
      {Kind::sink, "file", "path: d.jsonl", "writes file d.jsonl; stores raw"},
      {Kind::sink, "kafka", "{ connection: b, topic: orders.dlq }",
       "writes connection b of kind kafka by connection; writes topic orders.dlq at b; stores raw"},
      {Kind::sink, "kafka", "{ connection: b, topic: \"{topic}.dlq\" }",
       "writes connection b of kind kafka by connection; writes topic like {topic}.dlq at b; wants topic; stores raw"},
      {Kind::sink, "eventstoredb", "connection: inside",
       "writes connection inside of kind eventstoredb by connection; "
       "writes stream like {aggregate_type}-{aggregate_id} at inside; exactly once; wants aggregate_type; "
       "wants aggregate_id; stores raw"},
      {Kind::sink, "eventstoredb", "{ connection: away, stream: all }",
       "writes connection away of kind eventstoredb by connection; writes stream all at away; stores raw"},
      {Kind::sink, "eventstoredb", "{ connection: unknown, stream: all }",
       "writes connection unknown of kind eventstoredb by connection; writes stream all at unknown; stores raw"},
  };
  return all;
}

Description of_peer(bool is_embedded) {
  Description description;
  description.peer.is_embedded = is_embedded;
  return description;
}

const Description* find(const std::string& connection) {
  static const Description inside = of_peer(true);
  static const Description away = of_peer(false);
  return connection == "inside" ? &inside : connection == "away" ? &away : nullptr;
}

class DescriptionsTest : public ::testing::Test {
 protected:
  DescriptionsTest() {
    stages::register_stages(registry_);
    connectors::kafka::register_kafka(registry_);
    connectors::eventstoredb::register_eventstoredb(registry_);
    sinks::register_sinks(registry_);
  }
  Registry registry_;
};

TEST_F(DescriptionsTest, FollowFromTheConfig) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name + ": " + row.yaml);
    const std::shared_ptr<const ComponentType> type = registry_.find(row.kind, row.name);
    ASSERT_NE(type, nullptr);
    config::Diagnostics found;
    const std::optional<config::Node> node = config::parse_yaml(row.yaml, "f.yaml", found);
    ASSERT_TRUE(node.has_value());
    const ComponentType::Config config = type->parse(*node, row.name, found);
    ASSERT_FALSE(found.has_errors()) << found.str();
    EXPECT_EQ(to_text(type->describe(config, &find)), row.says);
  }
}

TEST_F(DescriptionsTest, TheTableAboveHasEveryComponent) {
  for (const ComponentKind kind : {ComponentKind::connection, ComponentKind::source, ComponentKind::stage,
                                   ComponentKind::sink, ComponentKind::persist, ComponentKind::ack}) {
    std::set<std::string> registered;
    std::set<std::string> described;
    for (const ComponentType* type : registry_.all(kind)) registered.insert(type->name);
    for (const Row& row : rows()) {
      if (row.kind == kind) described.insert(row.name);
    }
    EXPECT_EQ(described, registered) << to_string(kind);
  }
}

}  // namespace
}  // namespace weir::cli
