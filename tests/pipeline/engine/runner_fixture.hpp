// The fixture of the runner's tests: a pipeline of memory parts
// under virtual time, with an oracle that watches every commit.
#pragma once

#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/runner_kit.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

class RunnerTest : public VirtualTimeTest {
 protected:
  RunnerTest() {
    log::configure(log::Level::error, log::Format::json);
    log::redirect([this](std::string_view line) { log_lines_ += line; });
  }
  // A test that has failed half-way leaves a runner behind: end it, so that the other tests are run.
  void TearDown() override {
    if (runner_ != nullptr && !ended() && !tasks().empty()) {
      ADD_FAILURE() << "the runner was left running";
      runner_->abort();
      advance(std::chrono::seconds(60));
    }
    VirtualTimeTest::TearDown();
  }
  ~RunnerTest() override {
    log::redirect({});
    log::configure(log::Level::info, log::Format::json);
  }

  // Records of partitions 0 .. partitions-1 of topic "t"; the key,
  // and so the stream, of a record is one of `keys` of its partition.
  void produce(std::size_t per_partition, Partition partitions = 1, std::size_t keys = 1) {
    for (std::size_t i = 0; i < per_partition; ++i) {
      for (Partition p = 0; p < partitions; ++p) {
        const std::string key = "p" + std::to_string(p) + "-k" + std::to_string(i % keys);
        kit_.log->append("t", p, key, "payload " + std::to_string(i));
      }
    }
    produced_ += per_partition * static_cast<std::size_t>(partitions);
  }

  // Makes a runner and lets it run beside the test.
  void start(std::size_t lanes = 1) {
    runner_ = kit_.make(clock(), metrics_, executor(), std::vector<Executor>(lanes, executor()));
    kit_.source->on_commit = [this](const Commit& commit) {
      check_commit(commit);
    };
    result_.reset();
    spawn("runner", run_made());
    run_until_idle();
  }
  bool ended() const { return result_.has_value(); }

  void drain(Duration within) {
    runner_->drain(clock().now() + within);
    advance(within);
  }
  // Drains what can be drained, and is sure that it has ended.
  void stop() {
    if (runner_ == nullptr) return;
    drain(std::chrono::seconds(20));
    EXPECT_TRUE(ended()) << "the runner did not stop";
    runner_.reset();
  }

  // I1: below a committed offset everything is stored, dead-lettered, or was dropped.
  void check_commit(const Commit& commit) {
    for (Offset offset = 0; offset < commit.offset; ++offset) {
      const MemoryLog::RecordPtr record = kit_.log->at(commit.id, offset);
      if (record == nullptr || record->offset != offset) continue;  // a hole
      const std::string id = commit.id.topic + "/" + std::to_string(commit.id.partition) + "/" + std::to_string(offset);
      if (is_stored(id) || kit_.dead_letters->holds(id) || dropped_.contains(id)) continue;
      ADD_FAILURE() << "offset " << commit.offset << " of partition " << commit.id.partition << " was committed, but "
                    << id << " is nowhere";
      return;
    }
  }
  bool is_stored(const std::string& id) const {
    const auto holds = [&id](const std::shared_ptr<MemoryStore>& store) {
      return store->holds(id);
    };
    return kit_.store->holds(id) || std::any_of(older_stores_.begin(), older_stores_.end(), holds);
  }
  // I2: in each stream the records of a partition stand in source order.
  void check_order() {
    for (const std::string& name : kit_.store->streams()) {
      std::map<std::string, Offset> last;
      for (const MemoryStore::Event& event : kit_.store->stream(name)) {
        const std::size_t slash = event.id.rfind('/');
        const std::string partition = event.id.substr(0, slash);
        const Offset offset = std::stoll(event.id.substr(slash + 1));
        const auto before = last.find(partition);
        if (before != last.end() && before->second >= offset) {
          ADD_FAILURE() << "stream " << name << ": " << event.id << " stands after offset " << before->second;
          return;
        }
        last[partition] = offset;
      }
    }
  }
  void expect_all_committed() {
    for (const TopicPartition& id : kit_.log->partitions())
      EXPECT_EQ(kit_.log->committed(id), kit_.log->end(id)) << id.partition;
  }
  Offset committed(Partition partition = 0) const { return kit_.log->committed({"t", partition}); }
  std::uint64_t count(std::string_view name) { return metrics_.counter(name, {{"pipeline", "test"}}).value(); }

  Task<void> run_made() {
    Runner& runner = *runner_;
    Result<void> result = co_await runner.run();
    result_.emplace(std::move(result));
  }

  RunnerKit kit_;
  Metrics metrics_;
  std::unique_ptr<Runner> runner_;
  std::optional<Result<void>> result_;
  std::set<std::string> dropped_;
  std::vector<std::shared_ptr<MemoryStore>> older_stores_;  // that other configurations wrote to
  std::size_t produced_ = 0;
  std::string log_lines_;
};

}  // namespace weir::testing
