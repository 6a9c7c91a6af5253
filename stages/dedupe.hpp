// dedupe: drops a message whose id was seen before, without ever losing the only copy.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/topology/registry.hpp"

#include <string>

namespace weir::stages {

struct DedupeConfig {
  std::string key = "event_id";
  Duration window = std::chrono::hours(24);
  std::size_t max_entries = 1'000'000;  // of the pipeline; each lane has its equal share
  bool durable = false;
};

Spec<DedupeConfig> dedupe_spec();
Result<std::unique_ptr<Stage>> make_dedupe(const DedupeConfig& config, BuildContext& context);

}  // namespace weir::stages
