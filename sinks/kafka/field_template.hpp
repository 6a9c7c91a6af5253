// FieldTemplate: "{topic}.audit" → a topic or key made from a message's fields.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::sinks::kafka {

// Fields: {topic} (where the message came from), {event_type}, {aggregate_type}, {aggregate_id}; all else is taken as
// it stands.
//
// Lifetime, Executor, Cancellation: a plain value. Errors: parse() says what is wrong; render() has a data error for an
// absent field.
class FieldTemplate {
 public:
  static Result<FieldTemplate> parse(std::string_view text);
  // Appends to `out`.
  Result<void> render(const Message& message, std::string& out) const;
  // No fields: the same text for every message.
  bool is_constant() const;

 private:
  enum class Field { none, topic, event_type, aggregate_type, aggregate_id };
  struct Part {
    std::string text;  // the literal, or the field's name
    Field field = Field::none;
  };
  static std::string_view value_of(Field field, const Message& message);
  std::vector<Part> parts_;
};

}  // namespace weir::sinks::kafka
