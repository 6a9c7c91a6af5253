// What a whole pipeline shows to whoever watches it: real source, stages, sinks, supervisor and admin site over the fakes
// of both connectors, under virtual time. Every metric that is promised is there and no other; the dashboard, the alerts
// and the examples of docs/watch-it.md ask for nothing else.
#include "connectors/eventstoredb/fake.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/admin/metric_table.hpp"
#include "pipeline/admin/site.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/control/reloader.hpp"
#include "pipeline/control/supervisor.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/topology/normal_form.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"
#include "tests/connectors/promql.hpp"
#include "tests/pipeline/admin/prometheus_text.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace weir::connectors {
namespace {

using namespace std::chrono_literals;
using admin::testing::MetricFamily;
using admin::testing::PrometheusText;
using admin::testing::read_prometheus_text;
using eventstoredb::FakeStore;
using eventstoredb::StoreClient;
using kafka::FakeKafka;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A pipeline for every kind of component that counts something.
constexpr std::string_view kWatched = R"(
connections:
  broker: { kafka: { brokers: "broker.test:9092" } }
  store: { eventstoredb: { url: "esdb://admin:hunter2@store.test?tls=false" } }
pipelines:
  orders:
    source: { kafka: { connection: broker, topics: [orders], group: order-writer } }
    stages:
      - decode: { format: json, envelope: domain_event }
      - dedupe: { key: event_id, window: 1h }
      - persist: {}
      - ack: {}
    sinks:
      events: { eventstoredb: { connection: store, stream: "{aggregate_type}-{aggregate_id}" } }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
  counted:
    source: { kafka: { connection: broker, topics: [orders], group: order-counter } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks:
      nothing: { drop: {} }
)";

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> split_labels(std::string_view text) {
  std::set<std::string> names;
  std::stringstream words{std::string(text)};
  for (std::string word; std::getline(words, word, ',');) names.insert(word.substr(word.find_first_not_of(' ')));
  return names;
}

// The family of a name in an expression; nullptr: there is none.
const MetricFamily* family_of(const PrometheusText& read, std::string name) {
  if (const auto found = read.families.find(name); found != read.families.end()) return &found->second;
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const auto found = read.families.find(name.substr(0, name.size() - suffix.size()));
    if (found != read.families.end() && found->second.type == "histogram") return &found->second;
  }
  return nullptr;
}

// What is wrong with an expression, held against what a run shows.
std::vector<std::string> problems_of(const std::string& expression, const PrometheusText& read) {
  std::vector<std::string> problems;
  const testing::PromqlUse use = testing::read_promql(expression);
  if (use.selectors.empty()) problems.push_back("asks for nothing of weir's");
  std::set<std::string> known = {"instance", "job", "le"};
  for (const testing::PromqlSelector& selector : use.selectors) {
    const MetricFamily* const family = family_of(read, selector.metric);
    if (family == nullptr) {
      problems.push_back("there is no " + selector.metric);
      continue;
    }
    const std::set<std::string> labels = family->label_names();
    known.insert(labels.begin(), labels.end());
    for (const auto& [name, value] : selector.labels) {
      if (name == "instance" || name == "job") continue;  // Prometheus' own
      if (!labels.contains(name)) problems.push_back(selector.metric + " has no label " + name);
      const bool is_there = std::any_of(family->samples.begin(), family->samples.end(), [&](const auto& sample) {
        return sample.labels.contains(name) && sample.labels.at(name) == value;
      });
      if (!value.empty() && !is_there) problems.push_back(selector.metric + " has no " + name + "=" + value);
    }
  }
  for (const std::string& name : use.grouped_by) {
    if (!known.contains(name)) problems.push_back("groups by " + name + ", which nothing has");
  }
  return problems;
}

