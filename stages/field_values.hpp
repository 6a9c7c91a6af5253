// FieldValues: what may stand in a field, and what becomes of it.
#pragma once

#include "pipeline/message.hpp"
#include "stages/decode.hpp"
#include "stages/field.hpp"
#include "stages/json_cursor.hpp"

#include <memory_resource>
#include <string>
#include <string_view>

namespace weir::stages {

// A value that was found for a field.
struct FoundValue {
  JsonKind kind = JsonKind::string;
  std::string_view value = {};  // the text of a string, the bytes of all else
  std::string_view where = {};  // name of the member, header, pointer
  std::int64_t at = -1;         // byte offset; -1 = not in the payload
  bool short_name = false;      // stands under a name that other things are called as well
};

// " (byte N)", or nothing for a negative offset.
std::string place(std::int64_t at);

// Checks a value and puts it into the event. Plain RFC 3339 times and UUIDs of 36 characters are recognised first and
// cost no allocation; other spellings are tried only when they are not.
//
// Lifetime: one per decoder; what it puts into the event points to the value or the arena. Executor: the lane's.
// Cancellation: none. Errors: take() is false and `why` says what is wrong and where.
class FieldValues {
 public:
  explicit FieldValues(const DecodeConfig& config);

  // Takes a text without escapes as almost all are: false, and nothing done, when it has to be looked at closely.
  static bool take_plain(Field field, std::string_view text, DomainEvent& event) noexcept;
  // The same of a version that is a number.
  static bool take_plain_version(std::string_view number, DomainEvent& event) noexcept;
  bool take(Field field, const FoundValue& found, DomainEvent& event, std::pmr::memory_resource& arena,
            std::string& why) const;

  // Makes the id of an event whose id was no UUID, once all of its fields are known. `source`: what the producer says its
  // ids are unique within, or empty; then they are within the topic, the type and the aggregate.
  static void make_id(DomainEvent& event, std::string_view source, std::string_view topic);

 private:
  bool take_id(const FoundValue& found, DomainEvent& event, std::string& why) const;
  bool take_time(const FoundValue& found, DomainEvent& event, std::pmr::memory_resource& arena, std::string& why) const;

  const EventIdForm event_id_;
  const BadValue invalid_time_;
  const text::TimeUnit times_;
  std::string zone_;  // as RFC 3339 has it
};

// Whether the value can be a version: a whole number from 0 on, with or without quotes.
bool is_version(const FoundValue& found);

}  // namespace weir::stages
