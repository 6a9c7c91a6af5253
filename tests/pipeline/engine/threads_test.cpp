// The runner on real threads: two workers, and everything that crosses
// between them and the control thread. Made for ThreadSanitizer.
#include "pipeline/base/clock.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/workers.hpp"
#include "pipeline/testing/runner_kit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <utility>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;

// Runs a coroutine on the control thread and waits for it. The group lives there.
class Control {
 public:
  explicit Control(Executor executor) : executor_(std::move(executor)) {}

  void spawn_and_wait(Task<void> task) {
    std::promise<void> done;
    TaskGroup group(executor_);
    boost::asio::post(executor_, [&] { group.spawn("test", finish(std::move(task), done)); });
    done.get_future().wait();
    // The task has set the promise, but not ended yet: its group may go only when it is empty.
    std::promise<void> empty;
    boost::asio::post(executor_, [&] { wait_until_empty(group, empty); });
    empty.get_future().wait();
  }

 private:
  static Task<void> finish(Task<void> task, std::promise<void>& done) {
    co_await std::move(task);
    done.set_value();
  }
  void wait_until_empty(TaskGroup& group, std::promise<void>& empty) {
    if (group.empty()) return empty.set_value();
    boost::asio::post(executor_, [this, &group, &empty] { wait_until_empty(group, empty); });
  }
  Executor executor_;
};

Task<void> run_runner(Runner& runner, bool& clean) {
  Result<void> result = co_await runner.run();
  clean = result.has_value();
}

// Takes another configuration into use: other stages, and every other time other sinks.
Task<void> switch_graph(Runner& runner, RunnerKit& kit, Clock& clock, bool other_sinks) {
  const std::vector<KeptSink> kept = other_sinks ? std::vector<KeptSink>() : std::vector<KeptSink>{{0}, {1}};
  GraphParts next = kit.make_graph(clock, 2, kept);
  Result<void> prepared = co_await runner.prepare(std::move(next), 5s);
  EXPECT_TRUE(prepared.has_value());
  SwitchSettings settings;
  settings.sinks_or_routes_changed = other_sinks;
  settings.drain = 1ms;
  SwitchReport report = co_await runner.switch_over(std::move(settings));
  EXPECT_TRUE(report.switched);
}

Task<void> run_history(Runner& runner, RunnerKit& kit, Clock& clock, TaskGroup& beside, bool& clean) {
  MemorySource& source = *kit.source;
  beside.spawn("runner", run_runner(runner, clean));
  std::vector<TopicPartition> all;
  while (all.empty()) {
    co_await clock.sleep_for(1ms);
    all = source.assigned();
  }
  for (int round = 0; round < 20; ++round) {
    co_await clock.sleep_for(3ms);
    const TimePoint deadline = clock.now() + 500ms;
    co_await source.revoke(all, deadline);
    source.assign(all);
    co_await clock.sleep_for(2ms);
    source.lose({all[static_cast<std::size_t>(round) % all.size()]});
    source.assign({all[static_cast<std::size_t>(round) % all.size()]});
    co_await switch_graph(runner, kit, clock, round % 2 == 0);
  }
  while (runner.idle_for() < 100ms) co_await clock.sleep_for(5ms);
  runner.drain(clock.now() + 10s);
  co_await beside.join();
}

TEST(ThreadsTest, TwoWorkersManyBatchesRebalancesSwitchesAndADrainLoseNothing) {
  std::atomic<std::size_t> lines = 0;
  log::redirect([&lines](std::string_view) { ++lines; });
  SystemClock clock;
  Metrics metrics;
  Workers workers(2);
  workers.start();
  RunnerKit kit;
  constexpr std::size_t kMessages = 20000;
  for (std::size_t i = 0; i < kMessages; ++i) {
    const auto partition = static_cast<Partition>(i % 6);
    kit.log->append("t", partition, "k" + std::to_string(i % 6) + "-" + std::to_string(i % 42), "payload");
  }
  kit.source_settings.batch_messages = 50;
  kit.settings.commit_interval = 5ms;
  kit.settings.persist.retry = {.attempts = 3, .initial = 1ms, .multiplier = 2, .max = 10ms};
  kit.store->set_script([](const MemoryStore::Append& append) {
    if (append.number % 11 == 0) return Outcome{.kind = Outcome::Kind::fail};
    if (append.number % 13 == 0) return Outcome{.kind = Outcome::Kind::first_half_only};
    return Outcome{};
  });
  const Executors executors = workers.executors();
  std::unique_ptr<Runner> runner = kit.make(clock, metrics, executors.control, executors.lanes);
  Control control(executors.control);
  TaskGroup beside(executors.control);
  bool clean = false;
  control.spawn_and_wait(run_history(*runner, kit, clock, beside, clean));
  EXPECT_TRUE(clean);
  EXPECT_EQ(kit.store->events(), kMessages);
  for (const TopicPartition& id : kit.log->partitions()) EXPECT_EQ(kit.log->committed(id), kit.log->end(id));
  for (const std::string& name : kit.store->streams()) {
    Offset last = -1;
    for (const MemoryStore::Event& event : kit.store->stream(name)) {
      const Offset offset = std::stoll(event.id.substr(event.id.rfind('/') + 1));
      EXPECT_GT(offset, last) << name;
      last = offset;
    }
  }
  workers.stop();
  EXPECT_EQ(runner->status().leaked_acks, 0u);
  runner.reset();
  log::redirect({});
  EXPECT_GT(lines, 0u);
}

TEST(ThreadsTest, WorkersStartAndStopInAnyOrder) {
  Workers never_started(2);
  never_started.stop();
  never_started.stop();
  Workers workers(1);
  workers.start();
  workers.start();
  std::promise<std::thread::id> ran;
  boost::asio::post(workers.executors().lanes[0], [&ran] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
  workers.stop();
  workers.stop();
  bool ran_late = false;
  boost::asio::post(workers.executors().lanes[0], [&ran_late] { ran_late = true; });
  EXPECT_FALSE(ran_late) << "nobody works for a worker that has stopped";
}

// Waits until the worker's thread works, so that it is known whose it is.
void wait_for(const Executor& executor) {
  std::promise<void> ran;
  boost::asio::post(executor, [&ran] { ran.set_value(); });
  ran.get_future().wait();
}

TEST(OnExecutorTest, KnowsTheThreadsOfWorkersAndOfNobodyElse) {
  boost::asio::io_context of_nobody;
  EXPECT_TRUE(on_executor(of_nobody.get_executor())) << "in tests one thread does everything";
  Workers workers(1);
  const Executor lane = workers.executors().lanes[0];
  EXPECT_TRUE(on_executor(lane)) << "nobody works for it yet";
  workers.start();
  wait_for(lane);
  wait_for(workers.control());
  EXPECT_FALSE(on_executor(lane));
  std::promise<std::pair<bool, bool>> seen;
  boost::asio::post(lane, [&] { seen.set_value({on_executor(lane), on_executor(workers.control())}); });
  EXPECT_EQ(seen.get_future().get(), (std::pair{true, false}));
  workers.stop();
  EXPECT_TRUE(on_executor(lane)) << "nobody works for it any more";
}

#ifndef NDEBUG
using OnExecutorDeathTest = ::testing::Test;

TEST_F(OnExecutorDeathTest, AForeignThreadIsStopped) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto notify_from_here = [] {
    Workers workers(1);
    workers.start();
    wait_for(workers.control());
    Signal signal(workers.control());
    signal.notify_all();
  };
  EXPECT_DEATH(notify_from_here(), "not its executor's");
}
#endif

}  // namespace
}  // namespace weir::testing
