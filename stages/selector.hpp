// Selector: what the options `by` and `key` name: a part of the message ("event_type", "header:tenant"), or a value
// inside its payload ("/data/kind").
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/parts/part.hpp"
#include "stages/json_pointer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::stages {

// Lifetime: one per stage instance. Executor: the lane's. Cancellation: none.
// Errors: parse() only; what is not there, is null, an object or an array has no value. A pointer into a payload that
// is not JSON finds nothing.
class Selector {
 public:
  // Error: invalid_argument, a sentence that names what may be written.
  static Result<Selector> parse(std::string_view text);

  // The value as text, until the next call or the end of the message. A pointer costs a second pass over the payload.
  std::optional<std::string_view> value(const Message& message) {
    return part_.has_value() ? part_->value(message, room_) : pointer_value(message);
  }

  bool is_event_id() const { return is_event_id_; }
  const std::string& text() const { return text_; }

 private:
  std::optional<std::string_view> pointer_value(const Message& message);

  std::string text_;
  bool is_event_id_ = false;
  std::optional<Part> part_;  // nothing: the pointer
  PartRoom room_{};
  JsonPointer pointer_;
  std::unique_ptr<JsonIndex> index_;  // made at first use
  std::string plain_;                 // of a string with escapes
};

}  // namespace weir::stages
