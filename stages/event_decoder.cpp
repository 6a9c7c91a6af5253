#include "stages/event_decoder.hpp"

#include "pipeline/text/quotes.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/utf8.hpp"

#include <charconv>

namespace weir::stages {
namespace {

constexpr std::array kTextFields{Field::event_id,    Field::event_type,     Field::aggregate_id, Field::aggregate_type,
                                 Field::occurred_on, Field::correlation_id, Field::causation_id};

std::string place(std::int64_t at) {
  return at < 0 ? std::string() : " (byte " + std::to_string(at) + ")";
}

bool broken(const JsonProblem& problem, std::string& why) {
  why = "the payload is not valid JSON: ";
  why.append(problem.what).append(place(static_cast<std::int64_t>(problem.at)));
  return false;
}

std::string_view* text_member(DomainEvent& event, Field field) {
  switch (field) {
    case Field::event_type:
      return &event.type;
    case Field::aggregate_id:
      return &event.aggregate_id;
    case Field::aggregate_type:
      return &event.aggregate_type;
    case Field::occurred_on:
      return &event.occurred_on;
    case Field::correlation_id:
      return &event.correlation_id;
    case Field::causation_id:
      return &event.causation_id;
    default:
      return nullptr;
  }
}

bool is_present(const DomainEvent& event, Field field) {
  switch (field) {
    case Field::event_id:
      return event.id.has_value();
    case Field::event_type:
      return !event.type.empty();
    case Field::aggregate_id:
      return !event.aggregate_id.empty();
    case Field::aggregate_type:
      return !event.aggregate_type.empty();
    case Field::aggregate_version:
      return event.aggregate_version.has_value();
    case Field::occurred_on:
      return !event.occurred_on.empty();
    case Field::correlation_id:
      return !event.correlation_id.empty();
    case Field::causation_id:
      return !event.causation_id.empty();
    case Field::data:
      return !event.data.empty();
    case Field::none:
      break;
  }
  return false;
}

}  // namespace

std::optional<FieldSource> FieldSource::parse(std::string_view text) {
  constexpr std::string_view kHeader = "header:";
  FieldSource source;
  if (text == "key") {
    source.kind = Kind::key;
    return source;
  }
  if (text.starts_with(kHeader) && text.size() > kHeader.size()) {
    source.kind = Kind::header;
    source.header = text.substr(kHeader.size());
    return source;
  }
  std::optional<JsonPointer> pointer = JsonPointer::parse(text);
  if (!pointer.has_value()) return std::nullopt;
  source.pointer = std::move(*pointer);
  return source;
}

EventDecoder::EventDecoder(const DecodeConfig& config, std::string_view kernel) : index_(kernel) {
  for (const auto& [name, source] : config.fields) {
    std::optional<FieldSource> parsed = FieldSource::parse(source);
    const Field field = field_named(name);
    if (!parsed.has_value() || field == Field::none) continue;  // lint has said so
    if (field == Field::data && parsed->kind != FieldSource::Kind::pointer) continue;
    fields_.emplace_back(field, std::move(*parsed));
  }
  for (const std::string& name : config.required) {
    if (field_named(name) != Field::none) required_ |= bit(field_named(name));
  }
}

bool EventDecoder::decode(Message& message, Batch& batch, std::string& why) {
  message.event = {};
  if (message.payload.empty()) {
    why = "the payload is empty";
    return false;
  }
  if (!index_.build(message.payload)) return broken(index_.problem(), why);
  if (fields_.empty()) {
    Members members;
    if (!read_envelope(members, why) || !take_envelope(members, message, batch, why)) return false;
    take_rest(members, message, batch);
  } else if (!take_fields(message, batch, why)) {
    return false;
  }
  fall_back(message, batch);
  if (!check_required(message.event, why)) return false;
  message.event.decoded = true;
  return true;
}

bool EventDecoder::decode_tombstone(Message& message, Batch& batch, std::string& why) {
  message.event = {};
  Members none;
  if (!take_envelope(none, message, batch, why)) return false;
  fall_back(message, batch);
  return true;
}

// Walks the envelope once: known members by field, unknown ones as runs of bytes.
bool EventDecoder::read_envelope(Members& members, std::string& why) {
  unknown_.clear();
  JsonCursor cursor(index_);
  JsonKind kind;
  if (!cursor.peek(kind)) return broken(cursor.problem(), why);
  if (kind != JsonKind::object) {
    JsonSlice whole;
    if (!cursor.value(whole) || !cursor.at_end()) return broken(cursor.problem(), why);
    why = "the payload is ";
    why.append(describe(kind)).append("; an event's envelope must be a JSON object");
    return false;
  }
  cursor.enter();
  bool in_run = false;
  for (;;) {
    JsonSlice name;
    JsonSlice value;
    const JsonCursor::Step step = cursor.next_member(name);
    if (step == JsonCursor::Step::end) break;
    if (step == JsonCursor::Step::broken || !cursor.value(value)) return broken(cursor.problem(), why);
    const Field field = field_of(name);
    if (field != Field::none) {
      if (!remember(field, name, value, members, why)) return false;
      in_run = false;
    } else if (in_run) {
      unknown_.back().second = value.end;
    } else {
      unknown_.emplace_back(name.begin, value.end);
      in_run = true;
    }
  }
  return cursor.at_end() || broken(cursor.problem(), why);
}

Field EventDecoder::field_of(const JsonSlice& name) {
  const std::string_view inside = name.inside(index_.text());
  if (!name.escaped) return envelope_field(inside);
  name_scratch_.resize(inside.size());
  std::size_t size = 0;
  if (!unescape(inside, name_scratch_.data(), size)) return Field::none;
  return envelope_field(std::string_view(name_scratch_).substr(0, size));
}

bool EventDecoder::remember(Field field, const JsonSlice& name, const JsonSlice& value, Members& members,
                            std::string& why) {
  Member& member = members[static_cast<std::size_t>(field)];
  const std::string_view text = index_.text();
  if (member.met) {
    if (name.raw(text) == member.name.raw(text)) {
      why = std::string(name.inside(text)) + " stands twice in the envelope" + place(name.begin);
      return false;
    }
    const bool both = member.value.kind != JsonKind::null && value.kind != JsonKind::null;
    if (both && value.raw(text) != member.value.raw(text)) {
      why = std::string(member.name.inside(text)) + " and " + std::string(name.inside(text)) +
            " mean the same and differ" + place(name.begin) + "; name the members to read with 'fields:'";
      return false;
    }
    if (value.kind == JsonKind::null) return true;
  }
  member = {name, value, true};
  return true;
}

bool EventDecoder::take_envelope(Members& members, Message& message, Batch& batch, std::string& why) {
  for (const Field field : kTextFields) {
    const Member& member = members[static_cast<std::size_t>(field)];
    Text text;
    if (member.met && member.value.kind != JsonKind::null) {
      if (!text_of(member, message.payload, batch, text, why)) return false;
    } else if (!from_headers(field, message, text, why)) {
      return false;
    }
    if (text.value.data() != nullptr && !take_text(field, text, message.event, why)) return false;
  }
  const Member& version = members[static_cast<std::size_t>(Field::aggregate_version)];
  if (!version.met || version.value.kind == JsonKind::null) return true;
  return take_version(version.value, {{}, version.name.inside(index_.text()), version.value.begin}, message.event, why);
}

bool EventDecoder::text_of(const Member& member, std::string_view payload, Batch& batch, Text& out, std::string& why) {
  out.where = member.name.inside(payload);
  out.at = member.value.begin;
  return text_of(member.value, payload, batch, out, why);
}

// The text of a value; `out` names it already.
bool EventDecoder::text_of(const JsonSlice& value, std::string_view payload, Batch& batch, Text& out,
                           std::string& why) {
  if (value.kind != JsonKind::string) {
    why = std::string(out.where) + " must be a text, not " + std::string(describe(value.kind)) + place(out.at);
    return false;
  }
  const std::string_view inside = value.inside(payload);
  if (!value.escaped) {
    out.value = inside;
    return true;
  }
  char* const plain = static_cast<char*>(batch.arena().allocate(inside.size(), 1));
  std::size_t size = 0;
  if (!unescape(inside, plain, size)) {
    why = std::string(out.where) + " holds half of a surrogate pair, which is no character" + place(out.at);
    return false;
  }
  out.value = {plain, size};
  return true;
}

bool EventDecoder::from_headers(Field field, const Message& message, Text& out, std::string& why) {
  if (message.headers.empty()) return true;
  for (const std::string_view name : fallback_headers(field)) {
    const std::optional<std::string_view> value = message.header(name);
    if (!value.has_value() || value->empty()) continue;
    if (!text::is_utf8(*value)) {
      why = "the header " + std::string(name) + " is not valid UTF-8";
      return false;
    }
    out = {*value, name, -1};
    return true;
  }
  return true;
}

bool EventDecoder::take_text(Field field, const Text& text, DomainEvent& event, std::string& why) {
  if (field == Field::event_id) {
    event.id = Uuid::parse(text.value);
    if (!event.id.has_value()) {
      why = std::string(text.where) + " is not a UUID: " + text::quoted(text.value) + place(text.at);
      return false;
    }
    if (event.id->is_nil()) {
      why = std::string(text.where) + " is the nil UUID, which identifies nothing" + place(text.at);
      return false;
    }
    return true;
  }
  if (field == Field::occurred_on && !text::is_rfc3339(text.value)) {
    why = std::string(text.where) + " is not an RFC 3339 time: " + text::quoted(text.value) + place(text.at);
    return false;
  }
  *text_member(event, field) = text.value;
  return true;
}

bool EventDecoder::take_version(const JsonSlice& value, Text text, DomainEvent& event, std::string& why) {
  if (value.kind != JsonKind::number) {
    why =
        std::string(text.where) + " must be a whole number, not " + std::string(describe(value.kind)) + place(text.at);
    return false;
  }
  text.value = value.raw(index_.text());
  return take_version(text, event, why);
}

bool EventDecoder::take_version(const Text& text, DomainEvent& event, std::string& why) {
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(text.value.data(), text.value.data() + text.value.size(), version);
  if (error != std::errc() || end != text.value.data() + text.value.size() || version < 0) {
    why = std::string(text.where) +
          " must be a whole number from 0 to 9223372036854775807: " + text::quoted(text.value) + place(text.at);
    return false;
  }
  event.aggregate_version = version;
  return true;
}

// data and extra, byte for byte.
void EventDecoder::take_rest(const Members& members, Message& message, Batch& batch) {
  const Member& data = members[static_cast<std::size_t>(Field::data)];
  if (!data.met) {
    message.event.data = message.payload;
    return;
  }
  message.event.data = data.value.raw(message.payload);
  if (unknown_.empty()) return;
  if (unknown_.size() == 1) {
    const auto [begin, end] = unknown_.front();
    message.event.extra = message.payload.substr(begin, end - begin);
    return;
  }
  std::size_t size = unknown_.size() - 1;
  for (const auto& [begin, end] : unknown_) size += end - begin;
  char* const joined = static_cast<char*>(batch.arena().allocate(size, 1));
  char* out = joined;
  for (const auto& [begin, end] : unknown_) {
    if (out != joined) *out++ = ',';
    out += message.payload.copy(out, end - begin, begin);
  }
  message.event.extra = {joined, size};
}

bool EventDecoder::take_fields(Message& message, Batch& batch, std::string& why) {
  JsonCursor cursor(index_);
  JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return broken(cursor.problem(), why);
  message.event.data = message.payload;
  for (const auto& [field, source] : fields_) {
    const bool taken = source.kind == FieldSource::Kind::pointer
                           ? take_pointed(field, source.pointer, message, batch, why)
                           : take_from_record(field, source, message, why);
    if (!taken) return false;
  }
  return true;
}

bool EventDecoder::take_pointed(Field field, const JsonPointer& pointer, Message& message, Batch& batch,
                                std::string& why) {
  JsonSlice value;
  JsonProblem problem;
  const JsonPointer::Found found = pointer.find(index_, value, problem);
  if (found == JsonPointer::Found::broken) return broken(problem, why);
  if (found == JsonPointer::Found::no) return true;
  if (field == Field::data) {
    message.event.data = value.raw(message.payload);
    return true;
  }
  if (value.kind == JsonKind::null) return true;
  Text text{{}, pointer.text(), value.begin};
  if (field == Field::aggregate_version) return take_version(value, text, message.event, why);
  if (field == Field::aggregate_id && value.kind == JsonKind::number) {
    text.value = value.raw(message.payload);  // database keys are numbers
  } else if (!text_of(value, message.payload, batch, text, why)) {
    return false;
  }
  return take_text(field, text, message.event, why);
}

// From a header or the key.
bool EventDecoder::take_from_record(Field field, const FieldSource& source, Message& message, std::string& why) {
  const bool is_key = source.kind == FieldSource::Kind::key;
  Text text;
  text.where = is_key ? std::string_view("the record key") : std::string_view(source.header);
  text.value = is_key ? message.key : message.header(source.header).value_or(std::string_view());
  if (text.value.empty()) return true;
  if (!text::is_utf8(text.value)) {
    why = std::string(text.where) + " is not valid UTF-8";
    return false;
  }
  return field == Field::aggregate_version ? take_version(text, message.event, why)
                                           : take_text(field, text, message.event, why);
}

// What the record itself can say. Fields of a map come from where it says, and from nowhere else.
void EventDecoder::fall_back(Message& message, Batch& batch) {
  DomainEvent& event = message.event;
  if (event.aggregate_id.empty() && fields_.empty() && !message.key.empty() && text::is_utf8(message.key))
    event.aggregate_id = message.key;
  if (event.occurred_on.empty() && message.origin.timestamp_ms >= 0) {
    char* text = static_cast<char*>(batch.arena().allocate(text::kRfc3339Size, 1));
    if (text::write_rfc3339(message.origin.timestamp_ms, text)) event.occurred_on = {text, text::kRfc3339Size};
  }
}

bool EventDecoder::check_required(const DomainEvent& event, std::string& why) const {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const Field field = static_cast<Field>(i);
    if ((required_ & bit(field)) == 0 || is_present(event, field)) continue;
    why = "the event has no " + std::string(name_of(field));
    const std::span<const std::string_view> headers = fallback_headers(field);
    if (fields_.empty() && !headers.empty())
      why += ", neither in its envelope nor in the header " + std::string(headers.front());
    return false;
  }
  return true;
}

}  // namespace weir::stages
