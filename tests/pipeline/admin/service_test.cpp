// The admin port beside the run of an App: real threads, and the real supervisor behind the answers.
#include "pipeline/admin/service.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/control/app.hpp"
#include "pipeline/testing/runner_kit.hpp"
#include "pipeline/topology/topology.hpp"
#include "tests/pipeline/control/temp_files.hpp"

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
using ::testing::Not;
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

struct NotedConfig {
  std::string note;
  std::string password;
};
Spec<NotedConfig> noted_spec() {
  Spec<NotedConfig> spec("A part that is said something.");
  spec.option("note", &NotedConfig::note, "Anything.");
  spec.option("password", &NotedConfig::password, "Of nothing.").secret();
  return spec;
}

class AdminServiceTest : public ::testing::Test {
 protected:
  AdminServiceTest() {
    log::redirect([](std::string_view) {});
    files_.write("note", "of a file");
    for (int i = 0; i < 100; ++i) log_->append("t", i % 2, "k" + std::to_string(i % 7), "payload");
  }
  ~AdminServiceTest() override { log::redirect({}); }

  void register_parts(Registry& registry) {
    registry.add_source<NotedConfig>(
        "memory", noted_spec(), [this](const NotedConfig&, BuildContext&) -> Result<std::unique_ptr<Source>> {
          return std::unique_ptr<Source>(
              std::make_unique<weir::testing::MemorySource>(log_, weir::testing::MemorySource::Settings()));
        });
    registry.add_sink<NotedConfig>(
        "store", noted_spec(), [this](const NotedConfig&, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
          return std::unique_ptr<Sink>(std::make_unique<weir::testing::MemorySink>(context.clock, store_));
        });
    registry.add_persist("persist", Spec<PersistPolicy>("Writes."));
    registry.add_ack("ack", Spec<Registry::AckConfig>("Settles."));
  }
  Topology topology(const Registry& registry) {
    const std::string yaml = "pipelines: { main: { source: { memory: { note: \"${file:" + (files_ / "note").string() +
                             "}\", password: hunter2 } }, stages: [ persist: {}, ack: {} ], "
                             "sinks: { events: { store: { note: plain, password: \"${PASSWORD}\" } } } } }";
    const auto environment = [](const std::string&) {
      return std::optional<std::string>("hunter3");
    };
    config::Diagnostics found;
    Topology topology = parse_topology(yaml, "test.yaml", registry, environment, found);
    EXPECT_FALSE(found.has_errors()) << found.str();
    return topology;
  }
  RunOutcome run(Service& service, RunObserver& observer) {
    App app;
    register_parts(app.registry());
    App::Settings settings;
    settings.data_dir = "unused";
    settings.workers = 2;
    settings.companion = &service;
    return app.run(topology(app.registry()), settings, signals_, observer);
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

  static std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

  ProcessSignals signals_;
  weir::testing::TempFiles files_;
  std::shared_ptr<weir::testing::MemoryLog> log_ = std::make_shared<weir::testing::MemoryLog>();
  std::shared_ptr<weir::testing::MemoryStore> store_ = std::make_shared<weir::testing::MemoryStore>();
};

TEST_F(AdminServiceTest, ItAnswersForTheRunThatItStandsBeside) {
  Service service({.port = 0}, {"1", "c", "g"}, "{}\n");
  ASSERT_TRUE(service.listen().has_value());
  Script script([&service](const Summary& summary) {
    if (summary.pipelines.empty() || summary.pipelines[0].written < 100) return false;
    EXPECT_THAT(ask(service, "GET /pipelines"),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\"written\": 100"), HasSubstr("\"lag\": 0")));
    EXPECT_THAT(ask(service, "GET /metrics"), HasSubstr("weir_messages_written_total{pipeline=\"main\"} 100\n"));
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

TEST_F(AdminServiceTest, I10_TheConfigurationIsShownAsYamlWithoutSecretsAndWhatFilesHold) {
  Service service({.port = 0}, {"1", "c", "g"}, "{}\n");
  ASSERT_TRUE(service.listen().has_value());
  Script script([&](const Summary& summary) {
    if (summary.pipelines.empty()) return false;
    const std::string text = body_of(ask(service, "GET /config"));
    config::Diagnostics found;
    const std::optional<config::Node> document = config::parse_yaml(text, "config", found);
    EXPECT_TRUE(document.has_value()) << text << found.str();
    if (!document) return true;
    const auto value = [&document](std::initializer_list<std::string_view> path) -> std::string {
      const config::Node* node = &*document;
      for (const std::string_view key : path) {
        node = node == nullptr ? nullptr : node->find(key);
      }
      return node == nullptr ? "(not there)" : node->text();
    };
    EXPECT_EQ(value({"pipelines", "main", "source", "memory", "password"}), "***");
    EXPECT_EQ(value({"pipelines", "main", "source", "memory", "note"}), "${file:" + (files_ / "note").string() + "}");
    EXPECT_EQ(value({"pipelines", "main", "sinks", "events", "store", "password"}), "${PASSWORD}");
    EXPECT_EQ(value({"pipelines", "main", "sinks", "events", "store", "note"}), "plain");
    EXPECT_EQ(value({"pipelines", "main", "reload", "drain"}), "30s") << "every default is there";
    EXPECT_THAT(text, AllOf(Not(HasSubstr("hunter")), Not(HasSubstr("of a file"))));
    return true;
  });
  EXPECT_TRUE(run(service, script).drained);
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
