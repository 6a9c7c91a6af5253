#include "stages/register.hpp"

#include "stages/ack.hpp"
#include "stages/decode.hpp"
#include "stages/dedupe.hpp"
#include "stages/persist.hpp"
#include "stages/route.hpp"

namespace weir::stages {
namespace {

Result<std::unique_ptr<Stage>> build_decode(const DecodeConfig& config, BuildContext&) {
  std::unique_ptr<Stage> stage = make_decode(config);
  return stage;
}

Description describe_decode(const DecodeConfig&, const FindDescription&) {
  Description description;
  description.decodes = true;
  return description;
}

Description describe_dedupe(const DedupeConfig& config, const FindDescription&) {
  Description description;
  description.parts = {config.key};
  description.remembers = config.window;
  return description;
}

}  // namespace

void register_stages(Registry& registry) {
  registry.add_stage<DecodeConfig>("decode", decode_spec(), build_decode, describe_decode);
  registry.add_stage<DedupeConfig>("dedupe", dedupe_spec(), make_dedupe, describe_dedupe);
  registry.add_stage<RouteConfig>("route", route_spec(), make_route, describe_route, check_route);
  for (const char* name : {"filter", "drop", "skip", "where"}) {
    registry.add_advice(ComponentKind::stage, name,
                        "to leave events out, route them to drop: "
                        "- route: { by: event_type, to: { \"Audit*\": drop, default: events } }");
  }
  registry.add_persist("persist", persist_spec());
  registry.add_ack("ack", ack_spec());
}

}  // namespace weir::stages
