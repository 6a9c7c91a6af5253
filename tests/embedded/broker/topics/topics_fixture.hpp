// TopicsFixture: a catalogue on a disk in memory that can fail, forget, and be started anew.
#pragma once

#include "embedded/broker/topics/topics.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "tests/embedded/broker/storage/batch_builder.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"
#include "tests/embedded/broker/topics/directory_renames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace weir::embedded::broker::topics {

class TopicsFixture : public ::testing::Test {
 protected:
  using Operation = storage::FaultFileSystem::Operation;

  TopicsFixture() { options_.data_dir = "/data"; }

  void SetUp() override { start(); }

  void start() {
    Result<std::unique_ptr<Topics>> opened = Topics::open(disk_, flusher_, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().message();
    topics_ = std::move(*opened);
  }
  // What start() would say; empty when it would not complain.
  std::string refusal() {
    Result<std::unique_ptr<Topics>> opened = Topics::open(disk_, flusher_, clock_, options_);
    return opened ? std::string() : opened.error().message();
  }
  void end_process() {
    topics_.reset();
    flusher_.forget();
    files_.heal();
    files_.restart();
  }
  void kill_and_start() {
    files_.kill();
    end_process();
    start();
  }
  void lose_power_and_start(std::uint64_t seed = 1) {
    files_.lose_power(seed);
    end_process();
    start();
  }

  std::filesystem::path directory_of(const Uuid& id) const { return options_.data_dir / "topics" / id.str(); }
  bool exists(const std::filesystem::path& path) { return files_.exists(path).value(); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, topic] : topics_->all()) all.push_back(name);
    return all;
  }

  // One record in one batch, as a producer would send it.
  static std::string batch() { return storage::BatchBuilder().record("x").build(); }
  // Appends and makes durable.
  void produce(std::string_view topic, Partition partition, int batches = 1) {
    storage::PartitionLog* log = topics_->find(topic)->partition(partition);
    for (int i = 0; i < batches; ++i) {
      const storage::Appended appended = log->append(batch());
      ASSERT_EQ(appended.error, wire::ErrorCode::none) << appended.message;
      log->when_durable(appended.end_offset, [](wire::ErrorCode) {});
      flusher_.run_until_idle();
    }
  }

  boost::asio::io_context io_;
  weir::testing::ManualClock clock_{io_};
  storage::FaultFileSystem files_;
  DirectoryRenames disk_{files_};
  storage::ManualFlusher flusher_;
  Topics::Options options_;
  std::unique_ptr<Topics> topics_;
};

// "none", or the code's name with the sentence.
inline std::string text(const TopicError& error) {
  return error.ok() ? "none" : std::string(to_string(error.code)) + ": " + error.message;
}

// A message that a person can use: it begins with a capital letter or a quote and ends with a full stop.
MATCHER(IsSentence, "") {
  return arg.size() > 10 && (arg.front() == '\'' || (arg.front() >= 'A' && arg.front() <= 'Z')) && arg.back() == '.';
}

}  // namespace weir::embedded::broker::topics
