// The primitives everything else stands on: Signal, TaskGroup,
// with_timeout, RetryPolicy, Histogram, log lines, ManualClock.
#include "pipeline/base/log.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/retry.hpp"
#include "pipeline/base/series_cache.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/testing/fixture.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace weir {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PrimitivesTest : public testing::VirtualTimeTest {};

Task<void> sleep_and_note(Clock& clock, Duration time, std::string name, std::vector<std::string>& notes) {
  co_await clock.sleep_for(time);
  notes.push_back(std::move(name));
}

Task<void> wait_and_note(Signal& signal, std::string name, std::vector<std::string>& notes) {
  co_await signal.wait();
  notes.push_back(std::move(name));
}

Task<void> throw_after(Clock& clock, Duration time) {
  co_await clock.sleep_for(time);
  throw std::runtime_error("a bug");
}

TEST_F(PrimitivesTest, SleepersWakeInTheOrderOfTheirTimes) {
  std::vector<std::string> notes;
  spawn("late", sleep_and_note(clock(), 20ms, "late", notes));
  spawn("early", sleep_and_note(clock(), 10ms, "early", notes));
  spawn("at once", sleep_and_note(clock(), 0ms, "at once", notes));
  run_until_idle();
  EXPECT_THAT(notes, ElementsAre("at once"));
  advance(19ms);
  EXPECT_THAT(notes, ElementsAre("at once", "early"));
  advance(1ms);
  EXPECT_THAT(notes, ElementsAre("at once", "early", "late"));
}

TEST_F(PrimitivesTest, ACancelledSleepEndsAtOnceAndLeavesNothing) {
  std::vector<std::string> notes;
  spawn("sleeper", sleep_and_note(clock(), 1h, "woke", notes));
  run_until_idle();
  EXPECT_EQ(clock().sleepers(), 1u);
  stop_tasks();
  EXPECT_EQ(clock().sleepers(), 0u);
  EXPECT_TRUE(notes.empty());
}

TEST_F(PrimitivesTest, SignalWakesAllWaitersAndCancellationEndsOne) {
  Signal signal(executor());
  std::vector<std::string> notes;
  spawn("a", wait_and_note(signal, "a", notes));
  spawn("b", wait_and_note(signal, "b", notes));
  TaskGroup other(executor());
  other.spawn("c", wait_and_note(signal, "c", notes));
  run_until_idle();
  other.cancel();
  run_until_idle();
  EXPECT_TRUE(other.empty());
  signal.notify_all();
  run_until_idle();
  EXPECT_THAT(notes, ElementsAre("a", "b"));
}

TEST_F(PrimitivesTest, TheFirstFailureCancelsTheSiblingsAndJoinRethrowsIt) {
  TaskGroup group(executor());
  std::vector<std::string> notes;
  group.spawn("sibling", sleep_and_note(clock(), 1h, "sibling", notes));
  group.spawn("failing", throw_after(clock(), 5ms));
  advance(5ms);
  EXPECT_TRUE(group.empty());
  EXPECT_TRUE(notes.empty());
  EXPECT_THROW(run(group.join()), std::runtime_error);
}

TEST_F(PrimitivesTest, AGroupNamesWhoStillRuns) {
  TaskGroup group(executor());
  std::vector<std::string> notes;
  group.spawn("first", sleep_and_note(clock(), 1h, "1", notes));
  group.spawn("second", sleep_and_note(clock(), 2h, "2", notes));
  advance(1h);
  EXPECT_THAT(group.running(), ElementsAre("second"));
  group.cancel();
  group.spawn("after cancel", sleep_and_note(clock(), 3h, "3", notes));
  run_until_idle();
  EXPECT_TRUE(group.empty());
  EXPECT_THAT(notes, ElementsAre("1"));
}

Task<Result<int>> answer_after(Clock& clock, Duration time, int answer) {
  co_await clock.sleep_for(time);
  co_return answer;
}

Task<Result<int>> fail_after(Clock& clock, Duration time) {
  co_await clock.sleep_for(time);
  throw std::runtime_error("a bug");
}

TEST_F(PrimitivesTest, WithTimeoutGivesTheAnswerInTimeOrTheErrorAfterIt) {
  const Error late(Errc::unknown_outcome, "no answer within 10 ms");
  const Result<int> in_time = run(with_timeout<int>(clock(), 10ms, answer_after(clock(), 5ms, 42), late));
  ASSERT_TRUE(in_time.has_value());
  EXPECT_EQ(*in_time, 42);
  EXPECT_EQ(clock().sleepers(), 0u);
  const Result<int> timed_out = run(with_timeout<int>(clock(), 10ms, answer_after(clock(), 1h, 42), late));
  ASSERT_TRUE(timed_out.has_error());
  EXPECT_EQ(timed_out.error().code(), Errc::unknown_outcome);
  EXPECT_EQ(clock().sleepers(), 0u);
}

