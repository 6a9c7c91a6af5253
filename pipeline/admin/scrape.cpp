#include "pipeline/admin/scrape.hpp"

#include "pipeline/admin/exposition.hpp"
#include "pipeline/admin/readiness.hpp"

#include <algorithm>

namespace weir::admin {

namespace {

constexpr std::string_view kStates[] = {"created",  "running", "waiting", "paused",
                                        "draining", "stopped", "failed",  "disabled"};

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

class Collector {
 public:
  Collector(Exposition& out, const Scene& scene)
      : out_(out), scene_(scene), reasons_(find_reasons(scene.summary, scene.stalls.stalled())) {}

  void collect() {
    for (const PipelineSummary& pipeline : scene_.summary.pipelines) add_pipeline(pipeline);
    for (const ConnectionSummary& connection : scene_.summary.connections) {
      gauge("weir_connection_open", {{"connection", connection.name}, {"kind", connection.kind}},
            connection.open ? 1 : 0);
    }
    gauge("weir_ready", {}, scene_.ready ? 1 : 0);
    gauge("weir_build_info",
          {{"version", scene_.identity.version},
           {"commit", scene_.identity.commit},
           {"compiler", scene_.identity.compiler}},
          1);
    gauge("weir_uptime_seconds", {}, in_seconds(scene_.uptime));
    gauge("weir_admin_connections", {}, static_cast<double>(scene_.admin_connections));
  }

 private:
  void gauge(std::string_view name, const Labels& labels, double value) {
    out_.add(MetricType::gauge, name, labels, value);
  }

  void add_pipeline(const PipelineSummary& pipeline) {
    const std::string& name = pipeline.name;
    for (const std::string_view state : kStates)
      gauge("weir_pipeline_state", {{"pipeline", name}, {"state", std::string(state)}},
            pipeline.state == state ? 1 : 0);
    const bool has_reason =
        std::ranges::any_of(reasons_, [&name](const NotReady& reason) { return reason.pipeline == name; });
    gauge("weir_pipeline_ready", {{"pipeline", name}}, has_reason ? 0 : 1);
    add_lag(pipeline);
  }

  void add_lag(const PipelineSummary& pipeline) {
    std::vector<const PartitionStatus*> ours;
    std::uint64_t messages = 0;
    Duration longest{};
    for (const PartitionStatus& partition : pipeline.partitions) {
      if (!partition.assigned) continue;
      ours.push_back(&partition);
      messages += partition.lag().value_or(partition.unsettled);
      longest = std::max(longest, lag_in_time(pipeline, partition));
    }
    const auto stalled = std::ranges::count_if(scene_.stalls.stalled(),
                                               [&](const Stall& stall) { return stall.pipeline == pipeline.name; });
    gauge("weir_lag_messages", {{"pipeline", pipeline.name}}, static_cast<double>(messages));
    gauge("weir_lag_seconds", {{"pipeline", pipeline.name}}, in_seconds(longest));
    gauge("weir_partitions_assigned", {{"pipeline", pipeline.name}}, static_cast<double>(ours.size()));
    gauge("weir_partitions_stalled", {{"pipeline", pipeline.name}}, static_cast<double>(stalled));
    if (ours.size() > kMostPartitions) {
      std::ranges::stable_sort(ours, std::ranges::greater(), [](const PartitionStatus* partition) {
        return partition->lag().value_or(partition->unsettled);
      });
      ours.resize(kMostPartitions);
    }
    for (const PartitionStatus* partition : ours) add_partition(pipeline, *partition);
  }

  void add_partition(const PipelineSummary& pipeline, const PartitionStatus& partition) {
    const Labels labels{{"pipeline", pipeline.name},
                        {"topic", partition.id.topic},
                        {"partition", std::to_string(partition.id.partition)}};
    if (const std::optional<std::uint64_t> lag = partition.lag())
      gauge("weir_partition_lag_messages", labels, static_cast<double>(*lag));
    gauge("weir_partition_lag_seconds", labels, in_seconds(lag_in_time(pipeline, partition)));
    offset("weir_partition_watermark_offset", labels, partition.watermark);
    offset("weir_partition_committed_offset", labels, partition.committed);
    offset("weir_partition_end_offset", labels, partition.end);
    gauge("weir_partition_unsettled_messages", labels, static_cast<double>(partition.unsettled));
  }

  void offset(std::string_view name, const Labels& labels, Offset offset) {
    if (offset >= 0) gauge(name, labels, static_cast<double>(offset));
  }

  Duration lag_in_time(const PipelineSummary& pipeline, const PartitionStatus& partition) const {
    return lag_of(partition, scene_.stalls.standing(pipeline.name, partition.id), scene_.now);
  }

  Exposition& out_;
  const Scene& scene_;
  const std::vector<NotReady> reasons_;
};

void add_process(Exposition& out, const ProcessStats& process) {
  const auto add = [&out](MetricType type, std::string_view name, const auto& value) {
    if (value) out.add(type, name, {}, static_cast<double>(*value));
  };
  add(MetricType::gauge, "process_resident_memory_bytes", process.resident_bytes);
  add(MetricType::gauge, "process_virtual_memory_bytes", process.virtual_bytes);
  add(MetricType::gauge, "process_threads", process.threads);
  add(MetricType::counter, "process_cpu_seconds_total", process.cpu_seconds);
  add(MetricType::gauge, "process_start_time_seconds", process.start_time);
  add(MetricType::gauge, "process_open_fds", process.open_files);
  add(MetricType::gauge, "process_max_fds", process.most_files);
}

}  // namespace

Duration lag_of(const PartitionStatus& partition, Duration standing, WallTime now) {
  const bool is_left = partition.unsettled > 0 || partition.lag().value_or(0) > 0 || standing > Duration::zero();
  if (!partition.assigned || !is_left) return Duration::zero();
  Duration age{};
  if (partition.unsettled > 0 && partition.oldest_unsettled_ms >= 0)
    age = now - WallTime(std::chrono::milliseconds(partition.oldest_unsettled_ms));
  return std::max({age, standing, Duration::zero()});
}

std::string scrape(const Metrics& counted, const Scene& scene, const ProcessStats& process) {
  Exposition out;
  Collector(out, scene).collect();
  add_process(out, process);
  const auto add = [&out](std::string_view name, const Labels& labels, const auto& series) {
    out.add(name, labels, series);
  };
  counted.visit(add, add, add);
  return out.text();
}

}  // namespace weir::admin
