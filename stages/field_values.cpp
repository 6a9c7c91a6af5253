#include "stages/field_values.hpp"

#include "pipeline/text/quotes.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/times.hpp"

#include <algorithm>
#include <charconv>

namespace weir::stages {
namespace {

// The namespace of ids made from texts. Fixed for ever: another value would store every such event again.
constexpr Uuid kTextNamespace{0x1c8de5a74b0f4d93ull, 0xb2567e09f4a1c83dull};

bool refuse(const FoundValue& found, std::string_view must, std::string& why) {
  why = std::string(found.where).append(" must be ").append(must).append(", not ");
  why.append(describe(found.kind)).append(place(found.at));
  return false;
}

bool read_version(std::string_view text, std::int64_t& version) {
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, version);
  return error == std::errc() && read == end && version >= 0;
}

bool take_version(const FoundValue& found, DomainEvent& event, std::string& why) {
  std::int64_t version = 0;
  if (found.kind != JsonKind::number && found.kind != JsonKind::string) return refuse(found, "a whole number", why);
  if (!read_version(found.value, version)) {
    why = std::string(found.where) +
          " must be a whole number from 0 to 9223372036854775807: " + text::quoted(found.value) + place(found.at);
    return false;
  }
  event.aggregate_version = version;
  return true;
}

bool is_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool take_name(const FoundValue& found, std::string_view& member, std::string& why) {
  if (found.kind != JsonKind::string) return refuse(found, "a text", why);
  member = found.value;
  return true;
}

// Ids of databases are numbers; they stay as they are written, of any size.
bool take_reference(const FoundValue& found, std::string_view& member, std::string& why) {
  if (found.kind != JsonKind::string && found.kind != JsonKind::number && found.kind != JsonKind::boolean)
    return refuse(found, "a text, a number or a boolean", why);
  member = found.value;
  return true;
}

}  // namespace

std::string place(std::int64_t at) {
  return at < 0 ? std::string() : " (byte " + std::to_string(at) + ")";
}

bool is_version(const FoundValue& found) {
  std::int64_t version = 0;
  const bool may_be = found.kind == JsonKind::number || found.kind == JsonKind::string;
  return may_be && read_version(found.value, version);
}

FieldValues::FieldValues(const DecodeConfig& config)
    : event_id_(config.event_id),
      invalid_time_(config.invalid_time),
      times_(config.times),
      zone_(text::read_zone(config.timezone).value_or("Z")) {}

bool FieldValues::take_plain(Field field, std::string_view text, DomainEvent& event) noexcept {
  if (text.empty()) return false;
  switch (field) {
    case Field::event_id: {
      const std::optional<Uuid> id = Uuid::parse(text);
      if (!id.has_value() || id->is_nil()) return false;
      event.id = id;
      return true;
    }
    case Field::event_type:
      event.type = text;
      return true;
    case Field::aggregate_id:
      event.aggregate_id = text;
      return true;
    case Field::aggregate_type:
      event.aggregate_type = text;
      return true;
    case Field::occurred_on:
      if (!text::is_rfc3339(text)) return false;
      event.occurred_on = text;
      return true;
    case Field::correlation_id:
      event.correlation_id = text;
      return true;
    case Field::causation_id:
      event.causation_id = text;
      return true;
    default:
      return false;
  }
}

bool FieldValues::take_plain_version(std::string_view number, DomainEvent& event) noexcept {
  std::int64_t version = 0;
  if (!read_version(number, version)) return false;
  event.aggregate_version = version;
  return true;
}

