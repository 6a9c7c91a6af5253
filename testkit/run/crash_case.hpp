// A test, again and again, with a crash at every place.
#pragma once

#include "pipeline/topology/topology.hpp"
#include "testkit/case/case.hpp"
#include "testkit/crash_everywhere.hpp"

namespace weir::testkit {

// Whether crash_everywhere can be said of the test: one whose own steps crash, stop, restart or reload the process says
// itself where.
bool can_crash_everywhere(const Case& test);

// The records of the test, all at once, and its faults; then what crash_everywhere promises.
CrashReport crash_case_everywhere(const Case& test, const Topology& plan);

}  // namespace weir::testkit
