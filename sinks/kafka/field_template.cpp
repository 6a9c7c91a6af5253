#include "sinks/kafka/field_template.hpp"

#include <algorithm>

namespace weir::sinks::kafka {

Result<FieldTemplate> FieldTemplate::parse(std::string_view text) {
  FieldTemplate result;
  while (!text.empty()) {
    const std::size_t open = text.find_first_of("{}");
    if (open != 0) result.parts_.push_back({std::string(text.substr(0, open)), Field::none});
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    if (text[open] == '}' || close == std::string_view::npos) {
      return Error(Errc::invalid_argument, "a { or } stands alone; fields are written {event_type}");
    }
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const Field field = name == "topic"            ? Field::topic
                        : name == "event_type"     ? Field::event_type
                        : name == "aggregate_type" ? Field::aggregate_type
                        : name == "aggregate_id"   ? Field::aggregate_id
                                                   : Field::none;
    if (field == Field::none) {
      return Error(Errc::invalid_argument,
                   "there is no field {" + std::string(name) +
                       "}; there are {topic}, {event_type}, {aggregate_type} and {aggregate_id}");
    }
    result.parts_.push_back({std::string(name), field});
    text.remove_prefix(close + 1);
  }
  return result;
}

std::string_view FieldTemplate::value_of(Field field, const Message& message) {
  switch (field) {
    case Field::topic:
      return message.origin.topic;
    case Field::event_type:
      return message.event.type;
    case Field::aggregate_type:
      return message.event.aggregate_type;
    case Field::aggregate_id:
      return message.event.aggregate_id;
    case Field::none:
      break;
  }
  return {};
}

Result<void> FieldTemplate::render(const Message& message, std::string& out) const {
  for (const Part& part : parts_) {
    if (part.field == Field::none) {
      out.append(part.text);
      continue;
    }
    const std::string_view value = value_of(part.field, message);
    if (value.empty())
      return Error(Errc::data, "the message has no " + part.text + ", which its topic or key is made of");
    out.append(value);
  }
  return Result<void>();
}

bool FieldTemplate::is_constant() const {
  return std::ranges::all_of(parts_, [](const Part& part) { return part.field == Field::none; });
}

}  // namespace weir::sinks::kafka
