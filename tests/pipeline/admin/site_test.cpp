// The admin port's answers, over socket pairs and in virtual time; the program that is asked is a stand-in.
#include "pipeline/admin/site.hpp"

#include "tests/pipeline/admin/prometheus_text.hpp"
#include "tests/pipeline/http/http_kit.hpp"

#include <gmock/gmock.h>

namespace weir::admin {
namespace {

using namespace std::chrono_literals;
using http::testing::body_of;
using http::testing::Client;
using http::testing::status_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What answers instead of a program: at once, later, or never.
struct StandIn {
  Summary summary;
  std::string config = "pipelines: {}\n";
  ReloadOutcome outcome;
  ReloadState state;
  Result<void> paused;
  std::vector<std::string> asked;
  bool answers = true;
  std::vector<Answer<ReloadOutcome>> reloads;  // under way, when they are to wait
  bool reloads_wait = false;

  Actions actions() {
    return {
        .summary =
            [this](Answer<Summary> answer) {
              if (answers) answer(summary);
            },
        .config =
            [this](Answer<std::string> answer) {
              if (answers) answer(config);
            },
        .pause =
            [this](const std::string& name, bool pause, const Answer<Result<void>>& answer) {
              asked.push_back((pause ? "pause " : "resume ") + name);
              if (answers) answer(paused);
            },
        .reload =
            [this](const std::string& trigger, Answer<ReloadOutcome> answer) {
              asked.push_back(trigger);
              if (reloads_wait) return reloads.push_back(std::move(answer));
              answer(outcome);
            },
        .reload_state =
            [this](Answer<ReloadState> answer) {
              if (answers) answer(state);
            },
    };
  }
};

class SiteTest : public http::testing::ServerTest {
 protected:
  SiteTest() {
    PipelineSummary& orders = program_.summary.pipelines.emplace_back();
    orders.name = "orders";
    orders.state = "running";
    PartitionStatus& partition = orders.partitions.emplace_back();
    partition.id = {"orders", 0};
    partition.assigned = true;
    partition.committed = 90;
    partition.watermark = 100;
    partition.position = 103;
    partition.end = 110;
    partition.unsettled = 3;
    partition.oldest_unsettled_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>((clock().wall_now() - 2s).time_since_epoch()).count();
    program_.summary.connections.push_back({"store", "eventstoredb", true, {}});
  }

  void serve(Guard::Settings guard = {}) {
    options = Site::http_options();
    site_ = std::make_unique<Site>(Site::Parts{.executor = executor(),
                                               .clock = clock(),
                                               .metrics = metrics_,
                                               .actions = program_.actions(),
                                               .identity = {"1.2.3", "abc", "gcc"},
                                               .version_json = "{\"version\":\"1.2.3\"}\n",
                                               .guard = std::move(guard),
                                               .connections = [] {
                                                 return std::size_t{2};
                                               }});
    start([this](http::Request request) { return site_->handle(std::move(request)); });
    spawn("watch", site_->run_watch_loop());
    run_until_idle();
  }
  void TearDown() override {
    stop_now();
    stop_tasks();
    ServerTest::TearDown();
  }

  std::string ask(const std::string& what, const std::string& headers = {}) {
    return talk(what + " HTTP/1.1\r\nHost: localhost:7070\r\n" + headers + "\r\n");
  }
  std::string get(const std::string& path) { return ask("GET " + path); }
  testing::PrometheusText metrics() { return testing::read_prometheus_text(body_of(get("/metrics"))); }
  PipelineSummary& orders() { return program_.summary.pipelines[0]; }

