// The names that topics may have, as Kafka checks them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::topics {

// What is wrong with the name, as a sentence; nothing when it may be used.
std::optional<std::string> check_topic_name(std::string_view name);

// Two names collide when these are equal: Kafka's metrics take '.' and '_' for the
// same character, so a cluster that had both "a.b" and "a_b" could not be watched.
// Kafka refuses the second one, and so do we: what runs here must run there.
std::string collision_key(std::string_view name);

// A name or value from a request, in quotes, fit for an error message: short, and printable ASCII only.
std::string in_quotes(std::string_view text);

}  // namespace weir::embedded::broker::topics
