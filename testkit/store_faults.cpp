#include "testkit/store_faults.hpp"

#include "pipeline/config/diagnostics.hpp"

#include <array>

namespace weir::testkit {

namespace es = connectors::eventstoredb;
namespace {

constexpr Duration kHangs = std::chrono::hours(24 * 365 * 10);

constexpr std::array<StoreFaultName, 8> kStoreFaults{{
    {"timeout_after_commit", "It is stored; the answer does not come, and the client gives up at its deadline."},
    {"timeout_before_commit", "It is not stored; no answer comes, and the client gives up at its deadline."},
    {"unavailable", "It is refused: the store is overloaded, or away."},
    {"slow", "It is stored at once, and answered after that time.", true},
    {"too_large", "It is refused as too large; a smaller one may pass."},
    {"reject", "It is refused for what is in it: no other try can help."},
    {"never_answers", "It is not stored, and the client hangs: not even its deadline ends it."},
    {"wrong_expected_version", "It is not stored: the stream is not where it was expected to be."},
}};

es::FakeStore::Fault fault_of(std::string_view name, Duration time) {
  es::FakeStore::Fault fault;
  if (name == "timeout_after_commit") {
    fault.applied = true;
    fault.never_answers = true;
  } else if (name == "timeout_before_commit") {
    fault.never_answers = true;
  } else if (name == "unavailable") {
    fault.error = Error(Errc::unavailable, "the store is not ready (a fault of the test)");
  } else if (name == "slow") {
    fault.applied = true;
    fault.delay = time;
  } else if (name == "too_large") {
    fault.error = Error(Errc::too_large, "the append is too large (a fault of the test)");
  } else if (name == "reject") {
    fault.error = Error(Errc::data, "the store refuses the event (a fault of the test)");
  } else if (name == "never_answers") {
    fault.delay = kHangs;
    fault.error = Error(Errc::unknown_outcome, "the store has not answered (a fault of the test)");
  } else {
    fault.answer = es::RevisionConflict{};
  }
  return fault;
}

}  // namespace

std::span<const StoreFaultName> store_fault_names() {
  return kStoreFaults;
}

Result<es::FakeStore::Fault> store_fault(std::string_view name, Duration time) {
  std::vector<std::string_view> names;
  for (const StoreFaultName& one : kStoreFaults) {
    names.push_back(one.name);
    if (one.name != name) continue;
    if (one.takes_time == (time > Duration::zero())) return fault_of(name, time);
    return Error(Errc::invalid_argument, "the fault '" + std::string(name) + "' takes " +
                                             (one.takes_time ? "a time: `" + std::string(name) + ": 3s`" : "no time"));
  }
  return Error(Errc::invalid_argument,
               "there is no fault '" + std::string(name) + "' of a store; " + config::suggest(name, names));
}

}  // namespace weir::testkit
