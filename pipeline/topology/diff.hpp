// What a new configuration changes, and how little of what runs has to be touched for it. Pure.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// What becomes of one named thing: a connection, a stage, a sink.
struct PartChange {
  enum class What : std::uint8_t { kept, rebuilt, moved, added, removed };
  What what = What::kept;
  std::string name;
  std::string why;  // of what is rebuilt: the options that changed, or the connection that did
};

struct PipelineChange {
  enum class What : std::uint8_t {
    kept,          // it does not notice
    switched,      // its consumer stays; stages, sinks or settings are replaced between two batches
    rejoined,      // it is drained and started anew: its consumer cannot be kept
    added,         // it is started
    removed,       // it is drained
    switched_on,   // enabled: true, started
    switched_off,  // enabled: false, drained
    off,           // not enabled, before or after
  };
  What what = What::kept;
  std::string name;
  std::vector<std::string> reasons;   // of a rejoin: "topics of the source", "lanes 2 → 4"
  std::vector<PartChange> stages;     // by their position in the new chain, then those that went
  std::vector<PartChange> sinks;      // in the order of the new file, then those that went
  std::vector<std::string> settings;  // of the pipeline and of persist: "window 8 → 16"
  // Whether the same message may now go elsewhere, so that what is in flight must be settled before the next is submitted.
  bool sinks_or_routes_changed = false;

  bool runs_before() const;
  bool runs_after() const;
};

struct TopologyDiff {
  std::vector<PartChange> connections;    // by name
  std::vector<PipelineChange> pipelines;  // in the order of the new configuration, then those that went

  bool empty() const;  // nothing changes
};

// By the fingerprints of typed configs: comments, order of keys and spelling change nothing. A part that uses a
// connection which is rebuilt is rebuilt with it; a source, so that its pipeline rejoins.
TopologyDiff diff(const Topology& now, const Topology& next);

std::string_view to_string(PartChange::What what);
std::string_view to_string(PipelineChange::What what);  // "switched on"

}  // namespace weir
