#include "stages/register.hpp"

#include "pipeline/config/scalars.hpp"
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

std::string what_becomes_of_a_tombstone(TombstonePolicy policy) {
  switch (policy) {
    case TombstonePolicy::drop:
      return "It is dropped, and counted under 'tombstone'.";
    case TombstonePolicy::fail:
      return "It is dead-lettered.";
    case TombstonePolicy::pass:
      return "It goes on with what its key and headers say.";
  }
  return {};
}

Description describe_decode(const DecodeConfig& config, const FindDescription&) {
  Description description;
  description.decodes = true;
  std::string required;
  for (const std::string& field : config.required) required += (required.empty() ? "" : ", ") + field;
  description.says(Statement::About::bad_event, "One that is no JSON of the expected shape, is larger than " +
                                                    config::format_bytes(config.max_payload) +
                                                    (required.empty() ? "" : ", or lacks one of: " + required + ",") +
                                                    " is dead-lettered at once, with the reason.");
  description.says(Statement::About::tombstone, what_becomes_of_a_tombstone(config.tombstone));
  return description;
}

std::string what_becomes_of_a_conflict(OnConflict policy) {
  switch (policy) {
    case OnConflict::dead_letter:
      return "is dead-lettered";
    case OnConflict::drop:
      return "is dropped, and counted under 'conflict'";
    case OnConflict::pass:
      return "goes on";
  }
  return {};
}

Description describe_dedupe(const DedupeConfig& config, const FindDescription&) {
  using About = Statement::About;
  Description description;
  description.parts = {config.key};
  description.remembers = config.window;
  const std::string entries = std::to_string(config.max_entries);
  description
      .says(About::copies, "A second one with the same " + config.key + " within " +
                               config::format_duration(config.window) +
                               " is dropped, and counted; one with other content " +
                               what_becomes_of_a_conflict(config.on_conflict) + ".")
      .says(About::copies,
            "Its limits: each lane knows what itself has seen, in memory. Ids are forgotten at a restart, with a "
            "partition that moves to another member, and beyond " +
                entries + " of them; a copy in a partition of another lane is not seen.")
      .says(About::redelivery,
            "It is recognised while this process remembers its id, and dropped where it was settled; after a restart "
            "the sink decides.")
      .says(About::memory, "Up to " + entries + " ids, some 80 bytes each: " +
                               std::to_string(config.max_entries * 80 / (1U << 20U) + 1) + " MiB.");
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
