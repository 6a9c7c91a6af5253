// Puts the `eventstoredb` connection into a registry.
#pragma once

#include "connectors/eventstoredb/connection.hpp"
#include "connectors/eventstoredb/grpc_client.hpp"

namespace weir {
class Registry;
}

namespace weir::connectors::eventstoredb {

// Its connections make their clients with `make_client`; a test gives that of a fake.
void register_eventstoredb(Registry& registry, MakeStoreClient make_client = make_grpc_client);

}  // namespace weir::connectors::eventstoredb
