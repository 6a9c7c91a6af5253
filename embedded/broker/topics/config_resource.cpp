#include "embedded/broker/topics/config_resource.hpp"

#include "embedded/broker/request_context.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

namespace weir::embedded::broker::topics {

using wire::ErrorCode;

namespace {

TopicError unknown_kind(std::int8_t type) {
  return {ErrorCode::invalid_request, "This broker has no settings for resources of type " + std::to_string(type) +
                                          "; it has them for topics (2) and for itself (4)."};
}

}  // namespace

TopicError check_readable(std::int8_t type, std::string_view name) {
  if (is(type, ResourceType::topic)) return {};
  if (!is(type, ResourceType::broker)) return unknown_kind(type);
  // The empty name asks for what was set for the whole cluster at run time, which here is nothing.
  if (name.empty() || parse_int64(name) == kNodeId) return {};
  return {ErrorCode::invalid_request,
          "There is no broker " + in_quotes(name) + "; the only one has the id " + std::to_string(kNodeId) + "."};
}

TopicError check_alterable(std::int8_t type, std::string_view name) {
  if (is(type, ResourceType::broker)) {
    return {ErrorCode::invalid_request,
            "The broker's own settings cannot be changed while it runs; change how it is started."};
  }
  if (!is(type, ResourceType::topic)) return unknown_kind(type);
  if (name.empty()) {
    return {ErrorCode::invalid_request, "Settings can be changed topic by topic only, and no topic is named."};
  }
  return {};
}

TopicError named_twice(std::string_view name) {
  return {ErrorCode::invalid_request, in_quotes(name) + " stands in this request more than once."};
}

}  // namespace weir::embedded::broker::topics
