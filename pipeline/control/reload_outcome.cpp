#include "pipeline/control/reload_outcome.hpp"

#include "pipeline/config/findings_json.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/topology/diff_text.hpp"

namespace weir {

namespace {

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string_view to_string(ReloadOutcome::Kind kind) {
  switch (kind) {
    case ReloadOutcome::Kind::unchanged:
      return "unchanged";
    case ReloadOutcome::Kind::applied:
      return "applied";
    case ReloadOutcome::Kind::refused:
      return "refused";
  }
  return "refused";
}

std::string describe(const ReloadOutcome& outcome) {
  std::string text;
  switch (outcome.kind) {
    case ReloadOutcome::Kind::unchanged:
      text = "unchanged: the files say what runs already\n";
      break;
    case ReloadOutcome::Kind::applied:
      text = "applied: the configuration " + outcome.config_hash + " runs\n";
      for (const std::string& sentence : describe_changes(outcome.changes, Unchanged::left_out))
        text += "  " + sentence + "\n";
      break;
    case ReloadOutcome::Kind::refused:
      text = "refused: the configuration before it runs on, untouched\n";
      if (outcome.error) text += "  " + outcome.error->message() + "\n";
      break;
  }
  for (const config::Diagnostic& finding : outcome.findings.all()) text += "  " + finding.str() + "\n";
  return text;
}

std::string render_json(const ReloadOutcome& outcome) {
  std::string out;
  {
    text::JsonWriter json(out);
    json.begin_object();
    json.member("result", to_string(outcome.kind));
    json.member("trigger", outcome.trigger);
    json.member("at", text::format_rfc3339(outcome.at.time_since_epoch().count()));
    json.member("took_seconds", seconds_of(outcome.took));
    json.member("config_hash", outcome.config_hash);
    if (outcome.error) json.member("error", outcome.error->message());
    config::write_findings(outcome.findings, json);
    write_changes(outcome.changes, json);
    json.end_object();
  }
  return out + "\n";
}

}  // namespace weir
