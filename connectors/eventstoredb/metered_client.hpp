// A StoreClient that counts: appends and reads, how long they take, how they fail.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/base/metrics.hpp"

#include <memory>
#include <string>

namespace weir::connectors::eventstoredb {

// Passes every call on to `client`. `connection`: the value of the label. Clock and metrics outlive it.
std::shared_ptr<StoreClient> make_metered_client(std::shared_ptr<StoreClient> client, Clock& clock, Metrics& metrics,
                                                 std::string connection);

}  // namespace weir::connectors::eventstoredb
