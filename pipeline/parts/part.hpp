// The parts of a message that an option may name: "event_type", "header:tenant", "key". One table of them, for stages
// and sinks alike; README.md lists it.
#pragma once

#include "pipeline/message.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Room for a value that the message does not hold as text: an id or a number. The value lives until its room is used
// again.
using PartRoom = std::array<char, 36>;

// One part of a message. Reading it copies and allocates nothing: stages look at every message through it.
//
// Lifetime, Executor, Cancellation: a plain value. Errors: none; a part that the message does not have has no value.
class Part {
 public:
  // Nothing when no part has that name; unknown_part() has the words for it.
  static std::optional<Part> parse(std::string_view name);

  // The value as text, a view of the message or of `room`. Only a header can have one that is empty.
  std::optional<std::string_view> value(const Message& message, PartRoom& room) const {
    return read_(message, header_, room);
  }
  // As it was written: "header:tenant".
  const std::string& name() const { return name_; }

  using Read = std::optional<std::string_view> (*)(const Message& message, std::string_view header, PartRoom& room);

 private:
  Part(std::string_view name, std::string_view header, Read read) : name_(name), header_(header), read_(read) {}

  std::string name_;
  std::string header_;  // whose value it is; empty for all other parts
  Read read_;
};

// Whether that part is a field of the event, which a message has once a stage has decoded it. False for other names.
bool is_event_field(std::string_view name);
// The names of all parts: "event_id", …, "header:NAME".
std::vector<std::string> part_names();
// The same in one text, for the documentation of an option: "event_id, …, header:NAME".
std::string part_list();
// What an error says of a name that no part has: "unknown field 'kye' (did you mean 'key'?); known: event_id, …".
// `shown` is the name as it was written; `more` are names that are known in that place besides.
std::string unknown_part(std::string_view name, std::string_view shown, const std::vector<std::string>& more = {});

}  // namespace weir
