// Counters and histograms: read by the run summary and, later, by /metrics.
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

// A number that goes up and down. Thread-safe; relaxed.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// What a histogram is about; its name ends in it.
enum class Unit : std::uint8_t { seconds, messages, bytes };

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

// All series of one process (or one test). References stay valid as long as the registry.
//
// Lifetime: outlives everything that counts. Executor: any thread. Cancellation, Errors: none.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The series of that name and labels; made on first use. `name` follows Prometheus: weir_messages_dropped_total. A
  // histogram has the same unit each time.
  Counter& counter(std::string_view name, Labels labels = {});
  Gauge& gauge(std::string_view name, Labels labels = {});
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
