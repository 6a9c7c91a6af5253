// `weir broker` and `weir dev` as a user starts them: banners, ports, directories, signals, exit codes.
#include "tests/cli/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWeir = WEIR_BINARY_DIR "/weir";
constexpr const char* kData = WEIR_SOURCE_DIR "/tests/cli/data";

class Servers : public ::testing::Test {
 protected:
  Servers() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-servers-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Servers() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ChildProcess> start(std::vector<std::string> words) const {
    return std::make_unique<ChildProcess>(kWeir, std::move(words), kData);
  }
  // The whole output of a command that ends by itself.
  std::string run(std::vector<std::string> words, int expected_code) const {
    const std::unique_ptr<ChildProcess> child = start(std::move(words));
    const int code = child->wait();
    EXPECT_EQ(code, expected_code) << child->output();
    return child->output();
  }
  std::unique_ptr<ChildProcess> start_broker(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"broker", "--listen", "127.0.0.1:0", "--data-dir", directory_ + "/broker"};
    words.insert(words.end(), more.begin(), more.end());
    std::unique_ptr<ChildProcess> broker = start(std::move(words));
    EXPECT_TRUE(broker->wait_for("Ctrl-C stops it.")) << broker->output();
    return broker;
  }
  void stop(ChildProcess& child) const {
    child.terminate();
    EXPECT_EQ(child.wait(), 0) << child.output();
  }
  // Works off what the broker holds; the summary.
  std::string dev(std::vector<std::string> more = {}, int expected_code = 0) const {
    std::vector<std::string> words = {"dev",          "orders.yaml", "--data-dir",   directory_, "--port-kafka", "0",
                                      "--port-store", "0",           "--until-idle", "1s",       "--summary",    "-"};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words), expected_code);
  }
  void feed_orders() const {
    const std::unique_ptr<ChildProcess> broker = start_broker({"--topics", "orders", "--partitions", "3"});
    const std::string fed = run({"feed", "--brokers", broker->word_after("broker on "), "orders.jsonl"}, 0);
    EXPECT_THAT(fed, HasSubstr("fed 4 records"));
    stop(*broker);
  }

  static bool comes_to_hold_something(const std::filesystem::path& file) {
    constexpr int kMostLooks = 3000;
    std::error_code failure;
    // lint: allow sleep, because it waits for another process
    for (int i = 0; i < kMostLooks; ++i, ::usleep(10'000)) {
      if (std::filesystem::exists(file, failure) && std::filesystem::file_size(file, failure) > 0) return true;
    }
    return false;
  }
  // Breaks what the broker had safely on disk: the partition is offline from the next start on.
  void damage_partition(const std::string& number) const {
    const std::filesystem::path data = std::filesystem::path(directory_) / "broker";
    for (const auto& topic : std::filesystem::directory_iterator(data / "topics")) {
      const std::filesystem::path segment = topic.path() / number / "00000000000000000000";
      std::filesystem::remove(segment.string() + ".idx");
      std::fstream file(segment.string() + ".log", std::ios::in | std::ios::out | std::ios::binary);
      ASSERT_TRUE(file.seekp(70).write("damaged", 7).good()) << segment;
    }
    std::filesystem::remove(data / "meta" / "stopped");
  }

  std::string directory_;
};

TEST_F(Servers, ABrokerSaysHowToConnectAndStopsInOrder) {
  const std::unique_ptr<ChildProcess> broker = start_broker();
  const std::string address = broker->word_after("broker on ");
  EXPECT_THAT(address, ::testing::StartsWith("127.0.0.1:"));
  EXPECT_THAT(broker->output(), HasSubstr("data in " + directory_ + "/broker"));
  EXPECT_THAT(broker->output(), HasSubstr("kcat -b " + address));
  stop(*broker);
  EXPECT_THAT(broker->output(), HasSubstr("stopped; "));
}

TEST_F(Servers, WhatABrokerWasGivenItHasAfterARestart) {
  feed_orders();
  const std::unique_ptr<ChildProcess> broker = start_broker();
  const std::string address = broker->word_after("broker on ");
  const std::string topics = run({"topics", "ls", "-v", "--json", "--brokers", address}, 0);
  EXPECT_THAT(topics, HasSubstr("\"topic\":\"orders\""));
  EXPECT_THAT(topics, HasSubstr("\"partitions\":3"));
  EXPECT_THAT(topics, HasSubstr("\"records\":4"));
  stop(*broker);
}

