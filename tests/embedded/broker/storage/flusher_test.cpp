#include "embedded/broker/storage/flusher.hpp"

#include "tests/embedded/broker/storage/fault_file_system.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <vector>

namespace weir::embedded::broker::storage {
namespace {

// The broker's thread, played by the test's: tasks wait until it runs them.
class Tasks {
 public:
  Flusher::Post post() {
    return [this](std::function<void()> task) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(task));
      changed_.notify_one();
    };
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    lock.unlock();
    task();
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> waiting_;
};

// A disk that is busy until it is told to go on.
class SlowFile final : public File {
 public:
  Result<void> read_at(std::uint64_t, std::span<char>) const override { return {}; }
  Result<void> write_at(std::uint64_t, std::span<const std::string_view>) override { return {}; }
  Result<void> sync() override {
    begun.release();
    finish.acquire();
    return {};
  }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<void> reserve(std::uint64_t) override { return {}; }
  Result<std::uint64_t> size() const override { return 0u; }
  int native_handle() const override { return -1; }
  const std::filesystem::path& path() const override { return path_; }

  std::binary_semaphore begun{0};
  std::binary_semaphore finish{0};

 private:
  std::filesystem::path path_ = "/slow";
};

class FlusherTest : public ::testing::Test {
 protected:
  FlusherTest() { EXPECT_TRUE(disk.make_directories("/data")); }

  std::shared_ptr<File> create(const std::string& name) {
    return disk.open("/data/" + name, FileSystem::Mode::create).value();
  }
  Flusher::Done note(const std::string& name) {
    return [this, name](const Result<void>& result) {
      called.push_back(result ? name : name + " failed");
    };
  }

  FaultFileSystem disk;
  Tasks tasks;
  std::vector<std::string> called;
};

TEST_F(FlusherTest, SyncsAndCallsBackOnTheOtherSide) {
  const std::unique_ptr<Flusher> flusher = make_flusher(tasks.post());
  const std::shared_ptr<File> file = create("a");
  ASSERT_TRUE(file->write_at(0, std::vector<std::string_view>{"abc"}));
  flusher->sync(file, note("a"));
  EXPECT_TRUE(called.empty());
  tasks.run_one();
  EXPECT_EQ(called, std::vector<std::string>{"a"});
  ASSERT_TRUE(disk.sync_directory("/data"));
  disk.lose_power(1);
  EXPECT_EQ(disk.contents("/data/a"), "abc");
}

TEST_F(FlusherTest, WhatIsAskedForDuringARoundIsOneNextRound) {
  const std::unique_ptr<Flusher> flusher = make_flusher(tasks.post());
  const auto slow = std::make_shared<SlowFile>();
  const std::shared_ptr<File> a = create("a");
  const std::shared_ptr<File> b = create("b");
  flusher->sync(slow, note("slow"));
  slow->begun.acquire();
  flusher->sync(a, note("a1"));
  flusher->sync(b, note("b1"));
  flusher->sync(a, note("a2"));
  flusher->sync(b, note("b2"));
  EXPECT_EQ(tasks.waiting(), 0u);
  slow->finish.release();
  tasks.run_one();
  EXPECT_EQ(called, std::vector<std::string>{"slow"});
  tasks.run_one();
  EXPECT_EQ(called, (std::vector<std::string>{"slow", "a1", "b1", "a2", "b2"}));
  EXPECT_EQ(flusher->stats().rounds, 2u);
  EXPECT_EQ(flusher->stats().syncs, 3u);
}

TEST_F(FlusherTest, AFailureIsToldToThoseOfItsFileOnly) {
  const std::unique_ptr<Flusher> flusher = make_flusher(tasks.post());
  const auto slow = std::make_shared<SlowFile>();
  flusher->sync(slow, note("slow"));
  slow->begun.acquire();
  const std::shared_ptr<File> a = create("a");
  const std::shared_ptr<File> b = create("b");
  flusher->sync(a, note("a1"));
  flusher->sync(b, note("b"));
  flusher->sync(a, note("a2"));
  disk.fail(FaultFileSystem::Operation::sync, 1, EIO);
  slow->finish.release();
  tasks.run_one();
  tasks.run_one();
  EXPECT_EQ(called, (std::vector<std::string>{"slow", "a1 failed", "b", "a2 failed"}));
}

TEST_F(FlusherTest, ACallbackMayAskAgain) {
  const std::unique_ptr<Flusher> flusher = make_flusher(tasks.post());
  const std::shared_ptr<File> file = create("a");
  flusher->sync(file, [&](const Result<void>&) { flusher->sync(file, note("second")); });
  tasks.run_one();
  tasks.run_one();
  EXPECT_EQ(called, std::vector<std::string>{"second"});
}

TEST_F(FlusherTest, TheDestructorFinishesWhatWasAskedFor) {
  std::unique_ptr<Flusher> flusher = make_flusher(tasks.post());
  const std::shared_ptr<File> file = create("a");
  for (int i = 0; i < 100; ++i) flusher->sync(file, note("x"));
  flusher.reset();
  while (tasks.waiting() > 0) tasks.run_one();
  EXPECT_EQ(called.size(), 100u);
}

}  // namespace
}  // namespace weir::embedded::broker::storage
