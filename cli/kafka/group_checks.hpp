// What stands in the way of an order about a group. Pure.
#pragma once

#include "connectors/kafka/admin_client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

// What Kafka answers for a group that it does not know.
bool is_unknown(const connectors::kafka::GroupInfo& group);

// not_found with the nearest of `names`, which are those of all groups there. Where the name is among them, the group
// is there and cannot be described: unsupported.
Error no_such_group(const std::string& name, const std::string& brokers, const std::vector<std::string>& names);

// Why the group's offsets cannot be put elsewhere now: already_exists for one with members, unsupported for one whose
// members cannot be known.
std::optional<Error> refuse_reset(const connectors::kafka::GroupInfo& group);

}  // namespace weir::cli
