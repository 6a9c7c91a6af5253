// What a pipeline counts. One set per pipeline; the lanes share it (relaxed atomics, counted per batch).
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/series_cache.hpp"

#include <string>
#include <string_view>

namespace weir {

// Series of a pipeline by a label that is known only when it happens; the lanes find them with a SeriesCache.
inline constexpr std::string_view kMessagesDropped = "weir_messages_dropped_total";    // by "reason"
inline constexpr std::string_view kMessageErrors = "weir_message_errors_total";        // by "class"
inline constexpr std::string_view kStageDuration = "weir_stage_duration_seconds";      // by "stage"; of a batch
inline constexpr std::string_view kSinkDuration = "weir_sink_write_duration_seconds";  // by "sink"; of a write

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

}  // namespace weir
