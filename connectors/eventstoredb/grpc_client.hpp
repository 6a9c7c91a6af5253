// The real StoreClient, over grpc++. The bridge is thin: everything above it is free of I/O and tested over FakeStore.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "connectors/eventstoredb/connection_string.hpp"

#include <memory>

namespace weir::connectors::eventstoredb {

// Connects on first use and again, with backoff, whenever the connection breaks; several hosts are tried in turn. Dials
// nothing here. Errors: invalid_argument or io, when a certificate file cannot be read.
Result<std::shared_ptr<StoreClient>> make_grpc_client(ConnectionSettings settings);

}  // namespace weir::connectors::eventstoredb
