// The admin port beside the run of an App: real threads, and the real supervisor behind the answers.
#include "pipeline/admin/service.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/control/app.hpp"
#include "pipeline/testing/runner_kit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace weir::admin {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Does what the test says, step by step, on the main thread while the run goes on.
class Script final : public RunObserver {
 public:
  explicit Script(std::function<bool(const Summary&)> look) : look_(std::move(look)) {}
  std::optional<Duration> interval() const override { return 1ms; }
  void observe(const Summary& summary, TimePoint) override {
    if (!done_ && look_(summary)) {
      done_ = true;
      ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    }
  }

 private:
  std::function<bool(const Summary&)> look_;
  bool done_ = false;
};

class AdminServiceTest : public ::testing::Test {
 protected:
  AdminServiceTest() {
    log::redirect([](std::string_view) {});
    source_->kind = ComponentKind::source;
    source_->name = "memory";
    source_->make_source = [this](const auto&, BuildContext&) -> Result<std::unique_ptr<Source>> {
      return std::unique_ptr<Source>(
          std::make_unique<weir::testing::MemorySource>(log_, weir::testing::MemorySource::Settings()));
    };
    sink_->kind = ComponentKind::sink;
    sink_->name = "store";
    sink_->make_sink = [this](const auto&, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
      return std::unique_ptr<Sink>(std::make_unique<weir::testing::MemorySink>(context.clock, store_));
    };
    for (const auto& type : {source_, sink_}) {
      type->write = [](const auto&, const config::SecretText& secret, std::string& out) {
        out += "{password: " + secret("hunter2") + "}";
      };
    }
    for (int i = 0; i < 100; ++i) log_->append("t", i % 2, "k" + std::to_string(i % 7), "payload");
  }
  ~AdminServiceTest() override { log::redirect({}); }

  Topology topology() {
    Topology topology;
    PipelinePlan& plan = topology.pipelines.emplace_back();
    plan.name = "main";
    plan.source.type = source_;
    plan.sinks.resize(1);
    plan.sinks[0].first = "events";
    plan.sinks[0].second.type = sink_;
    plan.default_sink = 0;
    return topology;
  }
  RunOutcome run(Service& service, RunObserver& observer) {
    App app;
    App::Settings settings;
    settings.data_dir = "unused";
    settings.workers = 2;
    settings.companion = &service;
    return app.run(topology(), settings, signals_, observer);
  }
  static std::string ask(const Service& service, const std::string& what) {
    boost::asio::io_context io;
    tcp::socket socket(io);
    socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), service.port().number()));
    boost::asio::write(socket, boost::asio::buffer(what + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    std::string out;
    boost::system::error_code ended;
    boost::asio::read(socket, boost::asio::dynamic_buffer(out), ended);
    return out;
  }

  ProcessSignals signals_;
  std::shared_ptr<weir::testing::MemoryLog> log_ = std::make_shared<weir::testing::MemoryLog>();
  std::shared_ptr<weir::testing::MemoryStore> store_ = std::make_shared<weir::testing::MemoryStore>();
  std::shared_ptr<ComponentType> source_ = std::make_shared<ComponentType>();
  std::shared_ptr<ComponentType> sink_ = std::make_shared<ComponentType>();
};

TEST_F(AdminServiceTest, ItAnswersForTheRunThatItStandsBeside) {
  Service service({.port = 0}, {"1", "c", "g"}, "{}\n");
  ASSERT_TRUE(service.listen().has_value());
  Script script([&service](const Summary& summary) {
    if (summary.pipelines.empty() || summary.pipelines[0].written < 100) return false;
    EXPECT_THAT(ask(service, "GET /pipelines"),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\"written\": 100"), HasSubstr("\"lag\": 0")));
    EXPECT_THAT(ask(service, "GET /metrics"), HasSubstr("weir_messages_written_total{pipeline=\"main\"} 100\n"));
    const std::string config = ask(service, "GET /config");
    EXPECT_THAT(config, AllOf(HasSubstr("main:"), HasSubstr("{ store: {password: ***} }")));
    EXPECT_EQ(config.find("hunter2"), std::string::npos);
    EXPECT_THAT(ask(service, "POST /reload"), StartsWith("HTTP/1.1 409"));
    EXPECT_THAT(ask(service, "GET /reload"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(ask(service, "POST /pipelines/nobody/pause"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(ask(service, "POST /pipelines/main/pause"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("paused")));
    EXPECT_THAT(ask(service, "POST /pipelines/main/resume"), StartsWith("HTTP/1.1 200"));
    return true;
  });
  const RunOutcome outcome = run(service, script);
  EXPECT_TRUE(outcome.drained);
  EXPECT_EQ(store_->events(), 100u);
}

TEST_F(AdminServiceTest, QuestionsDuringTheEndHarmNobody) {
  for (int i = 0; i < 20; ++i) {
    Service service({.port = 0}, {"1", "c", "g"}, "{}\n");
    ASSERT_TRUE(service.listen().has_value());
    boost::asio::io_context io;
    std::vector<std::unique_ptr<tcp::socket>> crowd;
    Script script([&](const Summary&) {
      for (const char* what : {"GET /pipelines", "POST /reload", "GET /config", "POST /pipelines/main/pause"}) {
        tcp::socket& socket = *crowd.emplace_back(std::make_unique<tcp::socket>(io));
        socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), service.port().number()));
        boost::asio::write(socket, boost::asio::buffer(std::string(what) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      }
      return true;
    });
    EXPECT_TRUE(run(service, script).drained);
  }
}

}  // namespace
}  // namespace weir::admin