Task<void> wait_bounded_and_note(Signal& signal, Clock& clock, Duration limit, std::vector<std::string>& notes) {
  co_await wait_or_timeout(signal, clock, limit);
  notes.push_back("went on");
}

TEST_F(PrimitivesTest, WaitOrTimeoutMissesNoNotificationHoweverEarly) {
  for (int steps = 0; steps < 12; ++steps) {
    Signal signal(executor());
    std::vector<std::string> notes;
    const TimePoint start = clock().now();
    TaskGroup group(executor());
    group.spawn("waiter", wait_bounded_and_note(signal, clock(), 1h, notes));
    io_.restart();
    io_.poll_one();  // the waiter has begun
    for (int i = 0; i < steps; ++i) io_.poll_one();
    signal.notify_all();
    run_until_idle();
    EXPECT_THAT(notes, ElementsAre("went on")) << steps;
    EXPECT_EQ(clock().now(), start);
    group.cancel();
    run_until_idle();
  }
}

TEST_F(PrimitivesTest, WaitOrTimeoutEndsAtItsTimeAndWhenCancelled) {
  Signal signal(executor());
  std::vector<std::string> notes;
  spawn("waiter", wait_bounded_and_note(signal, clock(), 10ms, notes));
  advance(10ms);
  EXPECT_THAT(notes, ElementsAre("went on"));
  spawn("cancelled", wait_bounded_and_note(signal, clock(), 1h, notes));
  run_until_idle();
  stop_tasks();
  EXPECT_THAT(notes, ElementsAre("went on"));
  EXPECT_EQ(clock().sleepers(), 0u);
}

TEST_F(PrimitivesTest, WithTimeoutLetsABugThrough) {
  const Error late(Errc::unknown_outcome, "no answer");
  const TimePoint start = clock().now();
  EXPECT_THROW(run(with_timeout<int>(clock(), 1h, fail_after(clock(), 5ms), late)), std::runtime_error);
  EXPECT_LT(clock().now() - start, 1h) << "the exception waited for the timer";
}