TEST_F(Servers, ADamagedPartitionHidesNoOther) {
  {
    const std::unique_ptr<ChildProcess> broker = start_broker({"--topics", "orders", "--partitions", "3"});
    run({"topics", "produce", "orders", "--brokers", broker->word_after("broker on "), "--json", "partitions.jsonl"},
        0);
    stop(*broker);
  }
  damage_partition("1");
  const std::unique_ptr<ChildProcess> broker = start_broker();
  const std::string address = broker->word_after("broker on ");
  const auto ask = [&](std::vector<std::string> words, int expected_code) {
    words.insert(words.end(), {"--brokers", address});
    return run(std::move(words), expected_code);
  };
  EXPECT_THAT(ask({"topics", "ls", "-v"}, 0), AllOf(HasSubstr("orders/1: "), HasSubstr("Disk error"),
                                                    HasSubstr("orders           3         1        ?")));
  EXPECT_THAT(ask({"topics", "describe", "orders"}, 0),
              AllOf(HasSubstr("0       1  1         1            0    1"), HasSubstr("1            -    -")));
  EXPECT_THAT(ask({"topics", "tail", "orders"}, 0), AllOf(HasSubstr("zero\n"), HasSubstr("two\n"),
                                                          HasSubstr("partition 1 of topic 'orders' cannot be read")));
  EXPECT_THAT(ask({"topics", "tail", "orders", "--partition", "1"}, 1),
              AllOf(HasSubstr("Disk error"), Not(HasSubstr("start it"))));
  const std::vector<std::string> reset = {"groups", "reset", "readers", "--create", "--to", "end", "--yes", "--topic"};
  std::vector<std::string> all = reset, others = reset;
  all.push_back("orders");
  others.push_back("orders:0,2");
  EXPECT_THAT(ask(all, 1), AllOf(HasSubstr("where orders/1 begins and ends is not known now"),
                                 HasSubstr("nothing was changed"), HasSubstr("--topic orders:P,...")));
  EXPECT_THAT(ask(others, 0), HasSubstr("done: 2 partitions"));
  EXPECT_THAT(ask({"groups", "describe", "readers"}, 0), HasSubstr("lag 0"));
  EXPECT_THAT(ask({"topics", "rm", "orders", "--yes"}, 0), HasSubstr("removed orders"));
}

// Nobody ever writes into these files: reading them takes for ever, as reading large ones takes long.
TEST_F(Servers, AStartThatTakesLongCanBeStopped) {
  feed_orders();
  const std::filesystem::path data = std::filesystem::path(directory_) / "broker";
  for (const auto& topic : std::filesystem::directory_iterator(data / "topics")) {
    for (const auto& partition : std::filesystem::directory_iterator(topic)) {
      const std::filesystem::path segment = partition.path() / "00000000000000000000";
      std::filesystem::remove(segment.string() + ".idx");
      if (std::filesystem::remove(segment.string() + ".log")) {
        ASSERT_EQ(::mkfifo((segment.string() + ".log").c_str(), 0600), 0);
      }
    }
  }
  std::filesystem::remove(data / "meta" / "stopped");
  const std::vector<std::vector<std::string>> starts = {
      {"broker", "--listen", "127.0.0.1:0", "--data-dir", data.string()},
      {"dev", "--port-kafka", "0", "--port-store", "0", "--data-dir", directory_}};
  for (const std::vector<std::string>& words : starts) {
    std::filesystem::remove(data / "lock");
    const std::unique_ptr<ChildProcess> server = start(words);
    ASSERT_TRUE(comes_to_hold_something(data / "lock")) << words.front() << ": " << server->output();
    server->terminate();
    EXPECT_EQ(server->wait(), 128 + SIGTERM) << words.front() << ": " << server->output();
  }
}

TEST_F(Servers, APortThatIsTakenIsNamed) {
  const std::unique_ptr<ChildProcess> broker = start_broker();
  const std::string address = broker->word_after("broker on ");
  const std::string port = address.substr(address.rfind(':') + 1);
  const std::string second = run({"broker", "--listen", address, "--data-dir", directory_ + "/other"}, 5);
  EXPECT_THAT(second, HasSubstr("cannot listen on " + address));
  const std::string dev_output =
      run({"dev", "--port-kafka", port, "--port-store", "0", "--data-dir", directory_ + "/dev"}, 5);
  EXPECT_THAT(dev_output, HasSubstr(address));
  EXPECT_THAT(dev_output, HasSubstr("--port-kafka"));
  stop(*broker);
}

TEST_F(Servers, ADirectoryBelongsToOneBroker) {
  const std::unique_ptr<ChildProcess> broker = start_broker();
  EXPECT_THAT(run({"broker", "--listen", "127.0.0.1:0", "--data-dir", directory_ + "/broker"}, 5),
              HasSubstr("in use by another broker"));
  EXPECT_THAT(dev({}, 5), HasSubstr("in use by another broker"));
  EXPECT_THAT(dev({"--fresh", "--yes"}, 5), HasSubstr("in use by another broker"));
  stop(*broker);
}

TEST_F(Servers, AnAddressForEverybodyIsWarnedAbout) {
  const std::unique_ptr<ChildProcess> broker =
      start({"broker", "--listen", "0.0.0.0:0", "--data-dir", directory_ + "/broker"});
  ASSERT_TRUE(broker->wait_for("Ctrl-C stops it.")) << broker->output();
  EXPECT_THAT(broker->output(), HasSubstr("may read and write every topic"));
  EXPECT_THAT(broker->output(), HasSubstr("--advertised"));
  stop(*broker);
}

