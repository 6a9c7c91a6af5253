#include "pipeline/admin/metric_table.hpp"

#include <unordered_map>

namespace weir::admin {

namespace {

using enum MetricType;

constexpr MetricRow kTopics[] = {
    {"kafka_messages_consumed_total", counter, "topic", "Records read from the topic."},
    {"kafka_messages_published_total", counter, "topic",
     "Records that a kafka sink has written to the topic and the broker has confirmed, dead letters too."},
    {"kafka_message_processing_duration_seconds", histogram, "topic",
     "From a batch with records of the topic being read to all of it being settled."},
    {"kafka_message_errors_total", counter, "topic",
     "Records of the topic that could not be processed: dead-lettered, or waiting to be."},
};

constexpr MetricRow kPipelines[] = {
    {"weir_pipeline_state", gauge, "pipeline, state", "1 for the state that the pipeline is in, 0 for the others."},
    {"weir_pipeline_ready", gauge, "pipeline",
     "1 while nothing of the pipeline is among the reasons of /health/ready."},
    {"weir_messages_consumed_total", counter, "pipeline", "Messages read from the source."},
    {"weir_messages_written_total", counter, "pipeline", "Messages that a sink has confirmed as new."},
    {"weir_messages_duplicate_total", counter, "pipeline",
     "Messages that a sink has confirmed as there already: nothing was written, nothing is missing."},
    {"weir_messages_dropped_total", counter, "pipeline, reason", "Messages that a stage took out on purpose."},
    {"weir_messages_dead_lettered_total", counter, "pipeline", "Messages that the dead-letter sink has confirmed."},
    {"weir_message_errors_total", counter, "pipeline, class",
     "Messages that failed or had to be sent again, by the class of the error."},
    {"weir_message_retries_total", counter, "pipeline", "Messages that were sent to a sink again."},
    {"weir_stage_retries_total", counter, "pipeline", "Batches that a stage could not work on and got again."},
    {"weir_records_gone_total", counter, "pipeline", "Records that retention took before they were read."},
    {"weir_batches_total", counter, "pipeline", "Batches read."},
    {"weir_batch_messages", histogram, "pipeline", "Messages in a batch."},
    {"weir_batch_latency_seconds", histogram, "pipeline", "From a batch being read to all of it being settled."},
    {"weir_stage_duration_seconds", histogram, "pipeline, stage", "A stage's time for a batch."},
    {"weir_sink_write_duration_seconds", histogram, "pipeline, sink",
     "From a batch being given to a sink to its verdict; waiting for earlier batches of the same keys counts."},
    {"weir_inflight_messages", gauge, "pipeline", "Messages on their way to the sinks."},
    {"weir_inflight_bytes", gauge, "pipeline", "Memory held by the messages on their way to the sinks."},
    {"weir_longest_batch_gap_seconds", gauge, "pipeline",
     "The longest time between two batches of a lane while there was more to read."},
    {"weir_breaker_open", gauge, "pipeline, component",
     "1 while a pipeline cannot go on, or waits, because of this component."},
    {"weir_leaked_acks", gauge, "pipeline", "Messages that were let go unsettled: bugs of weir, please report them."},
};

constexpr MetricRow kPartitions[] = {
    {"weir_lag_messages", gauge, "pipeline",
     "Records of the assigned partitions that are not settled yet, read or not; a partition of which nothing was read "
     "yet counts as 0."},
    {"weir_lag_seconds", gauge, "pipeline", "The longest that a record of the assigned partitions has waited."},
    {"weir_partitions_assigned", gauge, "pipeline", "Partitions that the group has given to this process."},
    {"weir_partitions_stalled", gauge, "pipeline",
     "Assigned partitions with records left whose watermark has not moved for the stall timeout."},
    {"weir_partition_lag_messages", gauge, "pipeline, topic, partition",
     "Records that are not settled yet, read or not; holes of compaction count."},
    {"weir_partition_lag_seconds", gauge, "pipeline, topic, partition",
     "Age of the oldest record that was read and is not settled; where none was read, how long records have waited."},
    {"weir_partition_watermark_offset", gauge, "pipeline, topic, partition",
     "The offset below which everything is settled."},
    {"weir_partition_committed_offset", gauge, "pipeline, topic, partition", "The offset that the group stands at."},
    {"weir_partition_end_offset", gauge, "pipeline, topic, partition", "The offset that the next record will get."},
    {"weir_partition_unsettled_messages", gauge, "pipeline, topic, partition", "Messages read and not settled."},
};

constexpr MetricRow kComponents[] = {
    {"weir_dedupe_entries", gauge, "pipeline, component, lane", "Ids that the stage remembers."},
    {"weir_dedupe_hits_total", counter, "pipeline, component", "Messages whose id was remembered."},
    {"weir_dedupe_keyless_total", counter, "pipeline, component", "Messages without an id, which pass unchecked."},
    {"weir_dedupe_evicted_early_total", counter, "pipeline, component",
     "Ids forgotten within the window because max_entries was reached."},
    {"weir_drop_sink_messages_total", counter, "pipeline, component", "Messages that a drop sink has confirmed."},
    {"weir_eventstoredb_appended_events_total", counter, "connection",
     "Events in appends that the store has confirmed, new or known."},
    {"weir_eventstoredb_append_duration_seconds", histogram, "connection", "An append, whatever its outcome."},
    {"weir_eventstoredb_read_duration_seconds", histogram, "connection",
     "A read of a page of a stream or of the log, whatever its outcome."},
    {"weir_eventstoredb_call_errors_total", counter, "connection, class",
     "Calls of the store that failed, by the class of the error."},
    {"weir_eventstoredb_calls_in_flight", gauge, "connection", "Calls that the store has not answered yet."},
};

constexpr MetricRow kProgram[] = {
    {"weir_ready", gauge, "", "1 while /health/ready says 200."},
    {"weir_connection_open", gauge, "connection, kind", "1 while the connection is open."},
    {"weir_connection_failures_total", counter, "connection", "Attempts to open the connection that failed."},
    {"weir_reloads_total", counter, "result", "Reloads of the configuration, by how they went."},
    {"weir_config_info", gauge, "hash", "1 for the configuration that runs, 0 for those before it."},
    {"weir_config_loaded_timestamp_seconds", gauge, "", "When the configuration that runs was put to work."},
    {"weir_build_info", gauge, "version, commit, compiler", "1, for this program."},
    {"weir_uptime_seconds", gauge, "", "Time since the pipelines were started."},
    {"weir_admin_connections", gauge, "", "HTTP connections to this port."},
    {"process_resident_memory_bytes", gauge, "", "Memory of the process that is in use."},
    {"process_virtual_memory_bytes", gauge, "", "Address space of the process."},
    {"process_cpu_seconds_total", counter, "", "Processor time of the process."},
    {"process_open_fds", gauge, "", "Open file descriptors."},
    {"process_max_fds", gauge, "", "File descriptors that may be open."},
    {"process_threads", gauge, "", "Threads of the process."},
    {"process_start_time_seconds", gauge, "", "When the process was started, in seconds since 1970."},
};

constexpr MetricGroup kGroups[] = {
    {"Topics", "Named as many applications name them already; over all pipelines of the process.", kTopics},
    {"Pipelines", "What a pipeline does and how long it takes.", kPipelines},
    {"Partitions",
     "How far behind a pipeline is. The series of single partitions are bounded: beyond 500 of a pipeline only those "
     "with the most lag have some; the first four families count all of them.",
     kPartitions},
    {"Components", "Of the stages, sinks and connections that count something of their own.", kComponents},
    {"Program", "The process, its connections and its configuration.", kProgram},
};

constexpr std::string_view kPageHead = R"(# Metrics

Every metric that `/metrics` of the admin port shows ([Watch it](../watch-it.md)). This page is made by
`weir lint --metrics`; a test holds it against the program. Durations are in seconds, sizes in bytes. A histogram has
buckets in powers of two from a microsecond (or one message) on.

A family has at most 2000 series: what comes after them counts in one more, of which every label is `(other)`.
)";

}  // namespace

std::span<const MetricGroup> metric_groups() {
  return kGroups;
}

const MetricRow* find_metric(std::string_view name) {
  static const std::unordered_map<std::string_view, const MetricRow*> kByName = [] {
    std::unordered_map<std::string_view, const MetricRow*> all;
    for (const MetricGroup& group : kGroups) {
      for (const MetricRow& row : group.rows) all.emplace(row.name, &row);
    }
    return all;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

std::string render_metrics_reference() {
  std::string out(kPageHead);
  for (const MetricGroup& group : kGroups) {
    out += "\n## " + std::string(group.title) + "\n\n" + std::string(group.about) + "\n\n";
    out += "| metric | type | labels | meaning |\n|---|---|---|---|\n";
    for (const MetricRow& row : group.rows) {
      out += "| `" + std::string(row.name) + "` | " + std::string(to_string(row.type)) + " | " +
             std::string(row.labels) + " | " + std::string(row.help) + " |\n";
    }
  }
  return out;
}

}  // namespace weir::admin
