// What a store can do wrong, by the names that a test in YAML uses.
#pragma once

#include "connectors/eventstoredb/fake.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::testkit {

struct StoreFaultName {
  std::string_view name;
  std::string_view doc;     // what happens to the append
  bool takes_time = false;  // needs a duration: `slow: 3s`
};

// All of them: timeout_after_commit, timeout_before_commit, unavailable, slow, too_large, reject, never_answers,
// wrong_expected_version.
std::span<const StoreFaultName> store_fault_names();

// The fault of that name, for FakeStore::on_append. `time` is for those that take one. Error: the names there are, with
// the nearest one.
Result<connectors::eventstoredb::FakeStore::Fault> store_fault(std::string_view name, Duration time = {});

}  // namespace weir::testkit
