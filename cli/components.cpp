#include "cli/components.hpp"

#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "embedded/register.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

namespace weir::cli {

namespace {

constexpr const char* kEmbeddedKinds[] = {"eventstoredb", "kafka"};

StartEmbedded announced(const std::string& kind, StartEmbedded start, EmbeddedStarted started) {
  return [=](const std::filesystem::path& data_dir) {
    Result<std::shared_ptr<EmbeddedServer>> server = start(data_dir);
    if (server && started) started(kind, (*server)->address());
    return server;
  };
}

}  // namespace

void register_components_but_embedded(Registry& registry) {
  stages::register_stages(registry);
  connectors::kafka::register_kafka(registry);
  connectors::eventstoredb::register_eventstoredb(registry);
  sinks::register_sinks(registry);
}

void register_components(Registry& registry, const EmbeddedStarted& started) {
  register_components_but_embedded(registry);
  Registry embedded;
  embedded::register_embedded(embedded);
  for (const char* kind : kEmbeddedKinds)
    registry.add_embedded(kind, announced(kind, embedded.embedded(kind), started));
}

}  // namespace weir::cli
