#include "testkit/report/json_report.hpp"

#include "pipeline/text/json_writer.hpp"

namespace weir::testkit {

namespace {

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

void write_mark(const config::Mark& mark, text::JsonWriter& json) {
  json.member("file", mark.file == nullptr ? std::string_view() : *mark.file);
  json.member("line", mark.line);
  json.member("column", mark.column);
}

std::string_view name_of(DiffLine::Kind kind) {
  switch (kind) {
    case DiffLine::Kind::same:
      return "same";
    case DiffLine::Kind::missing:
      return "missing";
    case DiffLine::Kind::unexpected:
      return "unexpected";
    case DiffLine::Kind::note:
      return "note";
  }
  return "note";
}

void write_difference(const Difference& difference, text::JsonWriter& json) {
  json.begin_object();
  write_mark(difference.mark, json);
  json.member("summary", difference.summary);
  json.key("lines");
  json.begin_array();
  for (const DiffLine& line : difference.lines) {
    json.begin_object();
    json.member("kind", name_of(line.kind));
    json.member("text", line.text);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_journey(const Journey& journey, text::JsonWriter& json) {
  json.begin_object();
  json.member("message", journey.message);
  json.member("key", journey.key);
  json.key("steps");
  json.begin_array();
  for (const Journey::Step& step : journey.steps) {
    json.begin_object();
    json.member("at_seconds", seconds(step.at));
    json.member("what", step.what);
    json.member("trouble", step.trouble);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_result(const TestResult& result, text::JsonWriter& json) {
  json.begin_object();
  write_mark(result.mark, json);
  json.member("pipeline", result.pipeline);
  json.member("name", result.name);
  json.member("outcome", to_string(result.outcome));
  json.member("elapsed_seconds", seconds(result.elapsed));
  json.member("seconds", seconds(result.took));
  json.member("crashes", result.crashes);
  json.member("error", result.error);
  json.key("differences");
  json.begin_array();
  for (const Difference& difference : result.differences) write_difference(difference, json);
  json.end_array();
  json.key("messages");
  json.begin_array();
  if (result.outcome != TestResult::Outcome::passed) {
    for (const Journey& journey : result.journeys) write_journey(journey, json);
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string render_json(const TestRun& run) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("passed", run.count(TestResult::Outcome::passed));
  json.member("failed", run.count(TestResult::Outcome::failed));
  json.member("errors", run.count(TestResult::Outcome::error));
  json.member("seconds", seconds(run.took));
  json.key("tests");
  json.begin_array();
  for (const TestResult& result : run.results) write_result(result, json);
  json.end_array();
  json.end_object();
  return out + "\n";
}

}  // namespace weir::testkit
