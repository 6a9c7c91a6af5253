#include "sinks/eventstoredb/register.hpp"

#include "connectors/eventstoredb/connection.hpp"
#include "pipeline/topology/registry.hpp"
#include "sinks/eventstoredb/config.hpp"

namespace weir::sinks::eventstoredb {
namespace {

using connectors::eventstoredb::StoreClient;
using connectors::eventstoredb::StoreConnection;

void check_sink(const SinkConfig& config, const config::Node& node, const CheckScope& scope, config::Diagnostics& out) {
  const auto found = scope.connections.find(config.connection);
  const bool named = !config.connection.empty();  // a missing name was reported already
  if (!named || (found != scope.connections.end() && found->second == "eventstoredb")) return;
  const config::Node* at = node.find("connection");
  const config::Mark& mark = at != nullptr ? at->mark() : node.mark();
  if (found != scope.connections.end()) {
    out.error("wrong-connection", mark, scope.path,
              "connection '" + config.connection + "' is of kind '" + found->second +
                  "', but this sink needs 'eventstoredb'");
    return;
  }
  std::vector<std::string_view> candidates;
  for (const auto& [name, kind] : scope.connections) {
    if (kind == "eventstoredb") candidates.push_back(name);
  }
  out.error("unknown-connection", mark, scope.path, "no connection '" + config.connection + "'",
            config::suggest(config.connection, candidates));
}

Result<std::unique_ptr<Sink>> make(const SinkConfig& config, BuildContext& context) {
  Result<SinkSettings> settings = make_settings(config, context.component == "dlq");
  if (settings.has_error()) return settings.error();
  Result<std::shared_ptr<StoreConnection>> connection = context.connection<StoreConnection>(config.connection);
  if (connection.has_error()) return connection.error();
  FindStore find_store = [connection = *connection]() -> Result<std::shared_ptr<StoreClient>> {
    return connection->client();
  };
  return make_sink(std::move(*settings), std::move(find_store));
}

}  // namespace

void register_eventstoredb_sink(Registry& registry) {
  registry.add_sink<SinkConfig>("eventstoredb", sink_spec(), make, check_sink);
}

}  // namespace weir::sinks::eventstoredb
