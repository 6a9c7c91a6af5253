#include "sinks/record_json.hpp"

#include "pipeline/text/base64.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/utf8.hpp"

namespace weir::sinks {
namespace {

using text::JsonWriter;

// A member whose value is any bytes.
void write_bytes(JsonWriter& json, std::string_view name, std::string_view value) {
  if (value.data() == nullptr) return json.null_member(name);
  if (text::is_utf8(value)) return json.member(name, value);
  json.member(name, text::encode_base64(value));
  json.member(std::string(name) + "_encoding", "base64");
}

// No bytes at all are an empty text here, not null.
std::string_view never_null(std::string_view text) {
  return text.data() == nullptr ? std::string_view("") : text;
}

void write_known(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) write_bytes(json, name, value);
}

// Spring's names, with its big-endian numbers.
bool is_number_of_letter(std::string_view name) {
  return name == "kafka_dlt-original-partition" || name == "kafka_dlt-original-offset" ||
         name == "kafka_dlt-original-timestamp";
}

// Beside the bytes, which are as they came, what they mean.
void write_number(JsonWriter& json, const Header& header) {
  if (!is_number_of_letter(header.name) || (header.value.size() != 4 && header.value.size() != 8)) return;
  std::uint64_t number = 0;
  for (const char byte : header.value) number = number << 8 | static_cast<unsigned char>(byte);
  const bool is_short = header.value.size() == 4;
  json.member("number", is_short ? static_cast<std::int32_t>(number) : static_cast<std::int64_t>(number));
}

// Of a dead letter, what a person looks for first.
void write_failure(JsonWriter& json, const Message& message) {
  if (!message.header("kafka_dlt-original-topic").has_value()) return;
  if (const auto reason = message.header("weir-reason")) write_bytes(json, "reason", *reason);
  if (const auto stage = message.header("weir-stage")) write_bytes(json, "stage", *stage);
}

void write_origin(JsonWriter& json, const Origin& origin) {
  write_known(json, "cluster", origin.cluster);
  write_bytes(json, "topic", never_null(origin.topic));
  json.member("partition", origin.partition);
  json.member("offset", origin.offset);
  if (origin.timestamp_ms >= 0) json.member("timestamp", origin.timestamp_ms);
  if (origin.timestamp_ms >= 0 && origin.timestamp_kind == TimestampKind::log_append)
    json.member("timestamp_type", name_of(origin.timestamp_kind));
}

}  // namespace

void append_record(std::string& out, const Message& message) {
  JsonWriter json(out);
  json.begin_object();
  write_origin(json, message.origin);
  write_failure(json, message);
  write_bytes(json, "key", message.key);
  json.key("headers");
  json.begin_array();
  for (const Header& header : message.headers) {
    json.begin_object();
    write_bytes(json, "name", never_null(header.name));
    write_bytes(json, "value", header.value);
    write_number(json, header);
    json.end_object();
  }
  json.end_array();
  write_bytes(json, "payload", message.payload);
  json.end_object();
}

void append_event(std::string& out, const Message& message) {
  const DomainEvent& event = message.event;
  if (!event.decoded) {
    append_record(out, message);
    return;
  }
  JsonWriter json(out);
  json.begin_object();
  write_origin(json, message.origin);
  if (event.id.has_value()) json.member("event_id", event.id->str());
  write_known(json, "event_type", event.type);
  write_known(json, "aggregate_id", event.aggregate_id);
  write_known(json, "aggregate_type", event.aggregate_type);
  if (event.aggregate_version.has_value()) json.member("aggregate_version", *event.aggregate_version);
  write_known(json, "occurred_on", event.occurred_on);
  write_known(json, "original_event_id", event.original_id);
  write_known(json, "original_occurred_on", event.original_occurred_on);
  if (event.schema_id.has_value()) json.member("schema_id", *event.schema_id);
  write_known(json, "correlation_id", event.correlation_id);
  write_known(json, "causation_id", event.causation_id);
  if (!event.data.empty()) {
    json.key("data");
    json.raw_on_one_line(event.data);
  }
  json.end_object();
}

}  // namespace weir::sinks
