// TopicName: which topic a message goes to, from a template like "{topic}.dlq".
#pragma once

#include "pipeline/parts/template.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sinks::kafka {

// A template, and what a topic may be called (connectors/kafka/topic_name.hpp).
//
// Lifetime, Executor, Cancellation: a plain value, immutable after parse(). Errors: those of its functions.
class TopicName {
 public:
  // Error: invalid_argument, a sentence that says what is wrong.
  static Result<TopicName> parse(std::string_view text);

  // Appends to `out`. Error: data, when a part is missing or the name cannot be a topic's.
  Result<void> render(const Message& message, std::string& out) const;

  // The one topic of all messages; nothing when it depends on the message.
  std::optional<std::string_view> constant() const { return name_.constant(); }
  // The parts of a message that the name is made of.
  std::vector<std::string> parts() const { return name_.parts(); }

 private:
  Template name_;
};

}  // namespace weir::sinks::kafka
