// A configuration that changes while `weir run` runs, as a user changes it; and `weir plan`.
#include "tests/cli/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace weir::cli {
namespace {

using testing::ChildProcess;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProgram = WEIR_BINARY_DIR "/weir";

class Reloads : public ::testing::Test {
 protected:
  Reloads() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-reloads-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    save("p.yaml", pipeline("24h"));
  }
  ~Reloads() override { std::filesystem::remove_all(directory_); }

  static std::string pipeline(const std::string& window, const std::string& sinks = "") {
    return "connections: { broker: { kafka: { brokers: embedded } } }\n"
           "pipelines:\n"
           "  orders:\n"
           "    source: { kafka: { connection: broker, topics: [orders], group: writer } }\n"
           "    stages: [ { decode: {} }, { dedupe: { key: event_id, window: " +
           window +
           " } }, { persist: {} }, { ack: {} } ]\n"
           "    sinks: { events: { file: { path: events.jsonl } }, dlq: { file: { path: letters.jsonl } }" +
           sinks + " }\n";
  }
  // A new file in the place of the old one.
  void save(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(directory_) / name;
    std::ofstream(path.string() + "~") << text;
    std::filesystem::rename(path.string() + "~", path);
  }
  std::unique_ptr<ChildProcess> start(std::vector<std::string> words) const {
    return std::make_unique<ChildProcess>(kProgram, std::move(words), directory_);
  }
  std::unique_ptr<ChildProcess> start_run(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"run", "p.yaml", "--data-dir", "data", "--log-format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    std::unique_ptr<ChildProcess> child = start(std::move(words));
    EXPECT_TRUE(child->wait_for("delivery guarantee")) << child->output();
    return child;
  }
  std::string plan(std::vector<std::string> more, int expected_code) const {
    std::vector<std::string> words = {"plan"};
    words.insert(words.end(), more.begin(), more.end());
    const std::unique_ptr<ChildProcess> child = start(std::move(words));
    const int code = child->wait();
    EXPECT_EQ(code, expected_code) << child->output();
    return child->output();
  }

  std::string directory_;
};

TEST_F(Reloads, I7_SighupPutsAChangedFileToWorkAndABrokenOneChangesNothing) {
  const std::unique_ptr<ChildProcess> run = start_run();
  save("p.yaml", "pipelines:\n  orders: { sour");
  run->hang_up();
  ASSERT_TRUE(run->wait_for("the new configuration was refused")) << run->output();
  save("p.yaml", pipeline("1h"));
  run->hang_up();
  ASSERT_TRUE(run->wait_for("the new configuration runs")) << run->output();
  EXPECT_THAT(run->output(), HasSubstr("pipeline 'orders': switched; stage dedupe rebuilt (window)"));
  run->hang_up();
  ASSERT_TRUE(run->wait_for("the configuration is what runs already")) << run->output();
  run->terminate();
  EXPECT_EQ(run->wait(), 0) << run->output();
}

TEST_F(Reloads, I7_WatchPutsToWorkWhatIsSaved) {
  const std::unique_ptr<ChildProcess> run = start_run({"--watch"});
  save("p.yaml", pipeline("1h", ", more: { file: { path: more.jsonl } }"));
  ASSERT_TRUE(run->wait_for("the new configuration runs")) << run->output();
  EXPECT_THAT(run->output(), HasSubstr("a file has changed"));
  EXPECT_THAT(run->output(), HasSubstr("sink more added"));
  save("p.yaml", "pipelines: {}\n");
  ASSERT_TRUE(run->wait_for("the new configuration was refused")) << run->output();
  run->terminate();
  EXPECT_EQ(run->wait(), 0) << run->output();
}

TEST_F(Reloads, WithoutWatchAFileMayChangeInPeace) {
  const std::unique_ptr<ChildProcess> run = start_run();
  save("p.yaml", pipeline("1h"));
  run->terminate();
  EXPECT_EQ(run->wait(), 0) << run->output();
  EXPECT_THAT(run->output(), Not(HasSubstr("new configuration")));
}

TEST_F(Reloads, PlanSaysWhatWouldChangeAndChangesNothing) {
  save("next.yaml", pipeline("1h"));
  save("bad.yaml", "pipelines: { orders: {} }\n");
  EXPECT_THAT(plan({"p.yaml", "--from", "p.yaml"}, 0), HasSubstr("nothing would change"));
  EXPECT_THAT(plan({"next.yaml", "--from", "p.yaml"}, 7),
              HasSubstr("connection 'broker': kept\npipeline 'orders': switched; stage dedupe rebuilt (window);"));
  EXPECT_THAT(plan({"next.yaml", "--from", "p.yaml", "--json"}, 7), HasSubstr(R"({"changes":true,"connections":[)"));
  EXPECT_THAT(plan({"bad.yaml", "--from", "p.yaml"}, 3), HasSubstr("bad.yaml:1:"));
  EXPECT_THAT(plan({"next.yaml", "--from", "gone.yaml"}, 4), HasSubstr("gone.yaml"));
  EXPECT_THAT(plan({"next.yaml"}, 2), HasSubstr("--from"));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(directory_) / "data"));
}

}  // namespace
}  // namespace weir::cli