void collect_expressions(simdjson::dom::element element, std::vector<std::string>& out) {
  if (element.is_array()) {
    const simdjson::dom::array all = element.get_array().value_unsafe();
    for (const simdjson::dom::element one : all) collect_expressions(one, out);
  } else if (element.is_object()) {
    const simdjson::dom::object all = element.get_object().value_unsafe();
    for (const auto& [key, value] : all) {
      std::string_view text;
      const bool is_text = value.get(text) == simdjson::SUCCESS;
      const bool is_question = key == "expr" || (key == "query" && is_text && text.starts_with("label_values("));
      if (is_text && is_question) {
        out.emplace_back(text);
      } else {
        collect_expressions(value, out);
      }
    }
  }
}

std::vector<std::string> dashboard_expressions() {
  simdjson::dom::parser parser;
  std::vector<std::string> out;
  simdjson::dom::element root;
  EXPECT_EQ(parser.load(WEIR_SOURCE_DIR "/deploy/grafana/weir.json").get(root), simdjson::SUCCESS);
  collect_expressions(root, out);
  return out;
}

// Those of alerts, and what stands in code in the page's text.
std::vector<std::string> page_expressions() {
  const std::string page = read_file(WEIR_SOURCE_DIR "/docs/watch-it.md");
  std::vector<std::string> out;
  const std::regex alert("\n +expr: ([^\n]+)");
  const std::regex code("`([^`\n]*(?:weir|kafka|process)_[a-z][^`\n]*)`");
  for (const std::regex& kind : {alert, code}) {
    for (std::sregex_iterator at(page.begin(), page.end(), kind), end; at != end; ++at) out.push_back((*at)[1]);
  }
  return out;
}

class WatchedPipelineTest : public weir::testing::VirtualTimeTest {
 protected:
  WatchedPipelineTest() {
    log::redirect([](std::string_view) {});
    stages::register_stages(registry_);
    sinks::register_sinks(registry_);
    kafka::register_kafka(registry_, kafka_.clients());
    eventstoredb::register_eventstoredb(
        registry_,
        [this](const eventstoredb::ConnectionSettings&) -> Result<std::shared_ptr<StoreClient>> { return store_; });
    kafka_.create_topic("orders", 2);
    kafka_.create_topic("orders.dlq", 1);
    config::Diagnostics found;
    Topology plan =
        parse_topology(kWatched, "test.yaml", registry_, [](const std::string&) { return std::nullopt; }, found);
    EXPECT_FALSE(found.has_errors()) << found.str();
    reloader_.started_with(plan.config_hash);
    Result<ReloadReport> applied = run(supervisor_.apply(std::move(plan)));
    EXPECT_TRUE(applied.has_value()) << (applied ? "" : applied.error().message());
    spawn("watch", site_.run_watch_loop());
  }
  ~WatchedPipelineTest() override { log::redirect({}); }
  void TearDown() override {
    EXPECT_TRUE(run(supervisor_.drain(clock().now() + 60s)));
    stop_tasks();
    VirtualTimeTest::TearDown();
  }

  admin::Actions actions() {
    return {.summary = [this](const admin::Answer<Summary>& answer) { answer(supervisor_.summary()); },
            .config =
                [this](const admin::Answer<std::string>& answer) {
                  answer(to_yaml_document(normal_form(supervisor_.plan(), registry_, true)));
                },
            .pause = {},
            .reload = {},
            .reload_state = {}};
  }
  std::string get(const std::string& path) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.headers.add("Host", "localhost");
    http::Response response = run(site_.handle(std::move(request)));
    return response.body;
  }
  PrometheusText metrics() { return read_prometheus_text(get("/metrics")); }
  void produce(const std::string& id, const std::string& order) {
    kafka::FakeRecord record;
    record.payload = R"({"eventId":"0b0e6f9e-7a0f-4a53-9a5b-0d6b6f1f000)" + id +
                     R"(","eventType":"OrderPlaced","aggregateType":"Order","aggregateId":")" + order +
                     R"(","occurredOn":"2026-03-02T08:00:00Z","payload":{}})";
    record.timestamp_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock().wall_now().time_since_epoch()).count();
    kafka_.produce("orders", 0, record);
  }
  // One event, the same again, none at all, another event.
  void work() {
    produce("1", "1");
    produce("1", "1");
    kafka_.produce("orders", 1, "this is no event");
    produce("2", "2");
    advance(10s);
  }

  Registry registry_;
  Metrics metrics_;
  weir::testing::InlineBlocking blocking_;
  FakeKafka kafka_{executor()};
  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>(clock(), executor());
  Supervisor supervisor_{{.registry = registry_,
                          .clock = clock(),
                          .metrics = metrics_,
                          .executors = {executor(), {executor()}, &blocking_},
                          .data_dir = "unused"}};
  Reloader reloader_{{.supervisor = supervisor_,
                      .registry = registry_,
                      .clock = clock(),
                      .metrics = metrics_,
                      .blocking = blocking_,
                      .control = executor(),
                      .files = {},
                      .environment = {},
                      .admit = {},
                      .applied = {}}};
  admin::Site site_{{.executor = executor(),
                     .clock = clock(),
                     .metrics = metrics_,
                     .actions = actions(),
                     .identity = {"1.2.3", "abc", "gcc"},
                     .version_json = "{}",
                     .guard = {},
                     .connections = {}}};
};

