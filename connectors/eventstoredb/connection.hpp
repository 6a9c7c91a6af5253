// The `eventstoredb` connection: one shared client of one store, by connection string or started inside the process.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "connectors/eventstoredb/connection_string.hpp"
#include "pipeline/base/blocking.hpp"
#include "pipeline/config/spec.hpp"
#include "pipeline/connection.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::connectors::eventstoredb {

struct ConnectionConfig {
  std::string url = "embedded";  // secret: may hold a password
};

Spec<ConnectionConfig> connection_spec();
Description describe_connection(const ConnectionConfig& config);

// What a connection makes its client with: make_grpc_client, or a fake's. Dials nothing.
using MakeStoreClient = std::function<Result<std::shared_ptr<StoreClient>>(ConnectionSettings settings)>;

// Lifetime: open() .. close(); `blocking` outlives it. Executor: open() and close() on the supervisor's, which neither
// holds up; client() from any thread after open().
// Cancellation: terminal. Errors: open() refuses connection strings and certificate files that cannot work, and an
// embedded store that does not start; a server that is away is no error.
class StoreConnection final : public Connection {
 public:
  StoreConnection(ConnectionConfig config, MakeStoreClient make_client, Blocking& blocking,
                  StartEmbedded start_embedded, std::filesystem::path data_dir);
  ~StoreConnection() override;

  Task<Result<void>> open() override;
  Task<void> close() override;
  // An embedded store is not started for it.
  Task<std::vector<CheckLine>> check(CheckRequest request) override;

  // The shared client. Error: internal, when the connection is not open.
  Result<std::shared_ptr<StoreClient>> client() const;

 private:
  Result<std::string> start_embedded();

  const ConnectionConfig config_;
  const MakeStoreClient make_client_;
  Blocking& blocking_;
  const StartEmbedded start_embedded_;
  const std::filesystem::path data_dir_;
  std::shared_ptr<EmbeddedServer> server_;
  std::shared_ptr<StoreClient> client_;
};

}  // namespace weir::connectors::eventstoredb
