// The admin port of a weir that works: probes, pause, `weir status` and `weir reload`, ports that are taken. On free
// ports of loopback.
#include "cli/admin/admin_request.hpp"
#include "tests/cli/child_process.hpp"
#include "tests/pipeline/admin/prometheus_text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <unistd.h>

namespace weir::cli {
namespace {

using admin::testing::PrometheusText;
using admin::testing::read_prometheus_text;
using ::testing::AllOf;
using ::testing::AnyOf;
using testing::ChildProcess;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kWeir = WEIR_BINARY_DIR "/weir";
constexpr const char* kData = WEIR_SOURCE_DIR "/tests/cli/data";

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class AdminProcess : public ::testing::Test {
 protected:
  AdminProcess() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-admin-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    config_ = directory_ + "/admin.yaml";
    std::filesystem::copy_file(std::string(kData) + "/admin.yaml", config_);
  }
  ~AdminProcess() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ChildProcess> start(std::vector<std::string> words) const {
    return std::make_unique<ChildProcess>(kWeir, std::move(words), kData);
  }
  std::unique_ptr<ChildProcess> start_dev(const std::vector<std::string>& more) const {
    // The tests ask for their reloads; a watch might be faster.
    std::vector<std::string> words = {"dev",          config_, "--data-dir", directory_ + "/data", "--port-kafka", "0",
                                      "--port-store", "0",     "--no-watch", "--log-format",       "text"};
    words.insert(words.end(), more.begin(), more.end());
    return start(std::move(words));
  }
  // With its admin port on a free one.
  std::unique_ptr<ChildProcess> dev() {
    std::unique_ptr<ChildProcess> child = start_dev({"--admin", "127.0.0.1:0"});
    EXPECT_TRUE(child->wait_for("reload on http://127.0.0.1:") && child->wait_for("Ctrl-C stops")) << child->output();
    address_ = child->word_after("reload on http://");
    target_.port = static_cast<std::uint16_t>(std::stoul(address_.substr(address_.rfind(':') + 1)));
    return child;
  }
  static void stop(ChildProcess& child) {
    child.terminate();
    EXPECT_EQ(child.wait(), 0) << child.output();
  }
  std::string run(std::vector<std::string> words, int expected_code) const {
    const std::unique_ptr<ChildProcess> child = start(std::move(words));
    EXPECT_EQ(child->wait(), expected_code) << child->output();
    return child->output();
  }
  AdminAnswer ask(const std::string& path, const std::string& method = "GET") const {
    const Result<AdminAnswer> answer = ask_admin(target_, {.method = method, .path = path});
    EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message());
    return answer ? *answer : AdminAnswer();
  }
  PrometheusText metrics() const { return read_prometheus_text(ask("/metrics").body); }
  // What the metrics say once `enough` of them; what they say after half a minute otherwise.
  template <class F>
  PrometheusText metrics_once(F enough) const {
    PrometheusText read;
    // lint: allow sleep, because it waits for another process
    for (int looks = 0; looks < 300; ++looks, ::usleep(100'000)) {
      read = metrics();
      if (enough(read)) break;
    }
    return read;
  }
  // Four records: one event, the same again, none at all, another event.
  PrometheusText work(const ChildProcess& child) const {
    run({"feed", "--brokers", child.word_after("broker on "), "admin.jsonl"}, 0);
    return metrics_once([](const PrometheusText& read) {
      return read.value("weir_messages_written_total", {{"pipeline", "orders"}}) == 2 &&
             read.value("weir_messages_dead_lettered_total", {{"pipeline", "orders"}}) == 1 &&
             read.value("weir_messages_written_total", {{"pipeline", "counted"}}) == 4 &&
             read.value("weir_lag_messages", {{"pipeline", "orders"}}) == 0 &&
             read.families.contains("weir_partition_end_offset") &&
             read.families.contains("weir_partition_committed_offset") &&
             read.families.contains("weir_partition_watermark_offset");
    });
  }

  std::string directory_;
  std::string config_;
  std::string address_;
  AdminTarget target_;
};

TEST_F(AdminProcess, StatusAndReloadAskTheWeirThatRuns) {
  const std::unique_ptr<ChildProcess> child = dev();
  work(*child);
  const std::string table = run({"status", "--admin", address_}, 0);
  EXPECT_THAT(table, AllOf(HasSubstr("PIPELINE"), HasSubstr("orders"), HasSubstr("counted"), HasSubstr("running")));
  EXPECT_THAT(run({"status", "--admin", address_, "--json"}, 0), HasSubstr("\"pipelines\""));

  EXPECT_THAT(run({"reload", "--admin", address_}, 0), HasSubstr("what runs already"));
  const std::string good = read_file(config_);
  std::ofstream(config_) << good << "  more: { nonsense: true }\n";
  EXPECT_THAT(run({"reload", "--admin", address_}, 3), AllOf(HasSubstr("nonsense"), HasSubstr("admin.yaml")));
  std::ofstream(config_) << std::regex_replace(good, std::regex("window: 1h"), "window: 2h");
  EXPECT_THAT(run({"reload", "--admin", address_}, 0), HasSubstr("orders"));
  EXPECT_THAT(ask("/config").body, HasSubstr("window: 2h"));
  EXPECT_THAT(run({"reload", "--admin", address_, "--json"}, 0), HasSubstr("\"result\":\"unchanged\""));
  const PrometheusText read = metrics();
  EXPECT_EQ(read.value("weir_reloads_total", {{"result", "applied"}}), 1);
  EXPECT_EQ(read.value("weir_reloads_total", {{"result", "refused"}}), 1);
  EXPECT_EQ(read.value("weir_reloads_total", {{"result", "unchanged"}}), 2);
  stop(*child);
  EXPECT_THAT(run({"status", "--admin", address_}, 4), HasSubstr("no weir answers at " + address_));
  EXPECT_THAT(run({"reload", "--admin", address_}, 4), HasSubstr("no weir answers at " + address_));
}

TEST_F(AdminProcess, APausedPipelineReadsNothingUntilItGoesOn) {
  const std::unique_ptr<ChildProcess> child = dev();
  metrics_once([](const PrometheusText& read) { return read.value("weir_ready") == 1; });
  EXPECT_EQ(ask("/pipelines/orders/pause", "POST").status, 200);
  EXPECT_EQ(ask("/pipelines/nobody/pause", "POST").status, 404);
  run({"feed", "--brokers", child->word_after("broker on "), "admin.jsonl"}, 0);
  const PrometheusText paused = metrics_once([](const PrometheusText& read) {
    return read.value("weir_messages_written_total", {{"pipeline", "counted"}}) == 4 &&
           read.value("weir_lag_messages", {{"pipeline", "orders"}}) == 4;
  });
  EXPECT_EQ(paused.value("weir_messages_written_total", {{"pipeline", "orders"}}), 0);
  EXPECT_EQ(paused.value("weir_lag_messages", {{"pipeline", "orders"}}), 4) << "it is seen to fall behind";
  EXPECT_EQ(ask("/health/ready").status, 200);
  EXPECT_EQ(ask("/pipelines/orders/resume", "POST").status, 200);
  const PrometheusText done = metrics_once([](const PrometheusText& read) {
    return read.value("weir_messages_written_total", {{"pipeline", "orders"}}) == 2;
  });
  EXPECT_EQ(done.value("weir_messages_written_total", {{"pipeline", "orders"}}), 2);
  stop(*child);
}

TEST_F(AdminProcess, ATakenPortIsAnErrorOnlyWhereItWasAskedFor) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor taken(io);
  taken.open(boost::asio::ip::tcp::v4());
  boost::system::error_code somebody_else;
  // Whoever has it: it is taken.
  taken.bind({boost::asio::ip::address_v4::loopback(), 7070}, somebody_else);
  if (!somebody_else) taken.listen();
  const std::unique_ptr<ChildProcess> moved = start_dev({});
  EXPECT_TRUE(moved->wait_for("Ctrl-C stops")) << moved->output();
  EXPECT_TRUE(moved->wait_for("the port 7070 is taken")) << moved->output();
  EXPECT_THAT(moved->word_after("the admin port is on "), Not(HasSubstr(":7070")));
  stop(*moved);
  const std::unique_ptr<ChildProcess> refused = start_dev({"--admin", "127.0.0.1:7070"});
  EXPECT_EQ(refused->wait(), 5) << refused->output();
  EXPECT_THAT(refused->output(), HasSubstr("127.0.0.1:7070"));
  const std::unique_ptr<ChildProcess> off = start_dev({"--admin", "off", "--until-idle", "500ms"});
  EXPECT_EQ(off->wait(), 0) << off->output();
  EXPECT_THAT(off->output(), Not(HasSubstr("reload on http")));
}