  StandIn program_;
  Metrics metrics_;
  std::unique_ptr<Site> site_;
};

TEST_F(SiteTest, TheIndexListsWhatThereIs) {
  serve();
  const std::string answer = get("/");
  EXPECT_EQ(status_of(answer), "200");
  EXPECT_THAT(answer, AllOf(HasSubstr("Content-Type: application/json\r\n"), HasSubstr("/pipelines/NAME/pause"),
                            HasSubstr("weir 1.2.3")));
  EXPECT_EQ(body_of(get("/version")), "{\"version\":\"1.2.3\"}\n");
}

TEST_F(SiteTest, EveryAnswerIsFencedRefusalsToo) {
  serve();
  for (const std::string& answer :
       {get("/"), get("/nothing"), get("/metrics"), ask("POST /"), ask("GET /", "Host: again\r\n"),
        ask("GET /" + std::string(9000, 'x')), talk("nonsense\r\n\r\n")}) {
    EXPECT_THAT(answer, AllOf(HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"),
                              HasSubstr("\r\nCache-Control: no-store\r\n"), HasSubstr("\r\nContent-Type: ")))
        << answer;
    EXPECT_THAT(answer, AllOf(Not(HasSubstr("Set-Cookie")), Not(HasSubstr("Access-Control")))) << answer;
  }
}

TEST_F(SiteTest, PathsMethodsAndSizesAreKept) {
  serve();
  EXPECT_EQ(status_of(get("/nothing")), "404");
  EXPECT_EQ(status_of(get("/metrics/")), "404");
  EXPECT_EQ(status_of(get("/pipelines/")), "404");
  const std::string refused = ask("DELETE /metrics");
  EXPECT_EQ(status_of(refused), "405");
  EXPECT_THAT(refused, HasSubstr("Allow: GET, HEAD"));
  EXPECT_EQ(status_of(ask("POST /pipelines/orders")), "405");
  EXPECT_EQ(status_of(get("/pipelines/orders/pause")), "405");
  EXPECT_THAT(get("/pipelines/orders/pause"), HasSubstr("Allow: POST"));
  EXPECT_EQ(status_of(get("/pipelines/orders/explode")), "404");
  EXPECT_EQ(status_of(ask("POST /reload", "Content-Length: 5000\r\n")), "413");
  EXPECT_EQ(status_of(ask("GET /", "X: " + std::string(9000, 'x') + "\r\n")), "431");
  std::string many;
  for (int i = 0; i < 70; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(status_of(ask("GET /", many)), "431");
  EXPECT_EQ(status_of(ask("GET /" + std::string(5000, 'x'))), "414");
  EXPECT_THAT(program_.asked, IsEmpty());
}

TEST_F(SiteTest, HeadIsAnsweredWithoutABody) {
  serve();
  for (const char* path :
       {"/", "/health/live", "/health/ready", "/metrics", "/pipelines", "/pipelines/orders", "/config", "/version"}) {
    const std::string answer = ask(std::string("HEAD ") + path);
    EXPECT_EQ(status_of(answer), "200") << path;
    EXPECT_EQ(body_of(answer), "") << path;
    EXPECT_THAT(answer, Not(HasSubstr("Content-Length: 0"))) << path;
  }
}

TEST_F(SiteTest, AStrangeHostAndAStrangeOriginReachNothing) {
  serve();
  EXPECT_EQ(status_of(talk("GET /config HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")), "421");
  EXPECT_EQ(status_of(talk("GET /config HTTP/1.1\r\n\r\n")), "400");
  EXPECT_EQ(status_of(talk("POST /reload HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")), "421");
  EXPECT_EQ(status_of(ask("POST /reload", "Origin: http://evil.example.com\r\n")), "403");
  EXPECT_EQ(status_of(ask("POST /pipelines/orders/pause", "Sec-Fetch-Site: cross-site\r\n")), "403");
  EXPECT_THAT(program_.asked, IsEmpty());
}

TEST_F(SiteTest, WithATokenOnlyPlainHealthIsForEveryone) {
  orders().state = "paused";
  orders().reasons = {"sink 'events': 10.0.0.7 refused"};
  serve({.host = "0.0.0.0", .token = "s3cret"});
  for (const char* path : {"/", "/metrics", "/pipelines", "/pipelines/orders", "/config", "/version", "/nothing"})
    EXPECT_EQ(status_of(get(path)), "401") << path;
  EXPECT_EQ(status_of(ask("POST /reload")), "401");
  EXPECT_EQ(status_of(ask("POST /reload", "Authorization: Bearer wrong\r\n")), "401");
  EXPECT_THAT(program_.asked, IsEmpty());
  EXPECT_EQ(body_of(get("/health/live")), "{\"status\":\"live\"}\n");
  EXPECT_EQ(body_of(get("/health/ready")), "{\"status\":\"not ready\"}\n");
  const std::string token = "Authorization: Bearer s3cret\r\n";
  EXPECT_THAT(body_of(ask("GET /health/ready", token)), HasSubstr("10.0.0.7 refused"));
  EXPECT_EQ(status_of(ask("POST /reload", token)), "200");
  EXPECT_EQ(status_of(ask("GET /metrics", token)), "200");
}

TEST_F(SiteTest, ReadySaysWhatIsMissing) {
  serve();
  EXPECT_EQ(status_of(get("/health/ready")), "200");
  orders().state = "paused";
  orders().reasons = {"sink 'events': connection refused"};
  advance(1s);
  const std::string answer = get("/health/ready");
  EXPECT_EQ(status_of(answer), "503");
  EXPECT_THAT(body_of(answer),
              HasSubstr(R"({"pipeline":"orders","component":"sink 'events'","reason":"connection refused"})"));
  EXPECT_EQ(status_of(get("/health/live")), "200");
}

TEST_F(SiteTest, APartitionThatStandsStillMakesItNotReady) {
  serve();
  advance(59s);
  EXPECT_EQ(status_of(get("/health/ready")), "200");
  advance(1s);
  EXPECT_THAT(body_of(get("/health/ready")), HasSubstr("partition orders/0 on lane 0"));
  orders().partitions[0].watermark = 101;
  advance(1s);
  EXPECT_EQ(status_of(get("/health/ready")), "200");
}

TEST_F(SiteTest, ARefusedReloadLeavesItReady) {
  program_.outcome.kind = ReloadOutcome::Kind::refused;
  program_.outcome.error = Error(Errc::invalid_argument, "no such topic");
  serve();
  EXPECT_EQ(status_of(ask("POST /reload")), "409");
  advance(2s);
  EXPECT_EQ(status_of(get("/health/ready")), "200");
}

TEST_F(SiteTest, BeforeTheFirstLookItIsNotReadyAndIsAlive) {
  program_.answers = false;
  serve();
  EXPECT_THAT(body_of(get("/health/ready")), HasSubstr("it is being started"));
  EXPECT_EQ(status_of(get("/health/live")), "200");
  EXPECT_EQ(status_of(get("/metrics")), "200");
}

TEST_F(SiteTest, AProgramThatAnswersNothingIsFirstNotReadyThenNotAlive) {
  serve();
  program_.answers = false;
  advance(5s);
  EXPECT_EQ(status_of(get("/health/ready")), "200");
  advance(5s);
  EXPECT_THAT(body_of(get("/health/ready")), HasSubstr("does not answer"));
  EXPECT_EQ(status_of(get("/health/live")), "200");
  advance(20s);
  EXPECT_EQ(status_of(get("/health/live")), "503");
  EXPECT_EQ(status_of(get("/metrics")), "200") << "what was counted is told all the same";
  program_.answers = true;
  advance(6s);
  EXPECT_EQ(status_of(get("/health/live")), "200");
  EXPECT_EQ(status_of(get("/health/ready")), "200");
}

TEST_F(SiteTest, WhatAPersonAsksForIsGivenUpWhenNobodyAnswers) {
  serve();
  program_.answers = false;
  Client& client = dial();
  EXPECT_EQ(talk(client, "GET /pipelines HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  advance(4s);
  EXPECT_EQ(client.receive(), "");
  advance(1s);
  EXPECT_EQ(status_of(client.receive()), "503");
}

TEST_F(SiteTest, PipelinesAreShownTogetherAndAlone) {
  serve();
  EXPECT_THAT(body_of(get("/pipelines")), AllOf(HasSubstr("\"name\": \"orders\""), HasSubstr("\"lag\": 10"),
                                                HasSubstr("\"kind\": \"eventstoredb\"")));
  EXPECT_THAT(body_of(get("/pipelines/orders")), AllOf(HasSubstr("\"state\": \"running\""), HasSubstr("\"end\": 110")));
  const std::string missing = get("/pipelines/nobody");
  EXPECT_EQ(status_of(missing), "404");
  EXPECT_THAT(body_of(missing), HasSubstr("nobody"));
}

TEST_F(SiteTest, APipelineIsPausedAndGoesOn) {
  serve();
  const std::string answer = ask("POST /pipelines/orders/pause");
  EXPECT_EQ(status_of(answer), "200");
  EXPECT_THAT(body_of(answer), HasSubstr("\"name\": \"orders\""));
  EXPECT_EQ(status_of(ask("POST /pipelines/orders/resume")), "200");
  EXPECT_THAT(program_.asked, ElementsAre("pause orders", "resume orders"));
  program_.paused = Error(Errc::not_found, "no such pipeline");
  EXPECT_EQ(status_of(ask("POST /pipelines/nobody/pause")), "404");
  program_.paused = Error(Errc::conflict, "the pipeline is draining");
  const std::string late = ask("POST /pipelines/orders/pause");
  EXPECT_EQ(status_of(late), "409");
  EXPECT_THAT(body_of(late), HasSubstr("draining"));
}

TEST_F(SiteTest, AReloadIsAnsweredWithHowItWent) {
  serve();
  program_.outcome.kind = ReloadOutcome::Kind::applied;
  program_.outcome.config_hash = "0123456789abcdef";
  const std::string applied = ask("POST /reload");
  EXPECT_EQ(status_of(applied), "200");
  EXPECT_THAT(body_of(applied), AllOf(HasSubstr("applied"), HasSubstr("0123456789abcdef")));
  program_.outcome.kind = ReloadOutcome::Kind::unchanged;
  EXPECT_EQ(status_of(ask("POST /reload")), "200");
  program_.outcome.kind = ReloadOutcome::Kind::refused;
  program_.outcome.error = Error(Errc::already_exists, "the data directory is in use");
  EXPECT_EQ(status_of(ask("POST /reload")), "409");
  program_.outcome.error.reset();
  program_.outcome.findings.error("unknown-key", {}, "pipelines.orders", "there is no 'widnow'");
  const std::string refused = ask("POST /reload");
  EXPECT_EQ(status_of(refused), "422");
  EXPECT_THAT(body_of(refused), HasSubstr("widnow"));
  EXPECT_THAT(program_.asked, ElementsAre("POST /reload", "POST /reload", "POST /reload", "POST /reload"));
}

TEST_F(SiteTest, AReloadMayTakeLongAndNobodyElseWaitsForIt) {
  serve();
  program_.reloads_wait = true;
  Client& waiting = dial();
  EXPECT_EQ(talk(waiting, "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  advance(10min);
  EXPECT_EQ(waiting.receive(), "");
  EXPECT_EQ(status_of(get("/health/live")), "200");
  ASSERT_EQ(program_.reloads.size(), 1u);
  program_.reloads[0](program_.outcome);
  run_until_idle();
  EXPECT_EQ(status_of(waiting.receive()), "200");
}

TEST_F(SiteTest, AReloadWithoutAnEndIsGivenUpAndALateAnswerHarmsNobody) {
  serve();
  program_.reloads_wait = true;
  Client& waiting = dial();
  EXPECT_EQ(talk(waiting, "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  advance(15min);
  EXPECT_EQ(status_of(waiting.receive()), "503");
  program_.reloads[0](program_.outcome);
  run_until_idle();
  Client& gone = dial();
  EXPECT_EQ(talk(gone, "POST /reload HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  gone.close();
  stop_now();
  program_.reloads[1](program_.outcome);
  run_until_idle();
}

TEST_F(SiteTest, TheStateOfReloadsIsShown) {
  serve();
  EXPECT_EQ(body_of(get("/reload")), "{\"busy\":false,\"waiting_for\":[],\"last\":null}\n");
  program_.state = {true, {"sink 'events' has to say what it holds"}, ReloadOutcome()};
  EXPECT_THAT(body_of(get("/reload")),
              AllOf(HasSubstr("\"busy\":true"), HasSubstr("has to say what it holds"), HasSubstr("\"result\"")));
}

TEST_F(SiteTest, TheConfigurationIsShown) {
  serve();
  const std::string answer = get("/config");
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/yaml\r\n"));
  EXPECT_EQ(body_of(answer), "pipelines: {}\n");
}

TEST_F(SiteTest, MetricsHaveWhatWasCountedAndWhatIsSeen) {
  metrics_.counter("weir_messages_consumed_total", {{"pipeline", "orders"}}).add(103);
  metrics_.histogram("weir_batch_latency_seconds", Unit::seconds, {{"pipeline", "orders"}}).observe(1000);
  serve();
  EXPECT_THAT(get("/metrics"), HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  const testing::PrometheusText read = metrics();
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.value("weir_messages_consumed_total", {{"pipeline", "orders"}}), 103);
  EXPECT_EQ(read.value("weir_lag_messages", {{"pipeline", "orders"}}), 10);
  EXPECT_EQ(read.value("weir_lag_seconds", {{"pipeline", "orders"}}), 2);
  EXPECT_EQ(read.value("weir_partition_watermark_offset", {{"topic", "orders"}, {"partition", "0"}}), 100);
  EXPECT_EQ(read.value("weir_partition_end_offset", {{"partition", "0"}}), 110);
  EXPECT_EQ(read.value("weir_pipeline_state", {{"state", "running"}}), 1);
  EXPECT_EQ(read.value("weir_pipeline_state", {{"state", "paused"}}), 0);
  EXPECT_EQ(read.value("weir_connection_open", {{"connection", "store"}}), 1);
  EXPECT_EQ(read.value("weir_ready"), 1);
  EXPECT_EQ(read.value("weir_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_EQ(read.value("weir_admin_connections"), 2);
  EXPECT_GT(read.value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(read.value("process_start_time_seconds"), 1.6e9);
  EXPECT_GE(read.value("process_threads"), 1);
  EXPECT_GT(read.value("process_open_fds"), 2);
}

TEST_F(SiteTest, LagGrowsWithTimeWhereNothingIsRead) {
  orders().partitions[0].unsettled = 0;
  orders().partitions[0].position = 100;
  orders().partitions[0].oldest_unsettled_ms = -1;
  serve();
  advance(30s);
  EXPECT_EQ(metrics().value("weir_lag_seconds"), 30);
  orders().partitions[0].watermark = 110;
  advance(1s);
  EXPECT_EQ(metrics().value("weir_lag_seconds"), 0);
  EXPECT_EQ(metrics().value("weir_lag_messages"), 0);
}

TEST_F(SiteTest, ThousandsOfPartitionsDoNotFloodPrometheus) {
  orders().partitions.clear();
  for (Partition i = 0; i < 2000; ++i) {
    PartitionStatus& partition = orders().partitions.emplace_back();
    partition.id = {"orders", i};
    partition.assigned = i != 7;
    partition.watermark = 0;
    partition.end = i;
  }
  serve();
  const testing::PrometheusText read = metrics();
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.value("weir_partitions_assigned"), 1999);
  EXPECT_EQ(read.value("weir_lag_messages"), 1999 * 2000 / 2 - 7);
  EXPECT_EQ(read.families.at("weir_partition_lag_messages").samples.size(), kMostPartitions);
  EXPECT_EQ(read.value("weir_partition_lag_messages", {{"partition", "1999"}}), 1999) << "those with the most are kept";
}

TEST_F(SiteTest, AHostileSummaryCannotBreakTheFormat) {
  PartitionStatus& partition = orders().partitions.emplace_back();
  partition.id = {"a\"\n\\{}", 1};
  partition.assigned = true;
  partition.watermark = 1;
  orders().name = "or\"ders\n";
  program_.summary.connections[0].name = "st\\ore\"";
  serve();
  EXPECT_THAT(metrics().problems, IsEmpty());
}

TEST_F(SiteTest, ThoseWhoDribbleAreGivenUp) {
  serve();
  Client& slow = dial();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(talk(slow, "G"), "");
    advance(1s);
  }
  advance(1s);
  EXPECT_EQ(status_of(slow.receive()), "408");
  Client& silent = dial();
  advance(15s);
  silent.receive();
  EXPECT_TRUE(silent.ended());
}

TEST_F(SiteTest, AThousandConnectionsAreBoundedAndGoAway) {
  serve();
  for (int i = 0; i < 1000; ++i) dial();
  EXPECT_EQ(server_->connections(), 128u);
  EXPECT_FALSE(accepted_);
  advance(15s);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(status_of(get("/health/live")), "200");
}

}  // namespace
}  // namespace weir::admin
