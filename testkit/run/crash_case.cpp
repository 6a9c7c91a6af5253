#include "testkit/run/crash_case.hpp"

#include "testkit/run/input.hpp"
#include "testkit/run/troubles.hpp"

#include <algorithm>
#include <memory>

namespace weir::testkit {

bool can_crash_everywhere(const Case& test) {
  const auto ends_process = [](const Step& step) {
    return std::holds_alternative<Crash>(step.what) || std::holds_alternative<Stop>(step.what) ||
           std::holds_alternative<Restart>(step.what) || std::holds_alternative<Reload>(step.what);
  };
  // A run that comes to no good end has no result that another one could be held against.
  if (test.expect && (test.expect->fails || test.expect->unfinished)) return false;
  return std::ranges::none_of(test.steps, ends_process);
}

CrashReport crash_case_everywhere(const Case& test, const Topology& plan) {
  Scenario scenario;
  scenario.plan = plan;
  scenario.world = world_settings(test);
  scenario.workers = test.workers;
  scenario.limit = test.limit;
  // What happens at a message or at a time is another test's business: a crash at every place is trouble enough.
  std::vector<Fault> faults;
  for (const Fault& fault : test.faults) {
    if (std::holds_alternative<StoreFault>(fault.what)) faults.push_back(fault);
  }
  std::unique_ptr<Troubles> troubles;
  scenario.arrange = [&](World& world) {
    troubles = std::make_unique<Troubles>(world, faults);
    troubles->arrange();
    Input input(world, plan);
    input.make_topics(test);
    for (const Step& step : test.steps) {
      if (const Put* put = std::get_if<Put>(&step.what)) input.put(*put);
    }
  };
  return crash_everywhere(scenario);
}

}  // namespace weir::testkit
