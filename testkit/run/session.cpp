#include "testkit/run/session.hpp"

#include "pipeline/base/log.hpp"
#include "testkit/case/test_loader.hpp"
#include "testkit/expect/comparison.hpp"
#include "testkit/run/crash_case.hpp"
#include "testkit/run/run_case.hpp"
#include "testkit/run/update.hpp"

#include <optional>

namespace weir::testkit {

namespace {

using Outcome = TestResult::Outcome;

// What simulated pipelines log is no news of this process.
class SilentLogs {
 public:
  SilentLogs() {
    log::redirect([](std::string_view) {});
  }
  ~SilentLogs() { log::redirect({}); }
  SilentLogs(const SilentLogs&) = delete;
  SilentLogs& operator=(const SilentLogs&) = delete;
};

class Session {
 public:
  Session(const Registry& registry, Clock& clock, const SessionSettings& settings)
      : clock_(clock), settings_(settings), loader_(registry) {}

  SessionResult run(const TestFiles& files) {
    const SilentLogs silent;
    const TimePoint begun = clock_.now();
    const std::vector<FoundTest> found = find_tests(files, result_.findings);
    result_.found = found.size();
    for (const FoundTest& test : found) {
      // A file of tests need not name its pipeline.
      if (!test.pipeline.empty() && !is_wanted(test.pipeline, test)) continue;
      const std::optional<ReadyTest> ready = loader_.load(test, result_.findings, settings_.update);
      if (ready && is_wanted(ready->topology.pipelines.front().name, test)) run(*ready);
    }
    if (settings_.update) result_.updated = updates_.write(result_.findings);
    result_.run.took = clock_.now() - begun;
    return std::move(result_);
  }

 private:
  bool is_wanted(const std::string& pipeline, const FoundTest& test) const {
    return settings_.filter.empty() || (pipeline + ": " + test.name()).find(settings_.filter) != std::string::npos;
  }

  void run(const ReadyTest& ready) {
    const Case& test = ready.test;
    TestResult result;
    result.mark = test.mark;
    result.pipeline = ready.topology.pipelines.front().name;
    result.name = test.name;
    const TimePoint begun = clock_.now();
    const FindPlan find_plan = [&](const Reload& step) {
      return loader_.reloaded(ready, step);
    };
    const Result<Observed> observed = run_case(test, ready.topology, find_plan);
    result.took = clock_.now() - begun;
    if (observed.has_error()) {
      result.outcome = Outcome::error;
      result.error = observed.error().message();
    } else {
      judge(ready, *observed, result);
    }
    if (settings_.crash_everywhere && result.outcome == Outcome::passed) crash(ready, result);
    if (settings_.on_result) settings_.on_result(result);
    result_.run.results.push_back(std::move(result));
  }

  void judge(const ReadyTest& ready, const Observed& observed, TestResult& result) {
    result.elapsed = observed.elapsed;
    result.journeys = observed.journeys;
    if (ready.test.expect)
      result.differences = compare(*ready.test.expect, observed);
    else
      result.differences.push_back({ready.test.mark, "there is no 'expect' yet"});
    if (result.differences.empty()) return;
    result.outcome = Outcome::failed;
    if (settings_.update) updates_.add(ready, observed);
  }

  void crash(const ReadyTest& ready, TestResult& result) {
    if (!can_crash_everywhere(ready.test)) return;
    const CrashReport report = crash_case_everywhere(ready.test, ready.topology);
    result.crashes = report.crashes;
    if (!report.broken) return;
    result.outcome = Outcome::failed;
    result.differences.push_back({ready.test.mark, report.broken->where + ": " + report.broken->what});
  }

  Clock& clock_;
  const SessionSettings& settings_;
  TestLoader loader_;
  Updates updates_;
  SessionResult result_;
};

}  // namespace

SessionResult run_tests(const TestFiles& files, const Registry& registry, Clock& clock,
                        const SessionSettings& settings) {
  return Session(registry, clock, settings).run(files);
}

void check_tests(const TestFiles& files, const Registry& registry, config::Diagnostics& out) {
  TestLoader loader(registry);
  for (const FoundTest& test : find_tests(files, out)) loader.load(test, out);
}

}  // namespace weir::testkit
