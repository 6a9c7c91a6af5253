#include "embedded/broker/timers.hpp"

#include "pipeline/testing/fixture.hpp"

namespace weir::embedded::broker {
namespace {

using namespace std::chrono_literals;

class TimersTest : public weir::testing::VirtualTimeTest {
 protected:
  void pass(Duration time) {
    advance(time);
    timers_.run_due();
  }
  std::function<void()> note(int number) {
    return [this, number] {
      fired_.push_back(number);
    };
  }

  Timers timers_{clock()};
  std::vector<int> fired_;
};

TEST_F(TimersTest, FireInTheOrderOfTheirTimes) {
  timers_.after(3s, note(3));
  timers_.after(1s, note(1));
  timers_.after(1s, note(2));
  pass(999ms);
  EXPECT_TRUE(fired_.empty());
  pass(5s);
  EXPECT_EQ(fired_, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(timers_.next(), std::nullopt);
}

TEST_F(TimersTest, ACancelledOneIsSilent) {
  const Timers::Id id = timers_.after(1s, note(1));
  timers_.after(2s, note(2));
  timers_.cancel(id);
  timers_.cancel(id);
  timers_.cancel(0);
  pass(3s);
  EXPECT_EQ(fired_, std::vector<int>{2});
}

TEST_F(TimersTest, ACallbackMaySetAndCancel) {
  Timers::Id late = 0;
  timers_.after(1s, [&] {
    note(1)();
    timers_.cancel(late);
    timers_.after(0s, note(3));
  });
  late = timers_.after(1s, note(2));
  pass(1s);
  EXPECT_EQ(fired_, (std::vector<int>{1, 3}));
}

TEST_F(TimersTest, SaysWhenTheNextOneComesEarlier) {
  int earlier = 0;
  timers_.on_earlier([&] { ++earlier; });
  timers_.after(10s, note(1));
  timers_.after(20s, note(2));
  timers_.after(5s, note(3));
  EXPECT_EQ(earlier, 2);
  EXPECT_EQ(timers_.next(), clock().now() + 5s);
}

}  // namespace
}  // namespace weir::embedded::broker
