#include "pipeline/base/metrics.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace weir {

namespace {

template <class Number>
double convert(Unit unit, Number number) {
  return static_cast<double>(number) / (unit == Unit::seconds ? 1e6 : 1);
}

}  // namespace

double Gauge::in_unit() const {
  return convert(unit_, value());
}

void Histogram::observe(std::uint64_t number) {
  // Bucket i holds what is above 2^(i-1) and at most 2^i; the last one also all that is larger.
  const std::size_t bucket = number <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(number - 1));
  buckets_[std::min(bucket, kBuckets - 1)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(number, std::memory_order_relaxed);
}

std::array<std::uint64_t, Histogram::kBuckets> Histogram::cumulative() const {
  std::array<std::uint64_t, kBuckets> result{};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    result[i] = total;
  }
  return result;
}

std::uint64_t Histogram::count() const {
  return cumulative().back();
}

std::uint64_t Histogram::quantile(double q) const {
  const auto totals = cumulative();
  if (totals.back() == 0) return 0;
  const double share = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(totals.back()));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(share));
  const auto found = std::lower_bound(totals.begin(), totals.end(), rank);
  return std::uint64_t{1} << (found - totals.begin());
}

double Histogram::sum() const {
  return convert(unit_, sum_.load(std::memory_order_relaxed));
}

double Histogram::upper_bound(std::size_t bucket) const {
  return convert(unit_, std::uint64_t{1} << bucket);
}

// Series live in maps because their addresses must stay and because visit() goes in order.
struct Metrics::Series {
  using Key = std::pair<std::string, Labels>;
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
  std::map<std::string, std::size_t, std::less<>> sizes;  // how many series there are, by name

  template <class T, class... Args>
  T& find_or_make(std::map<Key, std::unique_ptr<T>>& all, std::string_view name, Labels labels, Args... args) {
    std::sort(labels.begin(), labels.end());
    Key key(std::string(name), std::move(labels));
    if (const auto found = all.find(key); found != all.end()) return *found->second;
    std::size_t& size = sizes[key.first];
    if (size < kMostSeries) {
      ++size;
    } else {
      for (auto& [label, value] : key.second) value = kOther;
    }
    std::unique_ptr<T>& place = all[std::move(key)];
    if (place == nullptr) place = std::make_unique<T>(args...);
    return *place;
  }
};

Metrics::Metrics() : series_(std::make_unique<Series>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, Labels labels) {
  const std::lock_guard lock(mutex_);
  return series_->find_or_make(series_->counters, name, std::move(labels));
}

Gauge& Metrics::gauge(std::string_view name, Labels labels, Unit unit) {
  const std::lock_guard lock(mutex_);
  Gauge& found = series_->find_or_make(series_->gauges, name, std::move(labels), unit);
  assert(found.unit() == unit && "a series has one unit");
  return found;
}

Histogram& Metrics::histogram(std::string_view name, Unit unit, Labels labels) {
  const std::lock_guard lock(mutex_);
  Histogram& found = series_->find_or_make(series_->histograms, name, std::move(labels), unit);
  assert(found.unit() == unit && "a series has one unit");
  return found;
}

void Metrics::visit(const std::function<void(std::string_view, const Labels&, const Counter&)>& on_counter,
                    const std::function<void(std::string_view, const Labels&, const Gauge&)>& on_gauge,
                    const std::function<void(std::string_view, const Labels&, const Histogram&)>& on_histogram) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, counter] : series_->counters) on_counter(key.first, key.second, *counter);
  for (const auto& [key, gauge] : series_->gauges) on_gauge(key.first, key.second, *gauge);
  for (const auto& [key, histogram] : series_->histograms) on_histogram(key.first, key.second, *histogram);
}

}  // namespace weir