TEST(RetryPolicyTest, BacksOffExponentiallyUpToItsBound) {
  const RetryPolicy policy;
  EXPECT_EQ(policy.backoff(1), 300ms);
  EXPECT_EQ(policy.backoff(2), 600ms);
  EXPECT_EQ(policy.backoff(3), 1200ms);
  EXPECT_EQ(policy.backoff(8), 30s);
  EXPECT_EQ(policy.backoff(4'000'000'000u), 30s);
  const RetryPolicy tight{.attempts = 1, .initial = 10s, .multiplier = 1, .max = 1s};
  EXPECT_EQ(tight.backoff(1), 1s);
  EXPECT_EQ(tight.backoff(0), 1s);
}

TEST(MetricsTest, HistogramCountsByPowersOfTwo) {
  Histogram histogram(Unit::seconds);
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  for (const std::uint64_t value : {0ull, 1ull, 2ull, 3ull, 4ull, 1000ull, ~0ull >> 1}) histogram.observe(value);
  EXPECT_EQ(histogram.count(), 7u);
  EXPECT_EQ(histogram.cumulative()[0], 2u);
  EXPECT_EQ(histogram.cumulative()[1], 3u);
  EXPECT_EQ(histogram.cumulative()[2], 5u);
  EXPECT_EQ(histogram.quantile(0.5), 4u);
  EXPECT_EQ(histogram.quantile(0.8), 1024u);
  EXPECT_EQ(histogram.quantile(1.0), std::uint64_t{1} << 30);
}

TEST(MetricsTest, HistogramReportsInItsUnit) {
  Metrics metrics;
  Histogram& latency = metrics.histogram("weir_x_seconds", Unit::seconds);
  latency.observe(1'500'000);  // µs
  EXPECT_EQ(latency.unit(), Unit::seconds);
  EXPECT_DOUBLE_EQ(latency.sum(), 1.5);
  EXPECT_DOUBLE_EQ(latency.upper_bound(0), 1e-6);
  EXPECT_DOUBLE_EQ(latency.upper_bound(20), 1.048576);
  EXPECT_EQ(latency.quantile(1), std::uint64_t{1} << 21);
  Histogram& sizes = metrics.histogram("weir_x_messages", Unit::messages);
  sizes.observe(100);
  EXPECT_EQ(sizes.unit(), Unit::messages);
  EXPECT_DOUBLE_EQ(sizes.sum(), 100);
  EXPECT_DOUBLE_EQ(sizes.upper_bound(7), 128);
  EXPECT_EQ(&metrics.histogram("weir_x_messages", Unit::messages), &sizes);
}

TEST(MetricsTest, AGaugeReportsInItsUnit) {
  Metrics metrics;
  Gauge& gap = metrics.gauge("weir_x_seconds", {}, Unit::seconds);
  gap.set(-2'500'000);
  EXPECT_DOUBLE_EQ(gap.in_unit(), -2.5);
  Gauge& entries = metrics.gauge("weir_x_entries");
  entries.set(7);
  EXPECT_DOUBLE_EQ(entries.in_unit(), 7);
}

TEST(SeriesCacheTest, ItForgetsAndFindsAgain) {
  Metrics metrics;
  SeriesCache<Counter> by_topic(metrics, "weir_x_total", "topic", {{"pipeline", "p"}});
  Counter& first = by_topic.of("t0");
  for (std::size_t i = 1; i <= SeriesCache<Counter>::kMost; ++i) by_topic.of("t" + std::to_string(i));
  EXPECT_EQ(by_topic.size(), SeriesCache<Counter>::kMost);
  EXPECT_EQ(&by_topic.of("t0"), &first) << "one that was forgotten is the same series";
  EXPECT_EQ(by_topic.size(), SeriesCache<Counter>::kMost);
  EXPECT_EQ(&by_topic.of("t7"), &metrics.counter("weir_x_total", {{"pipeline", "p"}, {"topic", "t7"}}));
}

TEST(MetricsTest, AFamilyIsBoundedAndWhatComesAfterCountsTogether) {
  Metrics metrics;
  const auto series = [&metrics](std::size_t i) -> Counter& {
    return metrics.counter("weir_x_total", {{"pipeline", "p"}, {"topic", "t" + std::to_string(i)}});
  };
  Counter& first = series(0);
  for (std::size_t i = 0; i < Metrics::kMostSeries + 100; ++i) series(i).add();
  EXPECT_EQ(&series(0), &first);
  EXPECT_EQ(first.value(), 1u);
  Counter& other = metrics.counter("weir_x_total", {{"pipeline", "(other)"}, {"topic", "(other)"}});
  EXPECT_EQ(other.value(), 100u);
  EXPECT_EQ(&series(Metrics::kMostSeries + 7), &other);
  metrics.counter("weir_y_total", {{"topic", "t"}}).add();
  EXPECT_EQ(metrics.counter("weir_y_total", {{"topic", "t"}}).value(), 1u) << "each name has its own bound";
}

TEST(MetricsTest, SeriesAreFoundAgainByNameAndLabelsInAnyOrder) {
  Metrics metrics;
  Counter& counter = metrics.counter("weir_x_total", {{"b", "2"}, {"a", "1"}});
  counter.add(3);
  EXPECT_EQ(&metrics.counter("weir_x_total", {{"a", "1"}, {"b", "2"}}), &counter);
  EXPECT_NE(&metrics.counter("weir_x_total"), &counter);
  std::vector<std::string> seen;
  metrics.visit(
      [&](std::string_view name, const Labels& labels, const Counter& c) {
        seen.push_back(std::string(name) + std::to_string(labels.size()) + "=" + std::to_string(c.value()));
      },
      [](std::string_view, const Labels&, const Gauge&) {}, [](std::string_view, const Labels&, const Histogram&) {});
  EXPECT_THAT(seen, ElementsAre("weir_x_total0=0", "weir_x_total2=3"));
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    log::redirect([this](std::string_view line) { lines_ += line; });
  }
  ~LogTest() override {
    log::redirect({});
    log::configure(log::Level::info, log::Format::json);
  }
  std::string lines_;
};

TEST_F(LogTest, JsonSurvivesHostileValues) {
  log::warn("broken \"quote\"",
            {{"payload", std::string_view("a\x00\xff\xc3\xa9\n", 6)}, {"n", -5}, {"big", ~0ull}, {"ok", true}});
  EXPECT_THAT(lines_, HasSubstr(R"("message":"broken \"quote\"")"));
  EXPECT_THAT(lines_, HasSubstr("\"payload\":\"a\\u0000\xEF\xBF\xBD\xC3\xA9\\n\""));
  EXPECT_THAT(lines_, HasSubstr(R"("n":-5,"big":18446744073709551615,"ok":true})"));
  EXPECT_EQ(lines_.back(), '\n');
}

TEST_F(LogTest, LevelsBelowTheLeastAreSilentAndTextQuotesWhatIsAmbiguous) {
  log::configure(log::Level::warn, log::Format::text);
  log::info("not shown");
  EXPECT_TRUE(lines_.empty());
  log::error("it is", {{"a", "plain"}, {"b", "two words"}, {"c", "\x1b[31m"}});
  EXPECT_THAT(lines_, HasSubstr("error it is a=plain b=\"two words\" c=\"\\u001b[31m\"\n"));
}

TEST(LimiterTest, LetsOneThroughPerIntervalAndCountsTheRest) {
  log::Limiter limiter(1000);
  std::uint64_t held = 99;
  EXPECT_TRUE(limiter.allow(0, &held));
  EXPECT_EQ(held, 0u);
  EXPECT_FALSE(limiter.allow(1, &held));
  EXPECT_FALSE(limiter.allow(999, &held));
  EXPECT_TRUE(limiter.allow(1000, &held));
  EXPECT_EQ(held, 2u);
}

}  // namespace
}  // namespace weir