bool FieldValues::take(Field field, const FoundValue& found, DomainEvent& event, std::pmr::memory_resource& arena,
                       std::string& why) const {
  switch (field) {
    case Field::event_id:
      return take_id(found, event, why);
    case Field::event_type:
      return take_name(found, event.type, why);
    case Field::aggregate_id:
      return take_reference(found, event.aggregate_id, why);
    case Field::aggregate_type:
      return take_name(found, event.aggregate_type, why);
    case Field::aggregate_version:
      return take_version(found, event, why);
    case Field::occurred_on:
      return take_time(found, event, arena, why);
    case Field::correlation_id:
      return take_reference(found, event.correlation_id, why);
    case Field::causation_id:
      return take_reference(found, event.causation_id, why);
    case Field::data:
    case Field::none:
      break;
  }
  return true;
}

bool FieldValues::take_id(const FoundValue& found, DomainEvent& event, std::string& why) const {
  event.id = found.kind == JsonKind::string ? Uuid::parse(found.value) : std::nullopt;
  const bool any = event_id_ == EventIdForm::any;
  if (!event.id.has_value() && any && found.kind == JsonKind::string) event.id = Uuid::parse_any_spelling(found.value);
  if (event.id.has_value()) {
    if (!event.id->is_nil()) return true;
    event.id.reset();
    why = std::string(found.where) + " is the nil UUID, which identifies nothing" + place(found.at);
    return false;
  }
  if (found.kind != JsonKind::string && found.kind != JsonKind::number)
    return refuse(found, any ? "a text or a whole number" : "a text", why);
  if (!any && found.kind == JsonKind::number) return refuse(found, "a text", why);
  const bool whole = found.kind == JsonKind::string || is_whole_number(found.value);
  if (!any || found.value.empty() || found.short_name || !whole) {
    std::string_view wrong = "is not a UUID";
    if (found.value.empty()) wrong = "is empty, and identifies nothing";
    if (!whole) wrong = "is neither a text nor a whole number";
    why = std::string(found.where) + " " + std::string(wrong);
    if (!found.value.empty()) why += ": " + text::quoted(found.value);
    why += place(found.at);
    // A flat event's `id` is often that of a row: two events of it must not be taken for one.
    if (any && found.short_name)
      why += "; if it is this event's id, and not a row's, say so: fields: { event_id: /id, ... }";
    return false;
  }
  event.original_id = found.value;
  return true;
}

bool FieldValues::take_time(const FoundValue& found, DomainEvent& event, std::pmr::memory_resource& arena,
                            std::string& why) const {
  if (found.kind == JsonKind::string && text::is_rfc3339(found.value)) {
    event.occurred_on = found.value;
    return true;
  }
  std::size_t size = 0;
  if (found.kind == JsonKind::string || found.kind == JsonKind::number || found.kind == JsonKind::array) {
    char* const read = static_cast<char*>(arena.allocate(text::kTimeSize, 1));
    size = text::read_time(found.value, zone_, read, times_);
    event.occurred_on = {read, size};
  }
  if (size == 0 && invalid_time_ == BadValue::fail) {
    event.occurred_on = {};
    why = std::string(found.where) + " is no time: " + text::quoted(found.value) + place(found.at) +
          "; 'invalid_time: keep' stores it as it is written";
    if (found.kind == JsonKind::number && times_ == text::TimeUnit::by_size)
      why += ", 'times: seconds' or another unit reads it as one";
    return false;
  }
  event.original_occurred_on = found.value;
  return true;
}

// The parts are written with their sizes, so that no two lists of parts make the same name. Without a source the type and
// the aggregate are in it, since a short id may be unique within its table only, and the topic where no aggregate type
// says the table. A producer that sends an event again says all of them again.
void FieldValues::make_id(DomainEvent& event, std::string_view source, std::string_view topic) {
  std::string name;
  const auto add = [&name](std::string_view part) {
    name.append(std::to_string(part.size())).append(":").append(part);
  };
  add(event.original_id);
  if (!source.empty()) {
    add(source);
  } else {
    add(event.aggregate_type.empty() ? topic : std::string_view());
    for (const std::string_view part : {event.type, event.aggregate_type, event.aggregate_id}) add(part);
  }
  event.id = Uuid::v5(kTextNamespace, name);
}

}  // namespace weir::stages
