// How a reload went, for the log, the caller and the admin API.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/topology/diff.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// What Supervisor::apply() has done.
struct ReloadReport {
  TopologyDiff changes;
  Duration took{};
};

struct ReloadOutcome {
  enum class Kind : std::uint8_t {
    unchanged,  // the files say what runs already
    applied,    // the new configuration runs
    refused,    // the old one runs on, untouched: findings or error say why
  };
  Kind kind = Kind::unchanged;
  std::string trigger;      // "SIGHUP", "POST /reload"; of several that came together: "SIGHUP, a file has changed"
  WallTime at{};            // when it was settled
  Duration took{};          // from the reading of the files
  std::string config_hash;  // of the configuration that runs now
  config::Diagnostics findings;  // errors among them: refused for them; else warnings
  std::optional<Error> error;    // refused for another reason: what, and what to do
  TopologyDiff changes;          // what was changed; of one that was refused after linting: what would have been
};

std::string_view to_string(ReloadOutcome::Kind kind);
// For people: one line, and one more per change or finding. Ends with a line feed.
std::string describe(const ReloadOutcome& outcome);
// {"result":"applied","trigger":…,"at":…,"took_seconds":…,"config_hash":…,"error":…,"findings":[…],"connections":[…],"pipelines":[…]},
// ended by a line feed.
std::string render_json(const ReloadOutcome& outcome);

}  // namespace weir
