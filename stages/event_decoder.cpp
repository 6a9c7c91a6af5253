#include "stages/event_decoder.hpp"

#include "pipeline/text/json.hpp"
#include "pipeline/text/quotes.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "stages/decode_rules.hpp"
#include "stages/json_values.hpp"

#include <algorithm>
#include <array>

namespace weir::stages {
namespace {

constexpr std::string_view kNoData = "{}";
constexpr std::string_view kIsCloudEvent = "the payload is a CloudEvent; set 'envelope: cloudevents'";

// In this order, so that the first error named is that of the most telling field.
constexpr std::array kTaken{Field::event_id,    Field::event_type,     Field::aggregate_id, Field::aggregate_type,
                            Field::occurred_on, Field::correlation_id, Field::causation_id, Field::aggregate_version};

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

EventDecoder::EventDecoder(const DecodeConfig& config, std::string_view kernel)
    : kind_(config.fields.empty() ? config.envelope : EnvelopeKind::domain_event),
      keeps_bad_(config.on_bad_field == BadValue::keep),
      unquotes_(unquotes_headers(config)),
      data_text_(names_json_text(config, "data") ? DataText::holds_json
                 : is_outbox(config)             ? DataText::may_hold_json
                                                 : DataText::as_it_is),
      values_(config),
      texts_(key_rules(config)),
      view_(payload_rules(config), kernel) {
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
  type_in_list_ = JsonPointer::parse(envelope_of(kind_, Message()).type_in_list);
}

void EventDecoder::begin(Message& message) {
  message.event = {};
  envelope_ = &envelope_of(kind_, message);
  reader_.clear();
  has_data_ = true;
  key_problem_.clear();
}

bool EventDecoder::decode(Message& message, Batch& batch, std::string& why) {
  begin(message);
  return finish(read(message, batch, why), message, batch);
}

bool EventDecoder::needs_no_value(const Message& message) const {
  return kind_ == EnvelopeKind::cloudevents && fields_.empty() && message.header("ce_id").has_value() &&
         message.header("ce_type").has_value() && envelope_of(kind_, message).payload_is_data;
}

bool EventDecoder::decode_without_value(Message& message, Batch& batch, std::string& why) {
  begin(message);
  return finish(read_headers(message, batch, why), message, batch);
}

bool EventDecoder::finish(bool good, Message& message, Batch& batch) {
  message.event.decoded = good;
  if (good) return true;
  message.event.data = {};
  message.event.extra = {};
  fill_from_record(message, batch);
  return false;
}

bool EventDecoder::read(Message& message, Batch& batch, std::string& why) {
  if (!view_.open(message, batch.arena(), why)) return false;
  if (view_.is_connect_tombstone()) return why = "Kafka Connect's document has no payload", false;
  if (!(fields_.empty() ? read_envelope(message, batch, why) : take_fields(message, batch, why))) return false;
  fall_back(message, batch);
  if (message.event.aggregate_id.empty() && reader_.is_cloud_event()) {  // it is the subject
    why = kIsCloudEvent;
    return false;
  }
  return check_required(message, why);
}

bool EventDecoder::read_headers(Message& message, Batch& batch, std::string& why) {
  if (!take_envelope(message, batch, why)) return false;
  keep_headers(message, batch);
  message.event.extra = reader_.rest_of_elsewhere(batch.arena());
  message.event.data = kNoData;
  has_data_ = false;
  fall_back(message, batch);
  return check_required(message, why);
}

bool EventDecoder::decode_tombstone(Message& message, Batch& batch, std::string& why) {
  begin(message);
  for (const auto& [field, source] : fields_) {
    if (source.kind != FieldSource::Kind::pointer && !take_field(field, source, message, batch, why)) return false;
  }
  // What a map reads from the value is asked of the usual headers, too: there is no value.
  bool good = true;
  std::string later;
  for (const Field field : kTaken) {
    if (!is_present(message.event, field)) good &= take_member(field, message, batch, good ? why : later);
  }
  if (!good) return false;
  fall_back(message, batch);
  return true;
}

void EventDecoder::take_what_the_record_says(Message& message, Batch& batch) {
  begin(message);
  fill_from_record(message, batch);
}

bool EventDecoder::read_envelope(Message& message, Batch& batch, std::string& why) {
  if (!envelope_->payload_is_data) {
    if (!reader_.read(*envelope_, view_, why)) return false;
    if (take_envelope(message, batch, why)) return take_rest(message, batch, why);
    if (reader_.is_cloud_event()) why.append("; ").append(kIsCloudEvent);
    return false;
  }
  JsonCursor cursor(view_.index());
  JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return view_.broken(cursor.problem(), why);
  if (!take_envelope(message, batch, why)) return false;
  keep_headers(message, batch);
  message.event.extra = reader_.rest_of_elsewhere(batch.arena());
  return take_data(whole, message, batch, why);
}

// Goes on after an error, whose text is the first one's: what else is known helps whoever reads the dead letter.
bool EventDecoder::take_envelope(Message& message, Batch& batch, std::string& why) {
  bool good = true;
  std::string later;
  const std::string_view text = view_.text();
  for (const Field field : kTaken) {
    const EnvelopeMember& member = reader_.member(field);
    const bool says_something = member.says_something();
    const JsonSlice& value = member.value;
    const bool plain = says_something && value.kind == JsonKind::string && !value.escaped;
    if (plain && FieldValues::take_plain(field, value.inside(text), message.event)) continue;
    const bool number = says_something && value.kind == JsonKind::number && field == Field::aggregate_version;
    if (number && FieldValues::take_plain_version(value.raw(text), message.event)) continue;
    if (says_something || !message.headers.empty()) good &= take_member(field, message, batch, good ? why : later);
  }
  return good;
}

// Whether the member is left to a header: it is absent, or an empty text where a header says more, or an empty list.
bool EventDecoder::is_left_to_headers(Field field, const Message& message) const {
  const EnvelopeMember& member = reader_.member(field);
  if (!member.says_something()) return true;
  const std::string_view text = view_.text();
  if (member.value.kind == JsonKind::array && field == Field::event_type) {
    JsonSlice first;
    JsonProblem problem;
    return !envelope_->type_in_list.empty() &&
           type_in_list_->find(view_.index(), first, problem) == JsonPointer::Found::no;
  }
  if (member.value.kind != JsonKind::string || !member.value.inside(text).empty()) return false;
  const auto says_more = [&message](std::string_view name) {
    return !message.header(name).value_or(std::string_view()).empty();
  };
  if (envelope_->domain_event) return std::ranges::any_of(fallback_headers(field), says_more);
  return std::ranges::any_of(
      envelope_->headers, [&](const PlacedField& placed) { return placed.field == field && says_more(placed.name); });
}

bool EventDecoder::take_member(Field field, Message& message, Batch& batch, std::string& why) {
  const EnvelopeMember& member = reader_.member(field);
  const bool in_payload = !is_left_to_headers(field, message);
  FoundValue found;
  if (in_payload) {
    found = {.where = member.name.inside(view_.text()), .short_name = member.short_name};
    JsonSlice value = member.value;
    JsonProblem problem;
    if (field == Field::event_type && value.kind == JsonKind::array && !envelope_->type_in_list.empty())
      type_in_list_->find(view_.index(), value, problem);
    const bool good = value_of(value, batch, found, why);
    if (field == Field::aggregate_version && member.short_name && (!good || !is_version(found))) {
      reader_.set_aside(field);  // the version of something else
      return true;
    }
    if (good && values_.take(field, found, message.event, batch.arena(), why)) return true;
    if (field == Field::event_id && member.short_name && take_id_of_headers(message, batch)) return true;
  } else {
    const bool good = from_headers(field, message, batch, found, why);
    if (found.where.empty()) return true;
    if (good && values_.take(field, found, message.event, batch.arena(), why)) return true;
  }
  if (!may_keep(field)) return false;
  if (in_payload)
    reader_.set_aside(field);
  else
    keep(found.where, found.value, false, batch);
  return true;
}

// Instead of a bare `id` that is a row's.
bool EventDecoder::take_id_of_headers(Message& message, Batch& batch) {
  FoundValue found;
  std::string ignored;
  if (!from_headers(Field::event_id, message, batch, found, ignored) || found.where.empty()) return false;
  if (!values_.take(Field::event_id, found, message.event, batch.arena(), ignored)) return false;
  reader_.set_aside(Field::event_id);
  return true;
}

// What a value says: the text of a string, the bytes of all else. `out` names it already.
bool EventDecoder::value_of(const JsonSlice& value, Batch& batch, FoundValue& out, std::string& why) const {
  out.kind = value.kind;
  out.at = view_.offset(value.begin);
  out.value = value.raw(view_.text());
  if (value.kind != JsonKind::string) return true;
  const std::optional<std::string_view> text = plain_text(value, view_.text(), batch.arena());
  if (!text.has_value()) {
    why = std::string(out.where) + " holds half of a surrogate pair, which is no character" + place(out.at);
    return false;
  }
  out.value = *text;
  return true;
}

bool EventDecoder::from_headers(Field field, const Message& message, Batch& batch, FoundValue& out, std::string& why) {
  if (message.headers.empty()) return true;
  if (envelope_->domain_event) {
    for (const std::string_view name : fallback_headers(field)) {
      if (!header_of(field, name, message, batch, out, why)) return false;
      if (!out.where.empty()) return true;
    }
    return true;
  }
  for (const PlacedField& placed : envelope_->headers) {
    if (placed.field != field) continue;
    if (!header_of(field, placed.name, message, batch, out, why)) return false;
    if (!out.where.empty()) return true;
  }
  return true;
}

// The header, when there is one that says something; `out.where` is empty otherwise.
bool EventDecoder::header_of(Field field, std::string_view name, const Message& message, Batch& batch, FoundValue& out,
                             std::string& why) {
  const std::optional<std::string_view> value = message.header(name);
  if (!value.has_value() || value->empty()) return true;
  if (!texts_.header(field, name, *value, unquotes_, batch.arena(), out, why)) return false;
  if (field == Field::event_type && !envelope_->type_ends_at.empty())
    out.value = out.value.substr(0, out.value.find_first_of(envelope_->type_ends_at));
  return true;
}

// data and extra, byte for byte.
bool EventDecoder::take_rest(Message& message, Batch& batch, std::string& why) {
  const EnvelopeMember& data = reader_.member(Field::data);
  has_data_ = data.met;
  if (!data.met && !envelope_->domain_event) {
    message.event.data = kNoData;
    message.event.extra = reader_.rest(batch.arena());
    return true;
  }
  if (!data.met) {
    message.event.data = view_.text();
    message.event.extra = reader_.rest_of_elsewhere(batch.arena());
    return true;
  }
  message.event.extra = reader_.rest(batch.arena());
  return take_data(data.value, message, batch, why);
}

bool EventDecoder::take_data(const JsonSlice& data, Message& message, Batch& batch, std::string& why) {
  message.event.data = data.raw(view_.text());
  if (data_text_ == DataText::as_it_is || data.kind != JsonKind::string) return true;
  const std::optional<std::string_view> text = plain_text(data, view_.text(), batch.arena());
  const bool json = text.has_value() && data_index_.build(*text) && whole_value(data_index_).has_value();
  if (json) {
    message.event.data = *text;
    return true;
  }
  if (data_text_ == DataText::may_hold_json) return true;
  why = "the event's data is a text in which is no JSON, as 'json_text: [data]' wants it: " +
        text::quoted(text.value_or(data.inside(view_.text()))) + place(view_.offset(data.begin));
  return false;
}

// Beside the event, under `name`. `json`: the value is JSON already.
void EventDecoder::keep(std::string_view name, std::string_view value, bool json, Batch& batch) {
  std::string member;
  text::append_json_string(member, name);
  member.push_back(':');
  if (json)
    member.append(value);
  else
    text::append_json_string(member, value);
  reader_.keep(batch.copy(member));
}

// What an envelope says in headers and weir has no field for.
void EventDecoder::keep_headers(const Message& message, Batch& batch) {
  const std::string_view prefix = envelope_->kept_prefix;
  if (prefix.empty()) return;
  for (const Header& header : message.headers) {
    const bool named = std::ranges::find(envelope_->kept_names, header.name) != envelope_->kept_names.end();
    const bool begins = header.name.starts_with(prefix) && header.name.size() > prefix.size();
    if ((!named && !begins) || header.value.empty()) continue;
    const bool is_field = std::any_of(envelope_->headers.begin(), envelope_->headers.end(),
                                      [&header](const PlacedField& placed) { return placed.name == header.name; });
    const bool is_last = message.header(header.name)->data() == header.value.data();
    const std::string_view name = begins ? header.name.substr(prefix.size()) : header.name;
    if (!is_field && is_last) keep(name, header.value, false, batch);
  }
}

// Fills what is absent from headers and key, as far as they can be read.
void EventDecoder::fill_from_record(Message& message, Batch& batch) {
  std::string ignored;
  for (const auto& [field, source] : fields_) {
    if (source.kind != FieldSource::Kind::pointer && !is_present(message.event, field))
      take_recorded(field, source, message, batch, ignored);
  }
  for (const Field field : kTaken) {
    if (is_present(message.event, field)) continue;
    FoundValue found;
    if (from_headers(field, message, batch, found, ignored) && !found.where.empty())
      values_.take(field, found, message.event, batch.arena(), ignored);
  }
  fall_back(message, batch);
}

// What the record itself can say. Fields of a map come from where it says, and from nowhere else.
void EventDecoder::fall_back(Message& message, Batch& batch) {
  DomainEvent& event = message.event;
  if (event.aggregate_id.empty() && fields_.empty() && !message.key.empty())
    texts_.key(message, batch.arena(), event.aggregate_id, key_problem_);
  if (event.occurred_on.empty() && message.origin.timestamp_ms >= 0) {
    char* text = static_cast<char*>(batch.arena().allocate(text::kRfc3339Size, 1));
    if (text::write_rfc3339(message.origin.timestamp_ms, text)) event.occurred_on = {text, text::kRfc3339Size};
  }
  if (event.id.has_value() || event.original_id.empty()) return;
  std::string_view scope = reader_.id_scope();
  if (envelope_->payload_is_data && !envelope_->id_scope.empty())
    scope = message.header(envelope_->id_scope).value_or(std::string_view());
  FieldValues::make_id(event, scope, message.origin.topic);
}

bool EventDecoder::check_required(const Message& message, std::string& why) const {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const Field field = static_cast<Field>(i);
    const bool present = field == Field::data ? has_data_ : is_present(message.event, field);
    if ((required_ & bit(field)) == 0 || present) continue;
    why = "the event has no " + std::string(name_of(field));
    const std::span<const std::string_view> headers = fallback_headers(field);
    if (fields_.empty() && envelope_->domain_event && !headers.empty())
      why += ", neither in its envelope nor in the header " + std::string(headers.front());
    if (field == Field::aggregate_id && !key_problem_.empty()) why += "; " + key_problem_;
    if (message.header("ce_specversion").has_value() && envelope_->domain_event)
      why += "; its headers are those of a CloudEvent: set 'envelope: cloudevents'";
    return false;
  }
  return true;
}

}  // namespace weir::stages
