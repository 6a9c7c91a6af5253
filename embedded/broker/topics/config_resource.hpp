// Config resources: what DescribeConfigs and the two requests that alter settings may name.
#pragma once

#include "embedded/broker/topics/topics.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace weir::embedded::broker::topics {

// Kafka's numbers (ConfigResource.Type, DescribeConfigsResponse.ConfigSource).
enum class ResourceType : std::int8_t { topic = 2, broker = 4 };
enum class ConfigSource : std::int8_t { topic = 1, broker_file = 4, built_in = 5 };

inline bool is(std::int8_t type, ResourceType resource) {
  return type == static_cast<std::int8_t>(resource);
}

// What is wrong with a resource that is to be read: an unknown kind, or another broker.
TopicError check_readable(std::int8_t type, std::string_view name);
// What is wrong with a resource that is to be changed: anything but a topic.
TopicError check_alterable(std::int8_t type, std::string_view name);

// How often each resource stands in the request; no request may name one twice.
using ResourceCounts = std::map<std::pair<std::int8_t, std::string_view>, std::size_t>;
template <class Resources>
ResourceCounts count_resources(const Resources& resources) {
  ResourceCounts counts;
  for (const auto& resource : resources) ++counts[{resource.type, resource.name}];
  return counts;
}
TopicError named_twice(std::string_view name);

}  // namespace weir::embedded::broker::topics
