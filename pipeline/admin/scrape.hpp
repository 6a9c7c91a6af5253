// The answer to GET /metrics: what was counted, and what is only known when somebody looks.
#pragma once

#include "pipeline/admin/process_stats.hpp"
#include "pipeline/admin/stall_watch.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/control/summary.hpp"

#include <string>

namespace weir::admin {

struct Identity {
  std::string version;
  std::string commit;
  std::string compiler;
};

// How many partitions of a pipeline have series of their own, so that a topic of thousands does not flood a Prometheus.
inline constexpr std::size_t kMostPartitions = 500;

// Outlived by what it refers to.
struct Scene {
  const Summary& summary;
  const StallWatch& stalls;
  const Identity& identity;
  WallTime now{};
  Duration uptime{};
  bool ready = false;
  std::size_t admin_connections = 0;
};

// How long the oldest record of the partition that is not settled has waited, as far as that is known; zero: none is left.
Duration lag_of(const PartitionStatus& partition, Duration standing, WallTime now);

std::string scrape(const Metrics& counted, const Scene& scene, const ProcessStats& process);

}  // namespace weir::admin
