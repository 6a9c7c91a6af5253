#include "cli/run/lint_report.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/config/findings_json.hpp"
#include "pipeline/text/json_writer.hpp"

#include <algorithm>

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

}  // namespace

std::string render_findings(const config::Diagnostics& findings, std::size_t files, bool colours) {
  std::string out;
  for (const config::Diagnostic& finding : findings.all()) {
    const bool is_error = finding.severity == config::Severity::error;
    out += coloured(printable(finding.mark.str()), Colour::bold, colours) + ": ";
    out += coloured(name_of(finding.severity), is_error ? Colour::red : Colour::yellow, colours) + ": ";
    out += printable(finding.message);
    if (!finding.hint.empty()) out += " (" + printable(finding.hint) + ")";
    out += coloured(" [" + std::string(finding.code.name()) + "]", Colour::grey, colours) + "\n";
    out += printable(finding.excerpt, true);
  }
  const std::size_t errors = count(findings, config::Severity::error);
  const std::size_t warnings = count(findings, config::Severity::warning);
  if (errors + warnings == 0) return out + plural(files, "file") + ", no findings\n";
  return out + plural(errors, "error") + ", " + plural(warnings, "warning") + " in " + plural(files, "file") + "\n";
}

std::string render_findings_json(const config::Diagnostics& findings, std::size_t files) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("files", files);
  json.member("errors", count(findings, config::Severity::error));
  json.member("warnings", count(findings, config::Severity::warning));
  config::write_findings(findings, json);
  json.end_object();
  return out + "\n";
}

ExitCode lint_exit_code(const config::Diagnostics& findings, bool strict) {
  if (findings.has_errors()) return ExitCode::configuration;
  return strict && !findings.all().empty() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace weir::cli
