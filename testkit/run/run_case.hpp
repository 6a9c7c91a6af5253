// run_case: one test, from its first record to what has come of it.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/topology/topology.hpp"
#include "testkit/case/case.hpp"
#include "testkit/expect/observed.hpp"

#include <functional>

namespace weir::testkit {

// The plan that a step `reload` asks for.
using FindPlan = std::function<Result<Topology>(const Reload& step)>;

// Runs the test in a world of its own: the process starts and joins its group, then the steps happen one by one, then all
// that is left to do is done and the process stops. Time is virtual, and begins when the group has settled; the same test
// gives the same result however often it is run.
//
// Executor: the caller's thread. Cancellation: none; a run ends when its virtual time is up. Errors: the plan cannot be
// built, or a step cannot be taken (a restart of what runs).
Result<Observed> run_case(const Case& test, const Topology& plan, const FindPlan& find_plan = {});

}  // namespace weir::testkit
