#include "pipeline/control/summary.hpp"

#include "pipeline/text/json.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

namespace {

double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
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

// A JSON object or array under construction; writes the commas.
class Members {
 public:
  Members(std::string& out, char open, char close, std::string indent)
      : out_(out), close_(close), indent_(std::move(indent)) {
    out_.push_back(open);
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  ~Members() {
    if (!first_ && !indent_.empty()) out_.append("\n").append(indent_, 0, indent_.size() - 2);
    out_.push_back(close_);
  }
  void next() {
    if (!first_) out_.push_back(',');
    if (!indent_.empty()) out_.append("\n").append(indent_);
    if (!first_ && indent_.empty()) out_.push_back(' ');
    first_ = false;
  }
  std::string& name(std::string_view key) {
    next();
    text::append_json_string(out_, key);
    return out_.append(": ");
  }
  void add(std::string_view key, std::string_view text) { text::append_json_string(name(key), text); }
  void add(std::string_view key, std::uint64_t number) { name(key).append(std::to_string(number)); }
  void add(std::string_view key, std::int64_t number) { name(key).append(std::to_string(number)); }
  // Rounded to a thousandth: nobody reads more.
  void add(std::string_view key, double number) {
    text::append_json_number(name(key), std::round(number * 1000) / 1000);
  }

 private:
  std::string& out_;
  char close_;
  std::string indent_;
  bool first_ = true;
};

void append_counts(std::string& out, const std::map<std::string, std::uint64_t>& counts) {
  Members members(out, '{', '}', "");
  for (const auto& [name, count] : counts) members.add(name, count);
}

void append_partitions(std::string& out, const std::vector<PartitionStatus>& partitions) {
  Members list(out, '[', ']', "        ");
  for (const PartitionStatus& partition : partitions) {
    list.next();
    Members members(out, '{', '}', "");
    members.add("topic", partition.id.topic);
    members.add("partition", static_cast<std::int64_t>(partition.id.partition));
    members.add("committed", partition.committed);
    members.add("watermark", partition.watermark);
    members.add("position", partition.position);
    members.add("unsettled", partition.unsettled);
    members.name("assigned").append(partition.assigned ? "true" : "false");
  }
}

void append_pipeline(std::string& out, const PipelineSummary& pipeline) {
  Members members(out, '{', '}', "      ");
  members.add("name", pipeline.name);
  members.add("state", pipeline.state);
  {
    std::string& place = members.name("reasons");
    Members reasons(place, '[', ']', "");
    for (const std::string& reason : pipeline.reasons) {
      reasons.next();
      text::append_json_string(place, reason);
    }
  }
  if (!pipeline.last_source_error.empty()) members.add("last_source_error", pipeline.last_source_error);
  members.add("config_hash", pipeline.config_hash);
  members.add("consumed", pipeline.consumed);
  members.add("written", pipeline.written);
  members.add("duplicates", pipeline.duplicates);
  append_counts(members.name("dropped"), pipeline.dropped);
  members.add("dead_lettered", pipeline.dead_lettered);
  members.add("retried", pipeline.retried);
  append_counts(members.name("errors"), pipeline.errors_by_class);
  members.add("in_flight", pipeline.in_flight);
  members.add("unsettled", pipeline.unsettled);
  members.add("leaked_acks", pipeline.leaked_acks);
  members.add("seconds", pipeline.seconds);
  members.add("active_seconds", pipeline.active_seconds);
  members.add("consumed_per_second", pipeline.consumed_per_second());
  members.add("written_per_second", pipeline.written_per_second());
  members.add("longest_gap_ms", static_cast<double>(pipeline.longest_gap_us) / 1000);
  members.add("latency_p50_ms", static_cast<double>(pipeline.latency_p50_us) / 1000);
  members.add("latency_p99_ms", static_cast<double>(pipeline.latency_p99_us) / 1000);
  append_partitions(members.name("partitions"), pipeline.partitions);
}

}  // namespace

std::uint64_t PipelineSummary::dropped_in_all() const {
  std::uint64_t total = 0;
  for (const auto& [reason, count] : dropped) total += count;
  return total;
}

double PipelineSummary::consumed_per_second() const {
  return per_second(consumed, active_seconds);
}
double PipelineSummary::written_per_second() const {
  return per_second(written, active_seconds);
}

PipelineSummary summarize(const std::string& pipeline, const RunnerStatus& status, Metrics& metrics) {
  PipelineSummary summary;
  summary.name = pipeline;
  const bool paused = status.state == RunnerState::running && !status.paused.empty();
  summary.state = paused ? "paused" : std::string(to_string(status.state));
  summary.reasons = status.paused;
  if (!status.failure.empty()) summary.reasons.push_back(status.failure);
  summary.last_source_error = status.last_source_error;
  summary.partitions = status.partitions;
  summary.unsettled = status.unsettled;
  summary.leaked_acks = status.leaked_acks;
  summary.seconds = to_seconds(status.seconds);
  summary.active_seconds = to_seconds(status.active);

  const Labels labels{{"pipeline", pipeline}};
  summary.consumed = metrics.counter("weir_messages_consumed_total", labels).value();
  summary.written = metrics.counter("weir_messages_written_total", labels).value();
  summary.duplicates = metrics.counter("weir_messages_duplicate_total", labels).value();
  summary.dead_lettered = metrics.counter("weir_messages_dead_lettered_total", labels).value();
  summary.retried = metrics.counter("weir_message_retries_total", labels).value();
  summary.in_flight =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, metrics.gauge("weir_inflight_messages", labels).value()));
  summary.longest_gap_us =
      static_cast<std::uint64_t>(metrics.gauge("weir_longest_batch_gap_microseconds", labels).value());
  const Histogram& latency = metrics.histogram("weir_batch_latency_seconds", labels);
  summary.latency_p50_us = latency.quantile(0.5);
  summary.latency_p99_us = latency.quantile(0.99);
  metrics.visit(
      [&](std::string_view name, const Labels& of, const Counter& counter) {
        if (name == "weir_messages_dropped_total") {
          if (const std::string* reason = label_of(of, pipeline, "reason")) summary.dropped[*reason] = counter.value();
        } else if (name == "weir_message_errors_total") {
          if (const std::string* error = label_of(of, pipeline, "class"))
            summary.errors_by_class[*error] = counter.value();
        }
      },
      [](std::string_view, const Labels&, const Gauge&) {}, [](std::string_view, const Labels&, const Histogram&) {});
  return summary;
}

std::string render_json(const Summary& summary) {
  std::string out;
  {
    Members document(out, '{', '}', "  ");
    std::string& place = document.name("pipelines");
    Members list(place, '[', ']', "    ");
    for (const PipelineSummary& pipeline : summary.pipelines) {
      list.next();
      append_pipeline(place, pipeline);
    }
  }
  out.push_back('\n');
  return out;
}

}  // namespace weir
