// What Kafka takes as the name of a topic.
#pragma once

#include "pipeline/base/result.hpp"

#include <string>
#include <string_view>

namespace weir::connectors::kafka {

// What is wrong with the name, or an empty string. Pure, and cheap for a good name: the sink asks for every record.
std::string check_topic_name(std::string_view name);

// That a topic is not there, with the command that makes it.
Error missing_topic(std::string_view topic, const std::string& brokers);

// The cluster's own: nobody's events, and some of them grow with every commit.
inline bool is_internal_topic(std::string_view name) {
  return name.starts_with("__");
}

}  // namespace weir::connectors::kafka
