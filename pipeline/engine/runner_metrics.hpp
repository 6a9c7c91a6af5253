// What a pipeline counts. One set per pipeline; the lanes share it (relaxed atomics, counted per batch).
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/result.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// Series of a pipeline by a label that is known only when it happens; the lanes find them with a SeriesCache.
inline constexpr std::string_view kMessagesDropped = "weir_messages_dropped_total";  // by "reason"
inline constexpr std::string_view kMessageErrors = "weir_message_errors_total";      // by "class"

// Lifetime: the runner's; the Metrics outlive it. Executor: any thread. Cancellation, Errors: none.
struct RunnerMetrics {
  RunnerMetrics(Metrics& all, std::string pipeline_name);
  // 1 while the breaker of that component is open.
  Gauge& breaker_open(const std::string& component) const;

  Metrics& metrics;
  std::string pipeline;
  Counter& consumed;         // messages read
  Counter& written;          // confirmed as new by a sink
  Counter& duplicates;       // confirmed as already there by a sink
  Counter& dead_lettered;    // confirmed by the dead-letter sink
  Counter& retries;          // messages sent again
  Counter& gone;             // records that were gone before they could be read
  Counter& batches;          // batches read
  Counter& stage_retries;    // batches that a stage could not process and got again
  Gauge& leaked_acks;        // bugs of ours
  Gauge& inflight_messages;  // in the lanes' windows
  Gauge& inflight_bytes;
  Gauge& longest_gap_us;     // between two batches of a lane, while there was backlog
  Histogram& batch_latency;  // from read to settled
  Histogram& batch_size;
};

// Series by a text that is known only at run time (a topic, a reason), found fast when it is the same one as before.
// One per lane.
//
// Lifetime: the lane's. Executor: the lane's. Cancellation, Errors: none.
template <class T>
class SeriesCache {
 public:
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
    known_.insert(known_.begin(), {std::string(text), &make(std::move(labels))});
    return *known_[0].second;
  }

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
