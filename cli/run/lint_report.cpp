#include "cli/run/lint_report.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/json.hpp"

namespace weir::cli {

namespace {

std::size_t count(const config::Diagnostics& findings, config::Severity severity) {
  return static_cast<std::size_t>(
      std::ranges::count(findings.all(), severity, [](const config::Diagnostic& finding) { return finding.severity; }));
}

std::string_view name_of(config::Severity severity) {
  return severity == config::Severity::error ? "error" : "warning";
}

std::string plural(std::size_t n, std::string_view what) {
  return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

void append_finding_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  text::append_json_string(out, value);
}

}  // namespace

std::string render_findings(const config::Diagnostics& findings, std::size_t files, bool colours) {
  std::string out;
  for (const config::Diagnostic& finding : findings.all()) {
    const bool is_error = finding.severity == config::Severity::error;
    out += coloured(printable(finding.mark.str()), Colour::bold, colours) + ": ";
    out += coloured(name_of(finding.severity), is_error ? Colour::red : Colour::yellow, colours) + ": ";
    out += printable(finding.message);
    if (!finding.hint.empty()) out += " (" + printable(finding.hint) + ")";
    out += coloured(" [" + finding.code + "]", Colour::grey, colours) + "\n";
  }
  const std::size_t errors = count(findings, config::Severity::error);
  const std::size_t warnings = count(findings, config::Severity::warning);
  if (errors + warnings == 0) return out + plural(files, "file") + ", no findings\n";
  return out + plural(errors, "error") + ", " + plural(warnings, "warning") + " in " + plural(files, "file") + "\n";
}

std::string render_findings_json(const config::Diagnostics& findings, std::size_t files) {
  std::string out = "{\"files\":" + std::to_string(files);
  out += ",\"errors\":" + std::to_string(count(findings, config::Severity::error));
  out += ",\"warnings\":" + std::to_string(count(findings, config::Severity::warning)) + ",\"findings\":[";
  bool first = true;
  for (const config::Diagnostic& finding : findings.all()) {
    if (!first) out += ',';
    first = false;
    out.append("{\"severity\":\"").append(name_of(finding.severity)).append("\"");
    append_finding_member(out, "code", finding.code);
    append_finding_member(out, "file", finding.mark.file == nullptr ? std::string_view() : *finding.mark.file);
    out += ",\"line\":" + std::to_string(finding.mark.line) + ",\"column\":" + std::to_string(finding.mark.column);
    append_finding_member(out, "path", finding.path);
    append_finding_member(out, "message", finding.message);
    append_finding_member(out, "hint", finding.hint);
    out += '}';
  }
  return out + "]}\n";
}

ExitCode lint_exit_code(const config::Diagnostics& findings, bool strict) {
  if (findings.has_errors()) return ExitCode::configuration;
  return strict && !findings.all().empty() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace weir::cli
