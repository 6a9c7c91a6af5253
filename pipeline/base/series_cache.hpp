// SeriesCache: the series of a label whose values are known only when they come.
#pragma once

#include "pipeline/base/metrics.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// Series by a text that is known only at run time (a topic, a reason), found fast when it is the same one as before.
// Bounded: the text may be named by a stranger. What is forgotten is asked of the Metrics again.
//
// Lifetime: within that of the Metrics. Executor: one. Cancellation, Errors: none.
template <class T>
class SeriesCache {
 public:
  static constexpr std::size_t kMost = 64;

  // `label` is the name of the label that takes the text; `fixed` are the others.
  SeriesCache(Metrics& metrics, std::string_view name, std::string label, Labels fixed = {})
    requires std::same_as<T, Counter>
      : metrics_(&metrics), name_(name), label_(std::move(label)), fixed_(std::move(fixed)) {}
  SeriesCache(Metrics& metrics, std::string_view name, Unit unit, std::string label, Labels fixed = {})
    requires std::same_as<T, Histogram>
      : metrics_(&metrics), name_(name), unit_(unit), label_(std::move(label)), fixed_(std::move(fixed)) {}

  T& of(std::string_view text) {
    // A handful of topics or reasons: a linear search beats a hash, and the one asked for last stands in front.
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (known_[i].first != text) continue;
      if (i != 0) std::swap(known_[i], known_[0]);
      return *known_[0].second;
    }
    Labels labels = fixed_;
    labels.emplace_back(label_, std::string(text));
    if (known_.size() == kMost) known_.pop_back();
    known_.insert(known_.begin(), {std::string(text), &make(std::move(labels))});
    return *known_[0].second;
  }
  std::size_t size() const { return known_.size(); }

 private:
  T& make(Labels labels) {
    if constexpr (std::same_as<T, Counter>) {
      return metrics_->counter(name_, std::move(labels));
    } else {
      return metrics_->histogram(name_, unit_, std::move(labels));
    }
  }
  Metrics* metrics_;
  std::string name_;
  Unit unit_{};  // of histograms
  std::string label_;
  Labels fixed_;
  std::vector<std::pair<std::string, T*>> known_;
};

}  // namespace weir
