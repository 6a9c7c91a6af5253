// Whether the program does its work, and if not, what keeps it from it.
#pragma once

#include "pipeline/admin/stall_watch.hpp"
#include "pipeline/control/summary.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::admin {

struct NotReady {
  std::string pipeline;   // empty: it concerns no single one
  std::string component;  // "sink 'events'", "partition orders/3", "connection 'store'"
  std::string reason;
};

// Empty: ready. Not ready are: a pipeline that has failed, is being started or stopped, has no partitions assigned, or
// of which something does not work or is waited for; a connection that is not open; a partition that stands still with
// records left. No reason are: a pipeline that is switched off, has ended by itself or was paused by a person, an empty
// share of the group, and a reload that was refused (what ran before runs on). Pure.
std::vector<NotReady> find_reasons(const Summary& summary, const std::vector<Stall>& stalled);

// {"status":"ready","reasons":[]}; without `details`, the status alone.
std::string render_readiness(const std::vector<NotReady>& reasons, bool details);

}  // namespace weir::admin
