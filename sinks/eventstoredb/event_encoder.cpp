#include "sinks/eventstoredb/event_encoder.hpp"

#include "pipeline/text/json.hpp"
#include "pipeline/text/utf8.hpp"

#include <charconv>

namespace weir::sinks::eventstoredb {
namespace {

using connectors::eventstoredb::NewEvent;

// The namespace of ids made from origins. Fixed for ever: another value would store every event without an id again.
constexpr Uuid kOriginNamespace{0x6b1f0c5e2d9a4e37ull, 0x9c41d8a7f3b25e60ull};
constexpr std::string_view kDeadLetterType = "DeadLetter";
constexpr std::string_view kNoData = "{}";
constexpr std::size_t kMetadataOverhead = 160;  // names, braces, numbers

bool is_plain(std::string_view text) {
  unsigned special = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte > 0x7e) |
               static_cast<unsigned>(c == '"') | static_cast<unsigned>(c == '\\');
  }
  return special == 0;
}

void append_string(std::string& out, std::string_view text) {
  if (!is_plain(text)) return text::append_json_string(out, text);
  out.push_back('"');
  out.append(text);
  out.push_back('"');
}

void append_number(std::string& out, std::int64_t value) {
  char text[24];
  const auto [end, failed] = std::to_chars(text, text + sizeof text, value);
  out.append(text, static_cast<std::size_t>(end - text));
}

// Writes `"name":` behind a comma where one is needed.
void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out.push_back(',');
  out.push_back('"');
  out.append(name).append("\":");
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append_name(out, name);
  append_string(out, value);
}

void append_member(std::string& out, std::string_view name, std::int64_t value) {
  append_name(out, name);
  append_number(out, value);
}

// RFC 3339 with milliseconds, UTC: "2026-01-02T03:04:05.678Z".
void append_time(std::string& out, std::int64_t milliseconds) {
  using namespace std::chrono;
  const sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(milliseconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  const auto digits = [&out](std::int64_t value, int width) {
    char text[24];
    for (int i = width; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
    out.append(text, static_cast<std::size_t>(width));
  };
  digits(static_cast<int>(date.year()), 4);
  out.push_back('-');
  digits(static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  digits(static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  digits(clock.hours().count(), 2);
  out.push_back(':');
  digits(clock.minutes().count(), 2);
  out.push_back(':');
  digits(clock.seconds().count(), 2);
  out.push_back('.');
  digits(clock.subseconds().count(), 3);
  out.push_back('Z');
}

void append_occurred_on(std::string& out, const Message& message) {
  constexpr std::int64_t kEndOfYear9999 = 253402300799999;
  if (!message.event.occurred_on.empty()) return append_member(out, "occurredOn", message.event.occurred_on);
  const std::int64_t recorded = message.origin.timestamp_ms;
  if (recorded < 0 || recorded > kEndOfYear9999) return;
  append_name(out, "occurredOn");
  out.push_back('"');
  append_time(out, recorded);
  out.push_back('"');
}

void append_origin(std::string& out, const Origin& origin) {
  append_name(out, "origin");
  out.push_back('{');
  append_member(out, "cluster", origin.cluster);
  append_member(out, "topic", origin.topic);
  append_member(out, "partition", origin.partition);
  append_member(out, "offset", origin.offset);
  if (origin.timestamp_ms >= 0) append_member(out, "timestamp", origin.timestamp_ms);
  out.push_back('}');
}

// A list of pairs: names may repeat, and their order may matter to whoever reads the letter.
void append_headers(std::string& out, std::span<const Header> headers) {
  if (headers.empty()) return;
  append_name(out, "headers");
  out.push_back('[');
  for (const Header& header : headers) {
    if (out.back() != '[') out.push_back(',');
    out.push_back('[');
    append_string(out, header.name);
    out.push_back(',');
    if (header.value.data() == nullptr) {
      out.append("null");
    } else {
      append_string(out, header.value);
    }
    out.push_back(']');
  }
  out.push_back(']');
}

std::string_view type_of(const Message& message, EncodeMode mode) {
  if (message.event.type.empty() && mode == EncodeMode::dead_letter) return kDeadLetterType;
  return message.event.type;
}

bool is_json(const Message& message, EncodeMode mode) {
  return mode == EncodeMode::event && message.event.decoded;
}

std::string_view data_of(const Message& message, EncodeMode mode) {
  if (!is_json(message, mode)) return message.payload;
  return message.event.data.empty() ? kNoData : message.event.data;
}

}  // namespace

Result<void> check_encodable(const Message& message, EncodeMode mode) {
  const std::string_view type = type_of(message, mode);
  if (type.empty()) {
    return Error(Errc::data,
                 "the event has no type, and an event store needs one; is there a `decode` stage before this sink?");
  }
  if (text::find_invalid_utf8(type).has_value()) return Error(Errc::data, "the event's type is not valid UTF-8");
  return {};
}

std::size_t estimated_size(const Message& message, EncodeMode mode) {
  const DomainEvent& event = message.event;
  std::size_t size = data_of(message, mode).size() + 2 * type_of(message, mode).size() + kMetadataOverhead;
  size += 2 * (event.correlation_id.size() + event.causation_id.size()) + event.occurred_on.size() + event.extra.size();
  size += message.origin.cluster.size() + message.origin.topic.size();
  if (mode == EncodeMode::dead_letter) {
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
  out.push_back('{');
  append_member(out, "$correlationId", event.correlation_id);
  append_member(out, "$causationId", event.causation_id);
  append_member(out, "correlationId", event.correlation_id);
  append_member(out, "causationId", event.causation_id);
  append_occurred_on(out, message);
  if (event.aggregate_version.has_value()) append_member(out, "aggregateVersion", *event.aggregate_version);
  append_origin(out, message.origin);
  if (!event.extra.empty()) {
    append_name(out, "envelope");
    out.push_back('{');
    out.append(event.extra);
    out.push_back('}');
  }
  if (mode == EncodeMode::dead_letter) append_headers(out, message.headers);
  out.push_back('}');
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
