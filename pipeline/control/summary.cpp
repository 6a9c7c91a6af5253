#include "pipeline/control/summary.hpp"

#include "pipeline/text/json_writer.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

namespace {

using text::JsonLayout;
using text::JsonWriter;

double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

constexpr double kShortestSeconds = 0.1;
constexpr std::string_view kOfDedupe = "weir_dedupe_";  // figures that no other one of a summary says

std::optional<double> per_second(std::uint64_t count, double seconds) {
  if (seconds < kShortestSeconds) return std::nullopt;
  return static_cast<double>(count) / seconds;
}

// The value of `wanted` among labels that also name the pipeline; nothing for another pipeline's.
const std::string* label_of(const Labels& labels, const std::string& pipeline, std::string_view wanted) {
  const std::string* found = nullptr;
  bool ours = false;
  for (const auto& [name, value] : labels) {
    if (name == "pipeline") ours = value == pipeline;
    if (name == wanted) found = &value;
  }
  return ours ? found : nullptr;
}

// Rounded to a thousandth: nobody reads more.
double rounded(double number) {
  return std::round(number * 1000) / 1000;
}

void write_rate(JsonWriter& json, std::string_view name, const std::optional<double>& rate) {
  if (rate.has_value())
    json.member(name, rounded(*rate));
  else
    json.null_member(name);
}

double to_milliseconds(std::uint64_t microseconds) {
  return rounded(static_cast<double>(microseconds) / 1000);
}

void write_counts(JsonWriter& json, std::string_view name, const std::map<std::string, std::uint64_t>& counts) {
  json.key(name);
  json.begin_object(JsonLayout::spaced);
  for (const auto& [what, count] : counts) json.member(what, count);
  json.end_object();
}

void write_partitions(JsonWriter& json, const std::vector<PartitionStatus>& partitions) {
  json.key("partitions");
  json.begin_array();
  for (const PartitionStatus& partition : partitions) {
    json.begin_object(JsonLayout::spaced);
    json.member("topic", partition.id.topic);
    json.member("partition", partition.id.partition);
    json.member("committed", partition.committed);
    json.member("watermark", partition.watermark);
    json.member("position", partition.position);
    json.member("end", partition.end < 0 ? std::optional<Offset>() : partition.end);
    json.member("lag", partition.lag());
    json.member("unsettled", partition.unsettled);
    json.member("assigned", partition.assigned);
    json.end_object();
  }
  json.end_array();
}

void write_pipeline(JsonWriter& json, const PipelineSummary& pipeline) {
  json.begin_object();
  json.member("name", pipeline.name);
  json.member("state", pipeline.state);
  json.key("reasons");
  json.begin_array(JsonLayout::spaced);
  for (const std::string& reason : pipeline.reasons) json.value(reason);
  json.end_array();
  json.member("assigned", pipeline.assigned);
  if (!pipeline.waiting_for.empty()) json.member("waiting_for", pipeline.waiting_for);
  if (!pipeline.last_source_error.empty()) json.member("last_source_error", pipeline.last_source_error);
  json.member("config_hash", pipeline.config_hash);
  json.member("consumed", pipeline.consumed);
  json.member("written", pipeline.written);
  json.member("duplicates", pipeline.duplicates);
  write_counts(json, "dropped", pipeline.dropped);
  json.member("dead_lettered", pipeline.dead_lettered);
  json.member("retried", pipeline.retried);
  write_counts(json, "errors", pipeline.errors_by_class);
  write_counts(json, "counters", pipeline.counters);
  json.member("gone_unread", pipeline.gone_unread);
  json.member("in_flight", pipeline.in_flight);
  json.member("unsettled", pipeline.unsettled);
  json.member("leaked_acks", pipeline.leaked_acks);
  json.member("seconds", rounded(pipeline.seconds));
  json.member("active_seconds", rounded(pipeline.active_seconds));
  write_rate(json, "consumed_per_second", pipeline.consumed_per_second());
  write_rate(json, "written_per_second", pipeline.written_per_second());
  json.member("longest_gap_ms", to_milliseconds(pipeline.longest_gap_us));
  json.member("latency_p50_ms", to_milliseconds(pipeline.latency_p50_us));
  json.member("latency_p99_ms", to_milliseconds(pipeline.latency_p99_us));
  write_partitions(json, pipeline.partitions);
  json.end_object();
}

void write_connections(JsonWriter& json, const std::vector<ConnectionSummary>& connections) {
  json.key("connections");
  json.begin_array();
  for (const ConnectionSummary& connection : connections) {
    json.begin_object(JsonLayout::spaced);
    json.member("name", connection.name);
    json.member("kind", connection.kind);
    json.member("open", connection.open);
    if (!connection.error.empty()) json.member("error", connection.error);
    json.end_object();
  }
  json.end_array();
}

void read_counters(const RunnerMetrics& counted, PipelineSummary& summary) {
  summary.consumed = counted.consumed.value();
  summary.written = counted.written.value();
  summary.duplicates = counted.duplicates.value();
  summary.dead_lettered = counted.dead_lettered.value();
  summary.retried = counted.retries.value();
  summary.gone_unread = counted.gone.value();
  summary.in_flight = static_cast<std::uint64_t>(std::max<std::int64_t>(0, counted.inflight_messages.value()));
  summary.longest_gap_us = static_cast<std::uint64_t>(counted.longest_gap_us.value());
  summary.latency_p50_us = counted.batch_latency.quantile(0.5);
  summary.latency_p99_us = counted.batch_latency.quantile(0.99);
  counted.metrics.visit(
      [&](std::string_view name, const Labels& of, const Counter& counter) {
        if (name == kMessagesDropped) {
          if (const std::string* reason = label_of(of, counted.pipeline, "reason"))
            summary.dropped[*reason] = counter.value();
        } else if (name == kMessageErrors) {
          if (const std::string* error = label_of(of, counted.pipeline, "class"))
            summary.errors_by_class[*error] = counter.value();
        } else if (const std::string* counted_for = label_of(of, counted.pipeline, "pipeline");
                   counted_for != nullptr && name.starts_with(kOfDedupe)) {
          summary.counters[std::string(name)] += counter.value();
        }
      },
      [](std::string_view, const Labels&, const Gauge&) {}, [](std::string_view, const Labels&, const Histogram&) {});
}

}  // namespace

