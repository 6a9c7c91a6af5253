// route: chooses the sink of each message by a value of it.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/topology/registry.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::stages {

struct RouteConfig {
  std::string by = "event_type";
  // Pattern → sink, or `drop`. Exact, `prefix*`, or `^expression`, in file order; `default` takes what no other pattern
  // takes, and without it such a message is a data error.
  std::vector<std::pair<std::string, std::string>> to = {};
};

Spec<RouteConfig> route_spec();
Description describe_route(const RouteConfig& route, const FindDescription&);
// Checks the targets against the pipeline's sinks.
void check_route(const RouteConfig& route, const config::Node& node, const CheckScope& scope, config::Diagnostics& out);
Result<std::unique_ptr<Stage>> make_route(const RouteConfig& config, BuildContext& context);

}  // namespace weir::stages
