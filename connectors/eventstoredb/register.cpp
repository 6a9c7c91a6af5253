#include "connectors/eventstoredb/register.hpp"

#include "connectors/eventstoredb/connection.hpp"
#include "connectors/eventstoredb/metered_client.hpp"
#include "pipeline/topology/registry.hpp"

namespace weir::connectors::eventstoredb {
namespace {

MakeStoreClient metered(const MakeStoreClient& make_client, const BuildContext& context) {
  return [make_client, &clock = context.clock, &metrics = context.metrics,
          name = context.component](ConnectionSettings settings) -> Result<std::shared_ptr<StoreClient>> {
    Result<std::shared_ptr<StoreClient>> client = make_client(std::move(settings));
    if (client.has_error()) return client.error();
    return make_metered_client(std::move(*client), clock, metrics, name);
  };
}

Result<std::shared_ptr<Connection>> make(const ConnectionConfig& config, const MakeStoreClient& make_client,
                                         BuildContext& context) {
  StartEmbedded start;
  if (context.find_embedded) start = context.find_embedded("eventstoredb");
  return std::shared_ptr<Connection>(std::make_shared<StoreConnection>(
      config, metered(make_client, context), context.blocking, std::move(start), context.data_dir));
}

}  // namespace

void register_eventstoredb(Registry& registry, MakeStoreClient make_client) {
  registry.add_connection<ConnectionConfig>(
      "eventstoredb", connection_spec(),
      [make_client = std::move(make_client)](const ConnectionConfig& config, BuildContext& context) {
        return make(config, make_client, context);
      },
      [](const ConnectionConfig& config, const FindDescription&) { return describe_connection(config); });
}

}  // namespace weir::connectors::eventstoredb