TEST_F(WatchedPipelineTest, EveryMetricThatIsPromisedIsThereAndNoOther) {
  work();
  const PrometheusText read = metrics();
  EXPECT_THAT(read.problems, IsEmpty());
  for (const admin::MetricGroup& group : admin::metric_groups()) {
    for (const admin::MetricRow& row : group.rows) {
      const auto found = read.families.find(std::string(row.name));
      if (found == read.families.end()) {
        ADD_FAILURE() << "nothing shows " << row.name;
        continue;
      }
      EXPECT_EQ(found->second.label_names(), split_labels(row.labels)) << row.name;
      EXPECT_EQ(found->second.type, to_string(row.type)) << row.name;
    }
  }
  for (const auto& [name, family] : read.families) EXPECT_NE(admin::find_metric(name), nullptr) << name;
}

TEST_F(WatchedPipelineTest, TheyCountWhatHappens) {
  work();
  const PrometheusText read = metrics();
  EXPECT_EQ(read.value("kafka_messages_consumed_total", {{"topic", "orders"}}), 8) << "by both pipelines";
  EXPECT_EQ(read.value("kafka_messages_published_total", {{"topic", "orders.dlq"}}), 1);
  EXPECT_EQ(read.value("kafka_message_errors_total", {{"topic", "orders"}}), 1);
  EXPECT_EQ(read.value("weir_messages_consumed_total", {{"pipeline", "orders"}}), 4);
  EXPECT_EQ(read.value("weir_messages_written_total", {{"pipeline", "orders"}}), 2);
  EXPECT_EQ(read.value("weir_messages_dropped_total", {{"reason", "duplicate"}}), 1);
  EXPECT_EQ(read.value("weir_messages_dead_lettered_total", {{"pipeline", "orders"}}), 1);
  EXPECT_EQ(read.value("weir_message_errors_total", {{"class", "data"}}), 1);
  EXPECT_EQ(read.value("weir_eventstoredb_appended_events_total", {{"connection", "store"}}), 2);
  EXPECT_GE(read.value("weir_eventstoredb_append_duration_seconds_count"), 1);
  EXPECT_GE(read.value("weir_stage_duration_seconds_count", {{"stage", "decode"}}), 1);
  EXPECT_GE(read.value("weir_sink_write_duration_seconds_count", {{"sink", "events"}}), 1);
  EXPECT_EQ(read.value("weir_dedupe_hits_total"), 1);
  EXPECT_EQ(read.value("weir_drop_sink_messages_total"), 4);
  EXPECT_EQ(read.value("weir_connection_open", {{"connection", "broker"}, {"kind", "kafka"}}), 1);
  EXPECT_EQ(read.value("weir_lag_messages", {{"pipeline", "orders"}}), 0);
  EXPECT_EQ(read.value("weir_lag_seconds", {{"pipeline", "orders"}}), 0);
  EXPECT_EQ(read.value("weir_partition_end_offset", {{"pipeline", "orders"}, {"partition", "0"}}), 3);
  EXPECT_EQ(read.value("weir_ready"), 1);
}

