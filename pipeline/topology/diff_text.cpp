#include "pipeline/topology/diff_text.hpp"

namespace weir {

namespace {

void add_part(std::string& sentence, std::string_view kind, const PartChange& part) {
  if (part.what == PartChange::What::kept) return;
  sentence.append("; ").append(kind).append(" ").append(part.name).append(" ").append(to_string(part.what));
  if (!part.why.empty()) sentence.append(" (").append(part.why).append(")");
}

// What it means for whoever watches it.
std::string_view consequence(const PipelineChange& change) {
  switch (change.what) {
    case PipelineChange::What::rejoined:
      return "; it finishes what it has begun, commits, leaves its group and joins it again";
    case PipelineChange::What::removed:
    case PipelineChange::What::switched_off:
      return "; it finishes what it has begun and commits";
    case PipelineChange::What::switched:
      return change.sinks_or_routes_changed ? "; its consumer stays, what is in flight is settled first"
                                            : "; its consumer and what is in flight stay";
    default:
      return "";
  }
}

std::string describe(const PipelineChange& change) {
  std::string sentence = "pipeline '" + change.name + "': " + std::string(to_string(change.what));
  const char* separator = " (";
  for (const std::string& reason : change.reasons) {
    sentence.append(separator).append(reason);
    separator = ", ";
  }
  if (!change.reasons.empty()) sentence += ')';
  for (const PartChange& stage : change.stages) add_part(sentence, "stage", stage);
  for (const PartChange& sink : change.sinks) add_part(sentence, "sink", sink);
  for (const std::string& setting : change.settings) sentence.append("; ").append(setting);
  return sentence.append(consequence(change));
}

bool is_unchanged(const PipelineChange& change) {
  return change.what == PipelineChange::What::kept || change.what == PipelineChange::What::off;
}

void write_parts(std::string_view name, const std::vector<PartChange>& parts, text::JsonWriter& json) {
  json.key(name);
  json.begin_array();
  for (const PartChange& part : parts) {
    json.begin_object();
    json.member("name", part.name);
    json.member("change", to_string(part.what));
    if (!part.why.empty()) json.member("why", part.why);
    json.end_object();
  }
  json.end_array();
}

void write_texts(std::string_view name, const std::vector<std::string>& texts, text::JsonWriter& json) {
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

std::vector<std::string> describe_changes(const TopologyDiff& diff, Unchanged unchanged) {
  std::vector<std::string> sentences;
  for (const PartChange& connection : diff.connections) {
    if (connection.what == PartChange::What::kept && unchanged == Unchanged::left_out) continue;
    std::string& sentence = sentences.emplace_back("connection '" + connection.name + "': ");
    sentence += to_string(connection.what);
    if (!connection.why.empty()) sentence += " (" + connection.why + ")";
  }
  for (const PipelineChange& pipeline : diff.pipelines) {
    if (is_unchanged(pipeline) && unchanged == Unchanged::left_out) continue;
    sentences.push_back(describe(pipeline));
  }
  return sentences;
}

void write_changes(const TopologyDiff& diff, text::JsonWriter& json) {
  write_parts("connections", diff.connections, json);
  json.key("pipelines");
  json.begin_array();
  for (const PipelineChange& pipeline : diff.pipelines) {
    json.begin_object();
    json.member("name", pipeline.name);
    json.member("change", to_string(pipeline.what));
    write_texts("reasons", pipeline.reasons, json);
    write_parts("stages", pipeline.stages, json);
    write_parts("sinks", pipeline.sinks, json);
    write_texts("settings", pipeline.settings, json);
    json.member("sinks_or_routes_changed", pipeline.sinks_or_routes_changed);
    json.end_object();
  }
  json.end_array();
}

}  // namespace weir
