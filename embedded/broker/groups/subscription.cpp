#include "embedded/broker/groups/subscription.hpp"

#include "embedded/broker/wire/reader.hpp"

namespace weir::embedded::broker::groups {

std::optional<std::set<std::string, std::less<>>> subscribed_topics(std::string_view metadata) {
  wire::Reader in(metadata);
  const std::int16_t version = in.i16();
  const std::int32_t count = in.required_array(false, sizeof(std::int16_t));
  std::set<std::string, std::less<>> topics;
  for (std::int32_t i = 0; i < count && in.ok(); ++i) topics.emplace(in.string(false));
  // What follows (user data, owned partitions, ...) is between the clients.
  if (!in.ok() || version < 0) return std::nullopt;
  return topics;
}

}  // namespace weir::embedded::broker::groups
