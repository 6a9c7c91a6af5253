#include "stages/selector.hpp"

namespace weir::stages {
namespace {

std::optional<std::string_view> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

std::optional<Selector> Selector::parse(std::string_view text) {
  constexpr std::string_view kHeader = "header:";
  Selector selector;
  selector.text_ = text;
  selector.field_ = field_named(text);
  if (selector.field_ != Field::none && selector.field_ != Field::data) return selector;
  if (text == "key") {
    selector.kind_ = Kind::key;
  } else if (text == "topic") {
    selector.kind_ = Kind::topic;
  } else if (text.starts_with(kHeader) && text.size() > kHeader.size()) {
    selector.kind_ = Kind::header;
    selector.header_ = text.substr(kHeader.size());
  } else if (text.starts_with('/')) {
    std::optional<JsonPointer> pointer = JsonPointer::parse(text);
    if (!pointer.has_value()) return std::nullopt;
    selector.kind_ = Kind::pointer;
    selector.pointer_ = std::move(*pointer);
  } else {
    return std::nullopt;
  }
  return selector;
}

std::string_view Selector::allowed() {
  return "an event's field (event_id, event_type, aggregate_id, aggregate_type, aggregate_version, occurred_on, "
         "correlation_id, causation_id), header:NAME, key, topic, or a JSON pointer such as /data/kind";
}

std::optional<std::string_view> Selector::value(const Message& message, Batch& batch) {
  switch (kind_) {
    case Kind::field:
      return field_value(message.event, batch);
    case Kind::header:
      return message.header(header_);
    case Kind::key:
      return unless_empty(message.key);
    case Kind::topic:
      return unless_empty(message.origin.topic);
    case Kind::pointer:
      return pointer_value(message, batch);
  }
  return std::nullopt;
}

std::optional<std::string_view> Selector::field_value(const DomainEvent& event, Batch& batch) const {
  switch (field_) {
    case Field::event_id: {
      if (!event.id.has_value()) return std::nullopt;
      char* const text = static_cast<char*>(batch.arena().allocate(36, 1));
      event.id->write_to(text);
      return std::string_view(text, 36);
    }
    case Field::event_type:
      return unless_empty(event.type);
    case Field::aggregate_id:
      return unless_empty(event.aggregate_id);
    case Field::aggregate_type:
      return unless_empty(event.aggregate_type);
    case Field::aggregate_version:
      if (!event.aggregate_version.has_value()) return std::nullopt;
      return batch.copy(std::to_string(*event.aggregate_version));
    case Field::occurred_on:
      return unless_empty(event.occurred_on);
    case Field::correlation_id:
      return unless_empty(event.correlation_id);
    case Field::causation_id:
      return unless_empty(event.causation_id);
    case Field::data:
    case Field::none:
      break;
  }
  return std::nullopt;
}

std::optional<std::string_view> Selector::pointer_value(const Message& message, Batch& batch) {
  if (message.payload.empty()) return std::nullopt;
  if (index_ == nullptr) index_ = std::make_unique<JsonIndex>();
  JsonSlice found;
  JsonProblem problem;
  if (!index_->build(message.payload) || pointer_.find(*index_, found, problem) != JsonPointer::Found::yes)
    return std::nullopt;
  switch (found.kind) {
    case JsonKind::object:
    case JsonKind::array:
    case JsonKind::null:
      return std::nullopt;
    case JsonKind::number:
    case JsonKind::boolean:
      return found.raw(message.payload);
    case JsonKind::string:
      break;
  }
  const std::string_view inside = found.inside(message.payload);
  if (!found.escaped) return inside;
  char* const plain = static_cast<char*>(batch.arena().allocate(inside.size(), 1));
  std::size_t size = 0;
  if (!unescape(inside, plain, size)) return std::nullopt;
  return std::string_view(plain, size);
}

}  // namespace weir::stages
