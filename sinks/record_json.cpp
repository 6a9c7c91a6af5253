#include "sinks/record_json.hpp"

#include "pipeline/text/json.hpp"

namespace weir::sinks {
namespace {

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = text::utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out.push_back(kLetters[group >> 18]);
    out.push_back(kLetters[group >> 12 & 63]);
    out.push_back(i + 1 < bytes.size() ? kLetters[group >> 6 & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? kLetters[group & 63] : '=');
  }
}

// A member whose value is any bytes.
void append_bytes(std::string& out, std::string_view name, std::string_view value) {
  out.append("\"").append(name).append("\":");
  if (value.data() == nullptr) {
    out.append("null");
  } else if (is_text(value)) {
    text::append_json_string(out, value);
  } else {
    out.push_back('"');
    append_base64(out, value);
    out.append("\",\"").append(name).append("_encoding\":\"base64\"");
  }
}

void append_origin(std::string& out, const Origin& origin) {
  if (!origin.cluster.empty()) {
    append_bytes(out, "cluster", origin.cluster);
    out.push_back(',');
  }
  append_bytes(out, "topic", origin.topic.data() == nullptr ? std::string_view("") : origin.topic);
  out.append(",\"partition\":").append(std::to_string(origin.partition));
  out.append(",\"offset\":").append(std::to_string(origin.offset));
  if (origin.timestamp_ms >= 0) out.append(",\"timestamp\":").append(std::to_string(origin.timestamp_ms));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.push_back(',');
  append_bytes(out, name, value);
}

}  // namespace

void append_record(std::string& out, const Message& message) {
  out.push_back('{');
  append_origin(out, message.origin);
  out.push_back(',');
  append_bytes(out, "key", message.key);
  out.append(",\"headers\":[");
  for (std::size_t i = 0; i < message.headers.size(); ++i) {
    if (i > 0) out.push_back(',');
    out.push_back('{');
    append_bytes(out, "name",
                 message.headers[i].name.data() == nullptr ? std::string_view("") : message.headers[i].name);
    out.push_back(',');
    append_bytes(out, "value", message.headers[i].value);
    out.push_back('}');
  }
  out.append("],");
  append_bytes(out, "payload", message.payload);
  out.push_back('}');
}

void append_event(std::string& out, const Message& message) {
  const DomainEvent& event = message.event;
  if (!event.decoded) {
    append_record(out, message);
    return;
  }
  out.push_back('{');
  append_origin(out, message.origin);
  if (event.id.has_value()) append_field(out, "event_id", event.id->str());
  append_field(out, "event_type", event.type);
  append_field(out, "aggregate_id", event.aggregate_id);
  append_field(out, "aggregate_type", event.aggregate_type);
  if (event.aggregate_version.has_value())
    out.append(",\"aggregate_version\":").append(std::to_string(*event.aggregate_version));
  append_field(out, "occurred_on", event.occurred_on);
  append_field(out, "correlation_id", event.correlation_id);
  append_field(out, "causation_id", event.causation_id);
  if (!event.data.empty()) {
    // The data is JSON already. A line end in it can only be white
    // space between tokens: a space says the same on one line.
    out.append(",\"data\":");
    const std::size_t begin = out.size();
    out.append(event.data);
    for (std::size_t i = begin; i < out.size(); ++i) {
      if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
    }
  }
  out.push_back('}');
}

}  // namespace weir::sinks
