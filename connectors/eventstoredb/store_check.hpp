// What `weir check` asks an event store, and how its answers are judged.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/connection_check.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::eventstoredb {

// By reading only. What is referred to outlives the call. `what` names the store; `has_user`: somebody is logged in.
Task<void> ask_store(std::shared_ptr<StoreClient> store, const CheckRequest& request, const std::string& what,
                     bool has_user, std::vector<CheckLine>& lines);

}  // namespace weir::connectors::eventstoredb
