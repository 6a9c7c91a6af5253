// Where work that blocks is done.
#include "pipeline/base/blocking_threads.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace weir::testing {
namespace {

using ::testing::ElementsAre;

class BlockingTest : public VirtualTimeTest {
 protected:
  static Task<void> run_and_note(Blocking& blocking, std::function<void()> work, std::vector<std::string>& notes,
                                 std::thread::id& back) {
    co_await blocking.run(std::move(work));
    notes.emplace_back("back");
    back = std::this_thread::get_id();
  }
  std::vector<std::string> notes_;
  std::thread::id back_;
};

TEST_F(BlockingTest, TheWorkIsDoneElsewhereAndTheCallerGoesOnWhereItWas) {
  std::thread::id there;
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> left = held;
  bool is_left = true;
  BlockingThreads threads;
  std::function<void()> work = [this, &there, held = std::move(held)] {
    there = std::this_thread::get_id();
    notes_.emplace_back("work");
  };
  TaskGroup group(executor());
  group.spawn("run", run_and_note(threads, std::move(work), notes_, back_));
  io_.run();  // stays for as long as the work takes
  is_left = !left.expired();
  EXPECT_THAT(notes_, ElementsAre("work", "back"));
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_EQ(back_, std::this_thread::get_id());
  EXPECT_FALSE(is_left) << "what the work held is gone when the caller goes on";
}

TEST_F(BlockingTest, InlineItIsDoneAtOnceUnderVirtualTime) {
  InlineBlocking blocking;
  std::function<void()> work = [this] {
    notes_.emplace_back("work");
  };
  run(run_and_note(blocking, std::move(work), notes_, back_));
  EXPECT_THAT(notes_, ElementsAre("work", "back"));
}

TEST(BlockingThreadsTest, WorkThatWaitsDoesNotHoldWhatComesLater) {
  std::promise<void> first;
  std::promise<void> second;
  BlockingThreads threads;  // last: it ends before what its work uses
  threads.post([&] { second.get_future().wait(); });
  threads.post([&] {
    first.get_future().wait();
    second.set_value();
  });
  threads.post([&] { first.set_value(); });
}

TEST(BlockingThreadsTest, OneThreadWorksInOrderAndFinishesAtTheEnd) {
  std::vector<int> order;
  std::thread::id first;
  {
    BlockingThreads threads(1);
    for (int i = 0; i < 100; ++i) {
      threads.post([&order, &first, i] {
        if (i == 0) first = std::this_thread::get_id();
        EXPECT_EQ(first, std::this_thread::get_id());
        order.push_back(i);
      });
    }
  }
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(BlockingThreadsTest, AnIdleThreadIsUsedAgain) {
  BlockingThreads threads;
  std::set<std::thread::id> used;
  for (int i = 0; i < 20; ++i) {
    std::promise<std::thread::id> done;
    threads.post([&done] { done.set_value(std::this_thread::get_id()); });
    used.insert(done.get_future().get());
  }
  EXPECT_LT(used.size(), 20u);
}

}  // namespace
}  // namespace weir::testing
