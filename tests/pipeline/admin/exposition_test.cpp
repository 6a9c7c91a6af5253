#include "pipeline/admin/exposition.hpp"

#include "pipeline/admin/metric_table.hpp"
#include "tests/pipeline/admin/prometheus_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace weir::admin {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PrometheusText;
using testing::read_prometheus_text;

PrometheusText parse(const Exposition& exposition) {
  return read_prometheus_text(exposition.text());
}

TEST(ExpositionTest, ACounterIsOneLine) {
  Exposition out;
  Counter counter;
  counter.add(7);
  out.add("weir_batches_total", {{"pipeline", "orders"}}, counter);
  EXPECT_EQ(out.text(),
            "# HELP weir_batches_total Batches read.\n# TYPE weir_batches_total counter\n"
            "weir_batches_total{pipeline=\"orders\"} 7\n");
}

TEST(ExpositionTest, AHistogramIsInItsUnitAndWhatIsAboveAllBucketsIsInTheLast) {
  Exposition out;
  Histogram latency(Unit::seconds);
  latency.observe(1);
  latency.observe(1500);
  latency.observe(std::uint64_t{3} << 40);
  out.add("weir_batch_latency_seconds", {{"pipeline", "p"}}, latency);
  const std::string text = out.text();
  EXPECT_THAT(text, HasSubstr("weir_batch_latency_seconds_bucket{pipeline=\"p\",le=\"1e-06\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_batch_latency_seconds_bucket{pipeline=\"p\",le=\"0.002048\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("weir_batch_latency_seconds_bucket{pipeline=\"p\",le=\"536.870912\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("weir_batch_latency_seconds_bucket{pipeline=\"p\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("le=\"1073.741824\""))) << "that bucket also holds what is larger";
  EXPECT_THAT(text, HasSubstr("weir_batch_latency_seconds_count{pipeline=\"p\"} 3\n"));
  EXPECT_THAT(parse(out).problems, IsEmpty());
}

TEST(ExpositionTest, AHistogramWithoutLabelsHasBucketsToo) {
  Exposition out;
  out.add("weir_batch_messages", {}, Histogram(Unit::messages));
  EXPECT_THAT(out.text(), HasSubstr("weir_batch_messages_bucket{le=\"1\"} 0\n"));
  EXPECT_THAT(parse(out).problems, IsEmpty());
}

TEST(ExpositionTest, AGaugeInSecondsIsInSeconds) {
  Exposition out;
  Gauge gap(Unit::seconds);
  gap.set(2'500'000);
  out.add("weir_longest_batch_gap_seconds", {}, gap);
  EXPECT_EQ(parse(out).value("weir_longest_batch_gap_seconds"), 2.5);
}

TEST(ExpositionTest, WhatStrangersSendCannotBreakALine) {
  Exposition out;
  Counter counter;
  const std::string hostile = "a\"b\\c\nweir_ready 1\n} 5\r\x01\xff\xc3\xa9";
  out.add("kafka_messages_consumed_total", {{"topic", hostile}}, counter);
  const PrometheusText read = parse(out);
  EXPECT_THAT(read.problems, IsEmpty());
  ASSERT_EQ(read.families.size(), 1u);
  EXPECT_EQ(read.families.begin()->second.samples.at(0).labels.at("topic"),
            "a\"b\\c\nweir_ready 1\n} 5\r\x01\xEF\xBF\xBD\xc3\xa9");
}

TEST(ExpositionTest, NamesOfComponentsOfOnesOwnAreMadeValid) {
  Exposition out;
  Counter counter;
  out.add("9 lives-total", {{"__name__", "x"}, {"per cent", "y"}, {"", "z"}}, counter);
  const std::string text = out.text();
  EXPECT_THAT(text, HasSubstr("_9_lives_total{_=\"z\",_name__=\"x\",per_cent=\"y\"} 0\n"));
}

TEST(ExpositionTest, ASeriesStandsThereOnceAndAFamilyHasOneType) {
  Exposition out;
  Counter counter;
  Gauge gauge;
  gauge.set(5);
  out.add("weir_batches_total", {{"b", "1"}, {"a", "2"}}, counter);
  out.add("weir_batches_total", {{"a", "2"}, {"b", "1"}}, counter);
  out.add("weir_batches_total", {}, gauge);
  out.add(MetricType::counter, "weir_batches_total", {{"a", "2"}, {"b", "1"}}, 9);
  EXPECT_THAT(out.text(), HasSubstr("counter\nweir_batches_total{a=\"2\",b=\"1\"} 0\n"));
  EXPECT_THAT(parse(out).problems, IsEmpty());
}

TEST(ExpositionTest, NumbersThatAreNoneAreWrittenAsPrometheusReadsThem) {
  Exposition out;
  out.add(MetricType::gauge, "weir_a", {}, std::numeric_limits<double>::quiet_NaN());
  out.add(MetricType::gauge, "weir_b", {}, std::numeric_limits<double>::infinity());
  out.add(MetricType::gauge, "weir_c", {}, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(out.text(),
            "# TYPE weir_a gauge\nweir_a NaN\n# TYPE weir_b gauge\nweir_b +Inf\n# TYPE weir_c gauge\nweir_c -Inf\n");
}

TEST(MetricTableTest, EveryRowIsAMetricOfItsKind) {
  for (const MetricGroup& group : metric_groups()) {
    for (const MetricRow& row : group.rows) {
      Exposition out;
      if (row.type == MetricType::histogram) {
        out.add(row.name, {}, Histogram(Unit::seconds));
      } else {
        out.add(row.type, row.name, {}, 1);
      }
      EXPECT_THAT(parse(out).problems, IsEmpty()) << row.name;
      EXPECT_EQ(find_metric(row.name), &row) << "twice in the table: " << row.name;
      EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    }
  }
  EXPECT_EQ(find_metric("weir_nothing"), nullptr);
}

TEST(MetricTableTest, ThePageIsWhatTheTableSays) {
  std::ifstream file(WEIR_SOURCE_DIR "/docs/reference/metrics.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), render_metrics_reference()) << "make it anew: weir lint --metrics > docs/reference/metrics.md";
}

// The reader that the tests rest on refuses what it should.
TEST(PrometheusTextTest, WhatIsWrongIsSeen) {
  const std::string head = "# HELP weir_x X.\n# TYPE weir_x gauge\n";
  const auto problems = [](const std::string& text) {
    return read_prometheus_text(text).problems;
  };
  EXPECT_THAT(problems(head + "weir_x{a=\"b\"} 1\n"), IsEmpty());
  for (const std::string& bad : {
           head + "weir_x 1",
           head + "weir_x 1\nweir_x 2\n",
           head + "weir_x{a=\"b} 1\n",
           head + "weir_x{a=\"\\t\"} 1\n",
           head + "weir_x{a=\"1\",a=\"2\"} 1\n",
           head + "weir_x{1a=\"1\"} 1\n",
           head + "weir_x one\n",
           head + "weir_x\n",
           head + "\nweir_x 1\n",
           head + head + "weir_x 1\n",
           head + "weir-x 1\n",
           std::string("weir_x 1\n"),
           std::string("# TYPE weir_x gauge\nweir_x 1\n"),
           std::string("# HELP weir_x X.\n# TYPE weir_x counter\nweir_x 1\n"),
           std::string("# HELP weir_x_total X.\n# TYPE weir_x_total counter\nweir_x_total -1\n"),
           std::string("# HELP weir_x_ms X.\n# TYPE weir_x_ms gauge\nweir_x_ms 1\n"),
           head + "weir_x 1\n# HELP weir_y Y.\n# TYPE weir_y gauge\nweir_y 1\nweir_x{a=\"b\"} 1\n",
       }) {
    EXPECT_THAT(problems(bad), Not(IsEmpty())) << bad;
  }
  const std::string histogram = "# HELP h_seconds H.\n# TYPE h_seconds histogram\n";
  const std::string end = "h_seconds_sum 1\nh_seconds_count 2\n";
  EXPECT_THAT(problems(histogram + "h_seconds_bucket{le=\"1\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\n" + end), IsEmpty());
  for (const std::string& bad : {
           histogram + "h_seconds_bucket{le=\"1\"} 1\n" + end,
           histogram + "h_seconds_bucket{le=\"1\"} 3\nh_seconds_bucket{le=\"+Inf\"} 2\n" + end,
           histogram + "h_seconds_bucket{le=\"+Inf\"} 2\nh_seconds_bucket{le=\"1\"} 1\n" + end,
           histogram + "h_seconds_bucket{le=\"+Inf\"} 3\n" + end,
           histogram + "h_seconds_bucket{le=\"+Inf\"} 2\nh_seconds_count 2\n",
       }) {
    EXPECT_THAT(problems(bad), Not(IsEmpty())) << bad;
  }
}

}  // namespace
}  // namespace weir::admin