TEST_F(Servers, UsersMustSayWhoTheyAre) {
  EXPECT_THAT(run({"broker", "--user", "nobody", "--data-dir", directory_ + "/broker"}, 2), HasSubstr("NAME:PASSWORD"));
  EXPECT_THAT(run({"broker", "--users", "no-such-file", "--data-dir", directory_ + "/broker"}, 4),
              HasSubstr("no-such-file"));
  const std::unique_ptr<ChildProcess> broker = start_broker({"--user", "alice:secret", "--topics", "orders"});
  EXPECT_THAT(broker->output(), HasSubstr("sasl.mechanism=PLAIN"));
  const std::string address = broker->word_after("broker on ");
  const std::vector<std::string> words = {"topics",     "ls",
                                          "--brokers",  address,
                                          "--property", "security.protocol=SASL_PLAINTEXT",
                                          "--property", "sasl.mechanisms=PLAIN",
                                          "--property", "sasl.username=alice",
                                          "--property"};
  std::vector<std::string> right = words;
  right.push_back("sasl.password=secret");
  EXPECT_THAT(run(right, 0), HasSubstr("orders"));
  const std::string unaware = run({"topics", "ls", "--brokers", address}, 4);
  EXPECT_THAT(unaware, AllOf(HasSubstr("--property security.protocol="), Not(HasSubstr("start it"))));
  stop(*broker);
}

TEST_F(Servers, DevWithoutAFileIsTwoServers) {
  const std::unique_ptr<ChildProcess> dev =
      start({"dev", "--port-kafka", "0", "--port-store", "0", "--data-dir", directory_});
  ASSERT_TRUE(dev->wait_for("Ctrl-C stops both servers.")) << dev->output();
  EXPECT_THAT(dev->output(), HasSubstr("kcat -b " + dev->word_after("broker on ")));
  EXPECT_THAT(dev->output(), HasSubstr("connection string  " + dev->word_after("event store on ")));
  EXPECT_THAT(run({"streams", "ls", "--store", dev->word_after("event store on ")}, 0), Not(HasSubstr("error")));
  stop(*dev);
}

TEST_F(Servers, DevRunsThePipelinesOnWhatWasStored) {
  feed_orders();
  const std::string first = dev();
  EXPECT_THAT(first, HasSubstr("Pipelines of orders.yaml: orders."));
  EXPECT_THAT(first, HasSubstr("\"consumed\": 4"));
  EXPECT_THAT(first, HasSubstr("\"written\": 3"));
  EXPECT_THAT(first, HasSubstr("\"dead_lettered\": 1"));
  const std::string second = dev();
  EXPECT_THAT(second, HasSubstr("\"consumed\": 0"));
  const std::string fresh = run({"dev", "orders.yaml", "--data-dir", directory_, "--fresh"}, 2);
  EXPECT_THAT(fresh, HasSubstr("say --yes as well"));
  feed_orders();
  EXPECT_THAT(dev(), HasSubstr("\"consumed\": 4")) << "the same events again are read and recognised";
  EXPECT_THAT(dev({"--fresh", "--yes"}), HasSubstr("\"consumed\": 0"));
}

TEST_F(Servers, RunNeedsNothingElseEither) {
  feed_orders();
  const std::string run_output =
      run({"run", "orders.yaml", "--data-dir", directory_, "--until-idle", "1s", "--summary", "-"}, 0);
  EXPECT_THAT(run_output, HasSubstr("\"consumed\": 4"));
  EXPECT_THAT(run_output, HasSubstr("\"written\": 3"));
}

TEST_F(Servers, WhatTheClientLibraryRefusesIsFoundBeforeAnythingStarts) {
  const std::string output =
      run({"dev", "refused.yaml", "--data-dir", directory_, "--port-kafka", "0", "--port-store", "0"}, 3);
  EXPECT_THAT(output, HasSubstr("refused.yaml:7:"));
  EXPECT_THAT(output, HasSubstr("fetch.wait.max.ms"));
  EXPECT_THAT(output, Not(HasSubstr("broker on ")));
  EXPECT_THAT(dev(), HasSubstr("\"consumed\": 0")) << "the directory is free again";
}

TEST_F(Servers, DevSaysWhichPeersAreElsewhere) {
  const std::unique_ptr<ChildProcess> dev =
      start({"dev", "good.yaml", "--port-kafka", "0", "--port-store", "0", "--data-dir", directory_});
  ASSERT_TRUE(dev->wait_for("Ctrl-C stops them")) << dev->output();
  EXPECT_THAT(dev->output(), HasSubstr("names brokers of its own"));
  dev->terminate();
  dev->wait();
}

TEST_F(Servers, DevStartsNothingOnABadConfiguration) {
  const std::string bad = run({"dev", "unknown-key.yaml", "--data-dir", directory_}, 3);
  EXPECT_THAT(bad, HasSubstr("unknown-key.yaml:16:11: error: "));
  EXPECT_THAT(bad, Not(HasSubstr("broker on ")));
  EXPECT_THAT(run({"dev", "no-such.yaml", "--data-dir", directory_}, 4), HasSubstr("no-such.yaml"));
  EXPECT_THAT(run({"dev", "--until-idle", "1s", "--data-dir", directory_}, 2), HasSubstr("name a FILE"));
}

}  // namespace
}  // namespace weir::cli
