// LineWriter: what gathers during an append goes with the next one.
#include "sinks/line_writer.hpp"

#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"

#include <gmock/gmock.h>

#include <deque>

namespace weir::sinks {
namespace {

using ::testing::ElementsAre;

class NotedTarget final : public LineTarget {
 public:
  NotedTarget(std::vector<std::string>& appends, std::optional<Error>& error) : appends_(appends), error_(error) {}
  Result<void> append(std::string_view bytes) override {
    appends_.emplace_back(bytes);
    if (error_) return *error_;
    return {};
  }

 private:
  std::vector<std::string>& appends_;
  std::optional<Error>& error_;
};

// Keeps the work until the test lets it be done.
class HeldBlocking final : public Blocking {
 public:
  void post(std::function<void()> work) override { held.push_back(std::move(work)); }
  void do_next() {
    const std::function<void()> work = std::move(held.front());
    held.pop_front();
    work();
  }
  std::deque<std::function<void()>> held;
};

class LineWriterTest : public weir::testing::VirtualTimeTest {
 protected:
  std::unique_ptr<LineWriter> make(Blocking& blocking) {
    return std::make_unique<LineWriter>(std::make_unique<NotedTarget>(appends_, error_), blocking);
  }
  static Task<void> write_and_note(LineWriter& writer, std::string block, std::vector<std::string>& outcomes) {
    const std::string name = block.substr(0, 1);
    const Result<void> written = co_await writer.write(std::move(block));
    outcomes.push_back(name + (written ? "" : " failed"));
  }
  void start(LineWriter& writer, const std::string& block) {
    spawn("write", write_and_note(writer, block, outcomes_));
    run_until_idle();
  }

  std::vector<std::string> appends_;
  std::vector<std::string> outcomes_;
  std::optional<Error> error_;
};

TEST_F(LineWriterTest, BlocksThatGatherAreOneAppend) {
  HeldBlocking blocking;
  const std::unique_ptr<LineWriter> writer = make(blocking);
  start(*writer, "a\n");
  start(*writer, "b\n");
  start(*writer, "c\n");
  EXPECT_EQ(blocking.held.size(), 1u) << "one append at a time";
  blocking.do_next();
  run_until_idle();
  EXPECT_THAT(appends_, ElementsAre("a\nb\nc\n"));
  EXPECT_THAT(outcomes_, ElementsAre("a", "b", "c"));
  start(*writer, "d\n");
  ASSERT_EQ(blocking.held.size(), 1u);
  blocking.do_next();
  run_until_idle();
  EXPECT_THAT(appends_, ElementsAre("a\nb\nc\n", "d\n"));
}

TEST_F(LineWriterTest, EveryBlockOfAGroupHasTheGroupsError) {
  HeldBlocking blocking;
  const std::unique_ptr<LineWriter> writer = make(blocking);
  error_ = Error(Errc::io, "the disk is full");
  start(*writer, "a\n");
  start(*writer, "b\n");
  blocking.do_next();
  run_until_idle();
  EXPECT_THAT(outcomes_, ElementsAre("a failed", "b failed"));
}

TEST_F(LineWriterTest, InlineItNeedsNoThread) {
  weir::testing::InlineBlocking blocking;
  const std::unique_ptr<LineWriter> writer = make(blocking);
  start(*writer, "a\n");
  start(*writer, "b\n");
  EXPECT_THAT(appends_, ElementsAre("a\n", "b\n"));
  EXPECT_THAT(outcomes_, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace weir::sinks
