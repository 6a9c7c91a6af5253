#include "pipeline/config/findings_json.hpp"

namespace weir::config {

void write_findings(const Diagnostics& findings, text::JsonWriter& json) {
  json.key("findings");
  json.begin_array();
  for (const Diagnostic& finding : findings.all()) {
    json.begin_object();
    json.member("severity", finding.severity == Severity::error ? "error" : "warning");
    json.member("code", finding.code);
    json.member("file", finding.mark.file == nullptr ? std::string_view() : *finding.mark.file);
    json.member("line", finding.mark.line);
    json.member("column", finding.mark.column);
    json.member("path", finding.path);
    json.member("message", finding.message);
    json.member("hint", finding.hint);
    json.end_object();
  }
  json.end_array();
}

}  // namespace weir::config