TEST_F(AdminProcess, AnOpenPortWantsAToken) {
  const std::unique_ptr<ChildProcess> bare = start_dev({"--admin", "0.0.0.0:0"});
  EXPECT_EQ(bare->wait(), 2) << bare->output();
  EXPECT_THAT(bare->output(), HasSubstr("--admin-token-file"));
  const std::string token = directory_ + "/token";
  std::ofstream(token) << "short\n";
  const std::unique_ptr<ChildProcess> weak = start_dev({"--admin", "0.0.0.0:0", "--admin-token-file", token});
  EXPECT_EQ(weak->wait(), 2) << weak->output();
  std::ofstream(token) << "a-token-that-nobody-guesses\n";
  const std::unique_ptr<ChildProcess> child = start_dev({"--admin", "0.0.0.0:0", "--admin-token-file", token});
  ASSERT_TRUE(child->wait_for("reload on http://0.0.0.0:") && child->wait_for("Ctrl-C stops")) << child->output();
  const std::string given = child->word_after("reload on http://0.0.0.0:");
  const std::string address = "127.0.0.1:" + given;
  EXPECT_THAT(run({"status", "--admin", address}, 1), HasSubstr("--token-file"));
  EXPECT_THAT(run({"status", "--admin", address, "--token-file", token}, 0), HasSubstr("orders"));
  EXPECT_THAT(run({"reload", "--admin", address, "--token-file", token}, 0), HasSubstr("what runs already"));
  EXPECT_THAT(child->output(), Not(HasSubstr("a-token-that-nobody-guesses")));
  stop(*child);
}

}  // namespace
}  // namespace weir::cli
