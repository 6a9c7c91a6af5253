#include "pipeline/engine/runner_metrics.hpp"

namespace weir {

RunnerMetrics::RunnerMetrics(Metrics& all, std::string pipeline_name)
    : metrics(all),
      pipeline(std::move(pipeline_name)),
      consumed(all.counter("weir_messages_consumed_total", {{"pipeline", pipeline}})),
      written(all.counter("weir_messages_written_total", {{"pipeline", pipeline}})),
      duplicates(all.counter("weir_messages_duplicate_total", {{"pipeline", pipeline}})),
      dead_lettered(all.counter("weir_messages_dead_lettered_total", {{"pipeline", pipeline}})),
      retries(all.counter("weir_message_retries_total", {{"pipeline", pipeline}})),
      gone(all.counter("weir_records_gone_total", {{"pipeline", pipeline}})),
      batches(all.counter("weir_batches_total", {{"pipeline", pipeline}})),
      stage_retries(all.counter("weir_stage_retries_total", {{"pipeline", pipeline}})),
      leaked_acks(all.gauge("weir_leaked_acks", {{"pipeline", pipeline}})),
      inflight_messages(all.gauge("weir_inflight_messages", {{"pipeline", pipeline}})),
      inflight_bytes(all.gauge("weir_inflight_bytes", {{"pipeline", pipeline}})),
      longest_gap_us(all.gauge("weir_longest_batch_gap_seconds", {{"pipeline", pipeline}}, Unit::seconds)),
      batch_latency(all.histogram("weir_batch_latency_seconds", Unit::seconds, {{"pipeline", pipeline}})),
      batch_size(all.histogram("weir_batch_messages", Unit::messages, {{"pipeline", pipeline}})) {}

Gauge& RunnerMetrics::breaker_open(const std::string& component) const {
  return metrics.gauge("weir_breaker_open", {{"pipeline", pipeline}, {"component", component}});
}

}  // namespace weir
