// What a consumer's metadata says about its subscription.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace weir::embedded::broker::groups {

// The topics in the metadata of a member whose protocol type is "consumer" (ConsumerProtocolSubscription, any version).
// None when the bytes are not that.
std::optional<std::set<std::string, std::less<>>> subscribed_topics(std::string_view metadata);

}  // namespace weir::embedded::broker::groups
