#include "pipeline/parts/part.hpp"

#include "pipeline/config/diagnostics.hpp"

#include <charconv>

namespace weir {
namespace {

using Value = std::optional<std::string_view>;

struct PartEntry {
  std::string_view name;  // one that ends with ':' goes on with the name of a header
  Part::Read read;
  bool is_event_field = false;
};

Value value_of(std::string_view text, PartRoom&) {
  if (text.empty()) return std::nullopt;
  return text;
}

Value value_of(std::int64_t number, PartRoom& room) {
  const std::to_chars_result end = std::to_chars(room.data(), room.data() + room.size(), number);
  return std::string_view(room.data(), end.ptr);
}

Value value_of(const Uuid& id, PartRoom& room) {
  id.write_to(room.data());
  return std::string_view(room.data(), room.size());
}

template <class T>
Value value_of(const std::optional<T>& value, PartRoom& room) {
  return value.has_value() ? value_of(*value, room) : std::nullopt;
}

template <auto kMember>
Value of_event(const Message& message, std::string_view, PartRoom& room) {
  return value_of(message.event.*kMember, room);
}

template <auto kMember>
Value of_origin(const Message& message, std::string_view, PartRoom& room) {
  return value_of(message.origin.*kMember, room);
}

Value of_key(const Message& message, std::string_view, PartRoom& room) {
  return value_of(message.key, room);
}

Value of_headers(const Message& message, std::string_view header, PartRoom&) {
  return message.header(header);
}

// The one table of parts: a new part is a line here, and one in README.md.
constexpr PartEntry kPartTable[] = {
    {"event_id", &of_event<&DomainEvent::id>, true},
    {"event_type", &of_event<&DomainEvent::type>, true},
    {"aggregate_id", &of_event<&DomainEvent::aggregate_id>, true},
    {"aggregate_type", &of_event<&DomainEvent::aggregate_type>, true},
    {"aggregate_version", &of_event<&DomainEvent::aggregate_version>, true},
    {"occurred_on", &of_event<&DomainEvent::occurred_on>, true},
    {"correlation_id", &of_event<&DomainEvent::correlation_id>, true},
    {"causation_id", &of_event<&DomainEvent::causation_id>, true},
    {"topic", &of_origin<&Origin::topic>},
    {"partition", &of_origin<&Origin::partition>},
    {"offset", &of_origin<&Origin::offset>},
    {"key", &of_key},
    {"header:", &of_headers},
};

bool takes_header(const PartEntry& entry) {
  return entry.name.ends_with(':');
}

// The right spelling of `name`, if it is near to one: "heder:tenant" → "header:tenant".
std::string nearest_part(std::string_view name, const std::vector<std::string>& more) {
  const std::size_t colon = name.find(':');
  std::vector<std::string_view> words(more.begin(), more.end());
  for (const PartEntry& entry : kPartTable) words.push_back(entry.name.substr(0, entry.name.find(':')));
  std::string near(config::nearest(name.substr(0, colon), words));
  for (const PartEntry& entry : kPartTable) {
    if (near.empty() || !takes_header(entry) || !entry.name.starts_with(near)) continue;
    const std::string_view header = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
    near.append(":").append(header.empty() ? "NAME" : header);
  }
  return near;
}

}  // namespace

std::optional<Part> Part::parse(std::string_view name) {
  for (const PartEntry& entry : kPartTable) {
    if (name == entry.name && !takes_header(entry)) return Part(name, {}, entry.read);
    if (takes_header(entry) && name.starts_with(entry.name) && name.size() > entry.name.size())
      return Part(name, name.substr(entry.name.size()), entry.read);
  }
  return std::nullopt;
}

bool is_event_field(std::string_view name) {
  for (const PartEntry& entry : kPartTable) {
    if (entry.name == name) return entry.is_event_field;
  }
  return false;
}

std::vector<std::string> part_names() {
  std::vector<std::string> names;
  for (const PartEntry& entry : kPartTable) names.emplace_back(entry.name).append(takes_header(entry) ? "NAME" : "");
  return names;
}

std::string part_list() {
  std::string list;
  for (const std::string& name : part_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

std::string unknown_part(std::string_view name, std::string_view shown, const std::vector<std::string>& more) {
  std::string text = "unknown field " + config::quote(shown);
  if (const std::string near = nearest_part(name, more); !near.empty())
    text.append(" (did you mean ").append(config::quote(near)).append("?)");
  text.append("; known: ").append(part_list());
  for (const std::string& known : more) text.append(", ").append(known);
  return text;
}

}  // namespace weir
