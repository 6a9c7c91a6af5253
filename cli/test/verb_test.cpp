#include "cli/components.hpp"
#include "cli/run/lint_report.hpp"
#include "cli/terminal/text.hpp"
#include "cli/test/changes.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/process_signals.hpp"
#include "pipeline/text/quotes.hpp"
#include "testkit/report/json_report.hpp"
#include "testkit/report/junit_report.hpp"
#include "testkit/report/text_report.hpp"
#include "testkit/run/session.hpp"

#include <fstream>
#include <ostream>

namespace weir::cli {

namespace {

using testkit::SessionResult;
using testkit::TestFiles;
using testkit::Tone;

constexpr const char* kDefaultFile = "pipelines.yaml";

testkit::TextStyle style_of(const TestOptions& options, const Console& console) {
  const bool colours = console.out_traits.colours;
  const auto paint = [colours](std::string_view text, Tone tone) {
    Colour colour = Colour::none;
    if (tone == Tone::good) colour = Colour::green;
    if (tone == Tone::bad) colour = Colour::red;
    if (tone == Tone::note) colour = Colour::grey;
    if (tone == Tone::strong) colour = Colour::bold;
    return coloured(printable(text), colour, colours);
  };
  return {paint, options.verbose};
}

bool write_junit(const std::filesystem::path& file, const testkit::TestRun& run, const Console& console) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << testkit::render_junit(run);
  stream.close();
  if (stream) return true;
  console.error("the results cannot be written to " + text::in_quotes(file) + "; check the path and its permissions");
  return false;
}

std::string none_found(const SessionResult& result, const TestOptions& options) {
  if (result.found == 0)
    return "there are no tests here; write them under 'tests:' of a pipeline or in NAME.test.yaml, or see `weir init`";
  return "none of the " + std::to_string(result.found) + " tests has " + config::quote(options.filter) +
         " in its name; leave --filter out to see them all with --verbose";
}

ExitCode judge(const SessionResult& result, const TestOptions& options, const Console& console) {
  if (result.findings.has_errors()) return ExitCode::configuration;
  if (result.run.results.empty()) {
    console.error(none_found(result, options));
    return ExitCode::not_found;
  }
  if (result.run.passed()) return ExitCode::ok;
  // An update leaves nothing that fails, but for what could not be run.
  return result.updated.size() == result.run.results.size() - result.run.count(testkit::TestResult::Outcome::passed)
             ? ExitCode::ok
             : ExitCode::failed;
}

// Runs them all once, and says what became of them.
ExitCode run_once(const TestFiles& files, const Registry& registry, const TestOptions& options, Console& console) {
  SystemClock clock;
  const testkit::TextStyle style = style_of(options, console);
  testkit::SessionSettings settings;
  settings.filter = options.filter;
  settings.crash_everywhere = options.crash_everywhere;
  settings.update = options.update;
  if (!options.json) {
    settings.on_result = [&](const testkit::TestResult& test) {
      console.out << testkit::render_text(test, style) << std::flush;
    };
  }
  const SessionResult result = testkit::run_tests(files, registry, clock, settings);
  if (!result.findings.all().empty())
    console.err << render_findings(result.findings, files.configuration.size() + files.tests.size(),
                                   console.err_traits.colours);
  if (options.json) {
    console.out << testkit::render_json(result.run);
  } else {
    for (const std::string& updated : result.updated) console.out << "updated " << printable(updated) << '\n';
    if (!result.run.results.empty()) console.out << testkit::render_totals(result.run, style) << std::flush;
  }
  ExitCode code = judge(result, options, console);
  if (options.junit && !write_junit(*options.junit, result.run, console) && code == ExitCode::ok)
    code = ExitCode::failed;
  return code;
}

Result<TestFiles> test_files_of(const TestOptions& options) {
  std::vector<std::filesystem::path> given = options.files;
  if (given.empty()) given.emplace_back(kDefaultFile);
  return testkit::find_test_files(given);
}

// Until Ctrl-C. The files are found anew each time: a test file may have come.
ExitCode run_at_changes(const TestOptions& options, const Registry& registry, ProcessSignals& signals,
                        Console& console) {
  constexpr Duration kLook = std::chrono::milliseconds(200);
  ExitCode code = ExitCode::ok;
  for (;;) {
    const Result<TestFiles> files = test_files_of(options);
    if (files)
      code = run_once(*files, registry, options, console);
    else
      console.error(files.error().message());
    const Changes changes(files ? *files : TestFiles(), options.files);
    console.out << coloured("waiting for a change; Ctrl-C ends", Colour::grey, console.out_traits.colours) << '\n'
                << std::flush;
    while (!changes.any()) {
      const std::optional<ProcessSignals::Event> event = signals.wait(kLook);
      if (event == ProcessSignals::Event::stop) return code;
    }
    console.out << '\n';
  }
}

}  // namespace

ExitCode run_pipeline_tests(const TestOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  if (options.watch) {
    ProcessSignals signals;
    return run_at_changes(options, registry, signals, console);
  }
  const Result<TestFiles> files = test_files_of(options);
  if (files) return run_once(*files, registry, options, console);
  console.error(files.error().message());
  return ExitCode::not_found;
}

}  // namespace weir::cli
