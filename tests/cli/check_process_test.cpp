// `weir check` against servers that run: what is there, what is missing, who is away.
#include "tests/cli/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using ::testing::HasSubstr;

constexpr const char* kWeirToCheck = WEIR_BINARY_DIR "/weir";

class CheckedServers : public ::testing::Test {
 protected:
  CheckedServers() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-checked-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~CheckedServers() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ChildProcess> start(std::vector<std::string> words) const {
    return std::make_unique<ChildProcess>(kWeirToCheck, std::move(words), directory_);
  }
  std::string check(const std::string& brokers, const std::string& store, int expected_code) const {
    std::ofstream(directory_ + "/p.yaml") << "connections:\n  k: { kafka: { brokers: \"" << brokers
                                          << "\" } }\n  s: { eventstoredb: { url: \"" << store << "\" } }\n"
                                          << R"(pipelines:
  orders:
    source: { kafka: { connection: k, topics: [orders], group: g } }
    stages: [ { decode: {} }, { persist: {} }, { ack: {} } ]
    sinks:
      events: { eventstoredb: { connection: s } }
      dlq: { kafka: { connection: k, topic: orders.dlq } }
)";
    const std::unique_ptr<ChildProcess> child =
        start({"check", "p.yaml", "--timeout", "3s", "--data-dir", directory_ + "/data"});
    const int code = child->wait();
    EXPECT_EQ(code, expected_code) << child->output();
    return child->output();
  }
  std::string directory_;
};

TEST_F(CheckedServers, ABrokerAndAStoreAnswer) {
  const std::unique_ptr<ChildProcess> broker =
      start({"broker", "--listen", "127.0.0.1:0", "--data-dir", directory_ + "/broker", "--topics", "orders",
             "--partitions", "3"});
  ASSERT_TRUE(broker->wait_for("Ctrl-C stops it.")) << broker->output();
  const std::unique_ptr<ChildProcess> store =
      start({"store", "--listen", "127.0.0.1:0", "--data-dir", directory_ + "/store"});
  ASSERT_TRUE(store->wait_for("Ctrl-C stops it.")) << store->output();
  const std::string brokers = "127.0.0.1:" + broker->word_after("127.0.0.1:");
  const std::string url = "esdb://" + store->word_after("esdb://");
  EXPECT_THAT(check(brokers, url, 4),
              AllOf(HasSubstr("ok       brokers " + brokers + ": answer"),
                    HasSubstr("topic orders (orders, source): 3 partitions"),
                    HasSubstr("failed   topic orders.dlq (orders, sink dlq): is not there"), HasSubstr("group g: new"),
                    HasSubstr("ok       reading: allowed"), HasSubstr("1 failed\n")));
  const std::unique_ptr<ChildProcess> made = start({"topics", "create", "orders.dlq", "--brokers", brokers});
  ASSERT_EQ(made->wait(), 0) << made->output();
  EXPECT_THAT(check(brokers, url, 0), HasSubstr("0 warnings, 0 failed\n"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/data")) << "a check makes nothing";
}

TEST_F(CheckedServers, ServersThatAreAwayAreNamedEach) {
  EXPECT_THAT(check("127.0.0.1:1", "esdb://127.0.0.1:1?tls=false", 4),
              AllOf(HasSubstr("failed   brokers 127.0.0.1:1: "), HasSubstr("start the cluster"),
                    HasSubstr("failed   store esdb://127.0.0.1:1?tls=false: "), HasSubstr("start the store"),
                    HasSubstr("0 ok, 0 warnings, 2 failed\n")));
}

}  // namespace
}  // namespace weir::cli
