// Selector: the part of a message that an option names: "event_type", "header:tenant", "key", "topic", "/data/kind".
#pragma once

#include "pipeline/batch.hpp"
#include "stages/field.hpp"
#include "stages/json_pointer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::stages {

// Lifetime: one per stage instance. Executor: the lane's. Cancellation: none.
// Errors: none; what is not there, is null, an object or an array has no value. A pointer into a payload that is not
// JSON finds nothing.
class Selector {
 public:
  // Nothing when `text` selects nothing that exists.
  static std::optional<Selector> parse(std::string_view text);
  // What may be written, for messages.
  static std::string_view allowed();

  // The value as text; it lives as long as the batch. A pointer costs a second pass over the payload.
  std::optional<std::string_view> value(const Message& message, Batch& batch);

  bool is_event_id() const { return kind_ == Kind::field && field_ == Field::event_id; }
  const std::string& text() const { return text_; }

 private:
  enum class Kind : std::uint8_t { field, header, key, topic, pointer };
  std::optional<std::string_view> field_value(const DomainEvent& event, Batch& batch) const;
  std::optional<std::string_view> pointer_value(const Message& message, Batch& batch);

  std::string text_;
  Kind kind_ = Kind::field;
  Field field_ = Field::none;
  std::string header_;
  JsonPointer pointer_;
  std::unique_ptr<JsonIndex> index_;  // made at first use, pointers only
};

}  // namespace weir::stages
