#include "sinks/eventstoredb/event_encoder.hpp"

#include "pipeline/text/base64.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/quotes.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/utf8.hpp"

#include <charconv>

namespace weir::sinks::eventstoredb {
namespace {

using connectors::eventstoredb::NewEvent;
using text::JsonWriter;

// The namespace of ids made from origins. Fixed for ever: another value would store every event without an id again.
constexpr Uuid kOriginNamespace{0x6b1f0c5e2d9a4e37ull, 0x9c41d8a7f3b25e60ull};
constexpr std::string_view kDeadLetterType = "DeadLetter";
constexpr std::string_view kNoData = "{}";
constexpr std::size_t kMetadataOverhead = 200;  // names, braces, numbers

void append_number(std::string& out, std::int64_t value) {
  char text[24];
  const auto [end, failed] = std::to_chars(text, text + sizeof text, value);
  out.append(text, static_cast<std::size_t>(end - text));
}

void write_known(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.member(name, value);
}

void write_occurred_on(JsonWriter& json, const Message& message) {
  if (!message.event.occurred_on.empty()) return json.member("occurredOn", message.event.occurred_on);
  const std::int64_t recorded = message.origin.timestamp_ms;
  char text[text::kRfc3339Size];
  if (recorded < 0 || !text::write_rfc3339(recorded, text)) return;
  json.member("occurredOn", std::string_view(text, sizeof text));
}

void write_origin(JsonWriter& json, const Origin& origin) {
  json.key("origin");
  json.begin_object();
  write_known(json, "cluster", origin.cluster);
  write_known(json, "topic", origin.topic);
  json.member("partition", origin.partition);
  json.member("offset", origin.offset);
  if (origin.timestamp_ms >= 0) json.member("timestamp", origin.timestamp_ms);
  if (origin.timestamp_ms >= 0 && origin.timestamp_kind == TimestampKind::log_append)
    json.member("timestampType", name_of(origin.timestamp_kind));
  json.end_object();
}

// The record's key: with the headers and the data, all that it was.
void write_key(JsonWriter& json, std::string_view key) {
  if (key.data() == nullptr) return;
  if (text::is_utf8(key)) return json.member("key", key);
  json.member("key", text::encode_base64(key));
  json.member("keyEncoding", "base64");
}

// A list of pairs: names may repeat, and their order may matter to whoever reads the letter. A value that is no text
// stands in base64, and a third member says so.
void write_headers(JsonWriter& json, std::span<const Header> headers) {
  if (headers.empty()) return;
  json.key("headers");
  json.begin_array();
  for (const Header& header : headers) {
    json.begin_array();
    json.value(header.name);
    if (header.value.data() == nullptr) {
      json.null();
    } else if (text::is_utf8(header.value)) {
      json.value(header.value);
    } else {
      json.value(text::encode_base64(header.value));
      json.value("base64");
    }
    json.end_array();
  }
  json.end_array();
}

bool is_system(std::string_view type) {
  return type.starts_with('$');
}

// A dead letter must not be refused for what its event was refused for.
std::string_view type_of(const Message& message, EncodeMode mode) {
  const std::string_view type = message.event.type;
  if (mode == EncodeMode::event) return type;
  const bool can_be_stored = !type.empty() && !is_system(type) && text::is_utf8(type);
  return can_be_stored ? type : kDeadLetterType;
}

bool is_json(const Message& message, EncodeMode mode) {
  return mode == EncodeMode::event && message.event.decoded;
}

std::string_view data_of(const Message& message, EncodeMode mode) {
  if (!is_json(message, mode)) return message.payload;
  return message.event.data.empty() ? kNoData : message.event.data;
}

}  // namespace

Result<void> check_encodable(const Message& message, EncodeMode mode, SystemTypes system_types) {
  const std::string_view type = type_of(message, mode);
  if (type.empty()) {
    return Error(Errc::data,
                 "the event has no type, and an event store needs one; is there a `decode` stage before this sink?");
  }
  if (!text::is_utf8(type)) return Error(Errc::data, "the event's type is not valid UTF-8");
  if (is_system(type) && system_types == SystemTypes::refuse) {
    return Error(Errc::data, "the event's type " + text::quoted(type) +
                                 " begins with '$', and such types belong to the server; `system_types: allow` in the "
                                 "sink lets them pass");
  }
  return {};
}

std::size_t estimated_size(const Message& message, EncodeMode mode) {
  const DomainEvent& event = message.event;
  std::size_t size = data_of(message, mode).size() + 2 * type_of(message, mode).size() + kMetadataOverhead;
  size += 2 * (event.correlation_id.size() + event.causation_id.size()) + event.occurred_on.size() + event.extra.size();
  size += event.aggregate_id.size() + event.aggregate_type.size();
  size += 2 * (event.original_id.size() + event.original_occurred_on.size());
  size += message.origin.cluster.size() + message.origin.topic.size();
  if (mode == EncodeMode::dead_letter) {
    size += message.key.size() * 4 / 3;
    for (const Header& header : message.headers) size += header.name.size() + header.value.size() + 8;
  }
  return size;
}

Uuid event_id(const Message& message, EncodeMode mode) {
  // Dead letters may share an event's id (an id used again with other content is one reason to be one): theirs comes
  // from the origin alone.
  const bool own = mode == EncodeMode::event && message.event.id.has_value() && !message.event.id->is_nil();
  if (own) return *message.event.id;
  const Origin& origin = message.origin;
  std::string name;
  name.reserve(origin.cluster.size() + origin.topic.size() + 64);
  name.append(origin.cluster).push_back('\0');
  name.append(origin.topic).push_back('\0');
  append_number(name, origin.partition);
  name.push_back('\0');
  append_number(name, origin.offset);
  name.push_back('\0');
  append_number(name, origin.timestamp_ms);
  return Uuid::v5(kOriginNamespace, name);
}

void append_metadata(std::string& out, const Message& message, EncodeMode mode) {
  const DomainEvent& event = message.event;
  JsonWriter json(out);
  json.begin_object();
  write_known(json, "$correlationId", event.correlation_id);
  write_known(json, "$causationId", event.causation_id);
  write_known(json, "correlationId", event.correlation_id);
  write_known(json, "causationId", event.causation_id);
  write_occurred_on(json, message);
  write_known(json, "aggregateId", event.aggregate_id);
  write_known(json, "aggregateType", event.aggregate_type);
  if (event.aggregate_version.has_value()) json.member("aggregateVersion", *event.aggregate_version);
  write_known(json, "originalEventId", event.original_id);
  write_known(json, "originalOccurredOn", event.original_occurred_on);
  if (event.schema_id.has_value()) json.member("schemaId", *event.schema_id);
  write_origin(json, message.origin);
  if (!event.extra.empty()) {
    json.key("envelope");
    json.begin_object();
    json.raw_members(event.extra);
    json.end_object();
  }
  if (mode == EncodeMode::dead_letter) {
    write_key(json, message.key);
    write_headers(json, message.headers);
  }
  json.end_object();
}

EncodedRun encode(std::span<const Message* const> messages, EncodeMode mode) {
  std::string memory;
  std::size_t size = 0;
  for (const Message* message : messages) size += estimated_size(*message, mode);
  memory.reserve(size + size / 8);

  // Offsets first: the memory may still move.
  struct Ends {
    std::size_t type, data, metadata;
  };
  boost::container::small_vector<Ends, 8> ends;
  for (const Message* message : messages) {
    Ends end{};
    memory.append(type_of(*message, mode));
    end.type = memory.size();
    memory.append(data_of(*message, mode));
    end.data = memory.size();
    append_metadata(memory, *message, mode);
    end.metadata = memory.size();
    ends.push_back(end);
  }

  EncodedRun run;
  run.memory_ = std::make_unique<const std::string>(std::move(memory));
  run.events_.reserve(messages.size());
  const std::string_view text = *run.memory_;
  std::size_t start = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    NewEvent event;
    event.id = event_id(*messages[i], mode);
    event.json = is_json(*messages[i], mode);
    event.type = text.substr(start, ends[i].type - start);
    event.data = text.substr(ends[i].type, ends[i].data - ends[i].type);
    event.metadata = text.substr(ends[i].data, ends[i].metadata - ends[i].data);
    start = ends[i].metadata;
    run.events_.push_back(event);
  }
  return run;
}

}  // namespace weir::sinks::eventstoredb
