// Counters, gauges and histograms: read by the run summary and by /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// A number that only grows. Thread-safe; relaxed.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What a gauge or a histogram is about; the name of its series ends in it.
enum class Unit : std::uint8_t { none, seconds, messages, bytes };

// A number that goes up and down: the natural integer of its unit, microseconds where that is seconds. Thread-safe;
// relaxed.
class Gauge {
 public:
  explicit Gauge(Unit unit = Unit::none) : unit_(unit) {}

  Unit unit() const { return unit_; }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }
  // In the unit itself, as whoever reads the series by its name expects it.
  double in_unit() const;

 private:
  const Unit unit_;
  std::atomic<std::int64_t> value_{0};
};

// A distribution in powers of two of the natural integer of its unit: microseconds where that is seconds (1 µs to about
// 18 minutes), else the number itself. Thread-safe; relaxed.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 31;
  explicit Histogram(Unit unit) : unit_(unit) {}

  Unit unit() const { return unit_; }

  // In natural integers, as our own reports want them.
  void observe(std::uint64_t number);
  std::uint64_t count() const;
  // Upper bound of the bucket that holds the q-quantile (0..1); 0 when empty.
  std::uint64_t quantile(double q) const;

  // In the unit itself, as whoever reads the series by its name expects them.
  double sum() const;
  double upper_bound(std::size_t bucket) const;
  // Number of observations up to that bound, for bucket 0 .. kBuckets-1.
  std::array<std::uint64_t, kBuckets> cumulative() const;

 private:
  const Unit unit_;
  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
};

// Label names and values, sorted by name: {{"pipeline","domain-events"},{"reason","duplicate"}}.
using Labels = std::vector<std::pair<std::string, std::string>>;

// All series of one process (or one test). References stay valid as long as the registry. A name has at most
// kMostSeries series: what comes after them (of topics named by what a stranger sends, say) counts in one more, of which
// every label has the value kOther.
//
// Lifetime: outlives everything that counts. Executor: any thread. Cancellation, Errors: none.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  static constexpr std::size_t kMostSeries = 2000;
  static constexpr std::string_view kOther = "(other)";

  // The series of that name and labels; made on first use. `name` follows Prometheus: weir_messages_dropped_total. A
  // gauge and a histogram have the same unit each time.
  Counter& counter(std::string_view name, Labels labels = {});
  Gauge& gauge(std::string_view name, Labels labels = {}, Unit unit = Unit::none);
  Histogram& histogram(std::string_view name, Unit unit, Labels labels = {});

  // Visits every series, ordered by name, then labels.
  void visit(const std::function<void(std::string_view name, const Labels&, const Counter&)>& on_counter,
             const std::function<void(std::string_view name, const Labels&, const Gauge&)>& on_gauge,
             const std::function<void(std::string_view name, const Labels&, const Histogram&)>& on_histogram) const;

 private:
  struct Series;
  mutable std::mutex mutex_;
  std::unique_ptr<Series> series_;
};

}  // namespace weir
