// Session: the tests of some files, run one after the other.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/registry.hpp"
#include "testkit/case/test_files.hpp"
#include "testkit/report/result.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weir::testkit {

struct SessionSettings {
  std::string filter;             // only tests with this in "PIPELINE: NAME"; empty: all
  bool crash_everywhere = false;  // besides, with a crash at every place
  bool update = false;            // what was seen becomes what is expected
  // Called for each test as soon as it has been run.
  std::function<void(const TestResult&)> on_result;
};

struct SessionResult {
  TestRun run;
  config::Diagnostics findings;      // in the files; tests with some were not run
  std::size_t found = 0;             // tests, before the filter
  std::vector<std::string> updated;  // "orders.yaml:12:7: NAME", written to their files
};

// `clock` measures how long tests take; inside of them there is no time but their own. Logs of the pipelines go nowhere.
//
// Executor: the caller's thread. Cancellation: none. Errors: in the result.
SessionResult run_tests(const TestFiles& files, const Registry& registry, Clock& clock,
                        const SessionSettings& settings);

// What lint says of the tests in these files: all of them are read, none is run.
void check_tests(const TestFiles& files, const Registry& registry, config::Diagnostics& out);

}  // namespace weir::testkit