std::uint64_t PipelineSummary::dropped_in_all() const {
  std::uint64_t total = 0;
  for (const auto& [reason, count] : dropped) total += count;
  return total;
}

std::optional<double> PipelineSummary::consumed_per_second() const {
  return per_second(consumed, active_seconds);
}
std::optional<double> PipelineSummary::written_per_second() const {
  return per_second(written, active_seconds);
}

PipelineSummary summarize(const Runner& runner) {
  const RunnerStatus status = runner.status();
  PipelineSummary summary;
  summary.name = runner.metrics().pipeline;
  const bool paused = status.state == RunnerState::running && !status.paused.empty();
  summary.state = !paused ? std::string(to_string(status.state)) : status.only_waits ? "waiting" : "paused";
  summary.reasons = status.paused;
  if (!status.failure.empty()) summary.reasons.push_back(status.failure);
  summary.paused_by_request = status.paused_by_request;
  summary.assigned = status.assigned;
  summary.waiting_for = status.waiting_for;
  summary.last_source_error = status.last_source_error;
  summary.partitions = status.partitions;
  summary.unsettled = status.unsettled;
  summary.leaked_acks = status.leaked_acks;
  summary.seconds = to_seconds(status.seconds);
  summary.active_seconds = to_seconds(status.active);
  read_counters(runner.metrics(), summary);
  return summary;
}

std::string render_json(const Summary& summary) {
  std::string out;
  JsonWriter json(out, JsonLayout::lines);
  json.begin_object();
  json.key("pipelines");
  json.begin_array();
  for (const PipelineSummary& pipeline : summary.pipelines) write_pipeline(json, pipeline);
  json.end_array();
  write_connections(json, summary.connections);
  json.end_object();
  out.push_back('\n');
  return out;
}

std::string render_json(const PipelineSummary& pipeline) {
  std::string out;
  JsonWriter json(out, JsonLayout::lines);
  write_pipeline(json, pipeline);
  out.push_back('\n');
  return out;
}

}  // namespace weir
