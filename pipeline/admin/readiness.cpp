#include "pipeline/admin/readiness.hpp"

#include "pipeline/text/json_writer.hpp"

namespace weir::admin {

namespace {

constexpr std::string_view kPausedByRequest = "paused by request";  // among the reasons of such a pipeline

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

// A breaker's reason begins with its name: "sink 'events': connection refused".
NotReady from_breaker(const std::string& pipeline, const std::string& text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos) return {pipeline, "pipeline", text};
  return {pipeline, text.substr(0, colon), text.substr(colon + 2)};
}

void look_at(const PipelineSummary& pipeline, std::vector<NotReady>& out) {
  const std::string& state = pipeline.state;
  if (state == "disabled" || state == "stopped") return;
  if (state == "created" || state == "draining") {
    out.push_back({pipeline.name, "pipeline", state == "created" ? "it is being started" : "it is being stopped"});
    return;
  }
  if (state == "failed") {
    const std::string why = pipeline.reasons.empty() ? std::string("it has failed") : pipeline.reasons.back();
    out.push_back({pipeline.name, "pipeline", "failed: " + why});
    return;
  }
  for (const std::string& reason : pipeline.reasons) {
    if (!pipeline.paused_by_request || reason != kPausedByRequest) out.push_back(from_breaker(pipeline.name, reason));
  }
  if (!pipeline.assigned) {
    const std::string why = pipeline.waiting_for.empty() ? std::string() : ": " + pipeline.waiting_for;
    out.push_back({pipeline.name, "source", "the group has not assigned any partitions yet" + why});
  }
}

}  // namespace

std::vector<NotReady> find_reasons(const Summary& summary, const std::vector<Stall>& stalled) {
  std::vector<NotReady> out;
  for (const ConnectionSummary& connection : summary.connections) {
    if (connection.open) continue;
    const std::string why = connection.error.empty() ? std::string() : ": " + connection.error;
    out.push_back({{}, "connection '" + connection.name + "'", "it is not open" + why});
  }
  for (const PipelineSummary& pipeline : summary.pipelines) look_at(pipeline, out);
  for (const Stall& stall : stalled) {
    const std::string lag =
        stall.lag ? std::to_string(*stall.lag) + " records are left" : std::string("records are left");
    out.push_back({stall.pipeline,
                   "partition " + stall.id.topic + "/" + std::to_string(stall.id.partition) + " on lane " +
                       std::to_string(stall.lane),
                   lag + " and the watermark has stood at " + std::to_string(stall.watermark) + " for " +
                       seconds(stall.standing)});
  }
  return out;
}

std::string render_readiness(const std::vector<NotReady>& reasons, bool details) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("status", reasons.empty() ? "ready" : "not ready");
  if (details) {
    json.key("reasons");
    json.begin_array();
    for (const NotReady& reason : reasons) {
      json.begin_object();
      if (!reason.pipeline.empty()) json.member("pipeline", reason.pipeline);
      json.member("component", reason.component);
      json.member("reason", reason.reason);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  out.push_back('\n');
  return out;
}

}  // namespace weir::admin
