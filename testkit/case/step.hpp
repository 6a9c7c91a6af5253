// Steps and faults: what a test does to a pipeline and to the servers around it.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/config/node.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::testkit {

// No time that a test names is longer: what is added up stays within what the clock can hold.
inline constexpr Duration kLongestTime = std::chrono::hours(24 * 3650);

// A record as the source will read it. Nothing = Kafka's null.
struct InputRecord {
  std::string topic;
  Partition partition = 0;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<std::string> value;
  std::optional<std::int64_t> timestamp_ms;  // nothing: the virtual time at which it is put there
};

// Put into its topic, so many times in a row.
struct Put {
  std::shared_ptr<const InputRecord> record;  // shared, for there may be many steps
  std::uint32_t times = 1;
};
struct WaitUntil {
  Duration at{};  // since the run began
};
struct WaitFor {
  Duration time{};
};
// Until nothing is left to do.
struct WaitIdle {};
struct Crash {};
// A clean stop.
struct Stop {};
// A new process in the place of the one that has crashed or was stopped.
struct Restart {};
// A second member comes into the group, and leaves it again.
struct Rebalance {};
// The server behind a connection cannot be reached for so long.
struct Away {
  std::string connection;
  std::string kind;  // of the connection: "kafka", "eventstoredb"
  Duration time{};
};
// The configuration that is put in place of the one that runs: a file, or the options that change.
struct Reload {
  std::filesystem::path file;  // empty: `patch`
  config::Node patch;
};

struct Step {
  config::Mark mark;
  std::variant<Put, WaitUntil, WaitFor, WaitIdle, Crash, Stop, Restart, Rebalance, Away, Reload> what;
};

// A call of a store that does not go well.
struct StoreFault {
  std::string connection;
  std::uint64_t on_append = 1;  // which one, from 1
  std::uint64_t times = 1;      // it and the next ones
  std::string fault;            // by the name that store_fault() knows
  Duration time{};              // of those that take one
};

// Something that happens when so many messages have been read.
struct AtMessage {
  std::uint64_t message = 1;
  std::variant<Crash, Rebalance, Away> what;
};

struct Fault {
  config::Mark mark;
  std::variant<StoreFault, AtMessage> what;
};

}  // namespace weir::testkit