TEST_F(WatchedPipelineTest, TheDashboardAsksForWhatIsThere) {
  work();
  const PrometheusText read = metrics();
  const std::vector<std::string> expressions = dashboard_expressions();
  EXPECT_GE(expressions.size(), 30u);
  for (const std::string& expression : expressions) EXPECT_THAT(problems_of(expression, read), IsEmpty()) << expression;
}

TEST_F(WatchedPipelineTest, ThePageOnWatchingAsksForWhatIsThere) {
  work();
  const PrometheusText read = metrics();
  const std::vector<std::string> expressions = page_expressions();
  EXPECT_GE(expressions.size(), 20u);
  for (const std::string& expression : expressions) EXPECT_THAT(problems_of(expression, read), IsEmpty()) << expression;
}

TEST_F(WatchedPipelineTest, AStoreThatIsAwayIsSeenAsLagAndAsAReason) {
  work();
  store_->on_every_append([](const FakeStore::AppendCall&) -> std::optional<FakeStore::Fault> {
    return FakeStore::Fault{.error = Error(Errc::unavailable, "connection refused by store.test")};
  });
  produce("3", "3");
  produce("4", "3");
  advance(120s);
  const PrometheusText read = metrics();
  EXPECT_EQ(read.value("weir_lag_messages", {{"pipeline", "orders"}}), 2);
  EXPECT_EQ(read.value("weir_lag_messages", {{"pipeline", "counted"}}), 0);
  EXPECT_NEAR(read.value("weir_lag_seconds", {{"pipeline", "orders"}}), 120, 1);
  EXPECT_EQ(read.value("weir_partitions_stalled", {{"pipeline", "orders"}}), 1);
  EXPECT_EQ(read.value("weir_pipeline_ready", {{"pipeline", "orders"}}), 0);
  EXPECT_EQ(read.value("weir_pipeline_ready", {{"pipeline", "counted"}}), 1);
  EXPECT_EQ(read.value("weir_ready"), 0);
  EXPECT_GE(read.value("weir_eventstoredb_call_errors_total", {{"class", "unavailable"}}), 6);
  EXPECT_THAT(get("/health/ready"), AllOf(HasSubstr("sink 'events'"), HasSubstr("connection refused by store.test"),
                                          HasSubstr("partition orders/0")));
  store_->on_every_append({});
  advance(60s);
  EXPECT_EQ(metrics().value("weir_ready"), 1);
  EXPECT_EQ(metrics().value("weir_lag_messages", {{"pipeline", "orders"}}), 0);
}

TEST_F(WatchedPipelineTest, TheConfigurationIsShownWithoutItsSecrets) {
  const std::string text = get("/config");
  EXPECT_THAT(text, AllOf(HasSubstr("broker.test:9092"), HasSubstr("window: 1h"), HasSubstr("attempts: 6"),
                          HasSubstr("@store.test?tls=false"), Not(HasSubstr("hunter2"))));
}

// What the test above rests on.
TEST(PromqlTest, WhatIsNotThereIsSeen) {
  const PrometheusText read = read_prometheus_text(
      "# HELP weir_x_total X.\n# TYPE weir_x_total counter\nweir_x_total{a=\"1\"} 1\n"
      "# HELP weir_h H.\n# TYPE weir_h histogram\nweir_h_bucket{le=\"+Inf\"} 0\nweir_h_sum 0\nweir_h_count 0\n");
  ASSERT_THAT(read.problems, IsEmpty());
  for (const char* good : {"sum by (a) (rate(weir_x_total{a=\"1\"}[5m]))", "weir_x_total{a=~\"$a\",instance=\"h:1\"}",
                           "histogram_quantile(0.9, sum by (le) (rate(weir_h_bucket[5m]))) / weir_h_count"})
    EXPECT_THAT(problems_of(good, read), IsEmpty()) << good;
  for (const char* bad : {"up", "weir_y", "weir_x_total{b=\"1\"}", "weir_x_total{a=\"2\"}", "sum by (b) (weir_x_total)",
                          "weir_x_total_bucket", "weir_x"})
    EXPECT_THAT(problems_of(bad, read), Not(IsEmpty())) << bad;
}

}  // namespace
}  // namespace weir::connectors
