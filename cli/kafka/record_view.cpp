#include "cli/kafka/record_view.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/base64.hpp"
#include "pipeline/text/json_writer.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/utf8.hpp"

#include <simdjson.h>

#include <algorithm>

namespace weir::cli {

namespace {

using connectors::kafka::StoredRecord;

// Text that a person may want to read as it is.
bool is_text(std::string_view bytes) {
  return !text::find_bad_text(bytes).has_value();
}

// JSON without the white space between its parts; anything else as it is.
std::string without_space(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) return std::string(text);
  std::string out(text.size(), '\0');
  std::size_t length = 0;
  if (simdjson::minify(text.data(), text.size(), out.data(), length) != simdjson::SUCCESS) return std::string(text);
  out.resize(length);
  return out;
}

std::string on_one_line(std::string_view text) {
  if (text.find_first_of("\n\r\t") == std::string_view::npos) return printable(text);
  std::string out;
  for (const char c : without_space(text)) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return printable(out);
}

// "(12 bytes) 00 ff 61 …"
std::string as_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kShown = 32;
  std::string out = "(" + grouped(bytes.size()) + (bytes.size() == 1 ? " byte)" : " bytes)");
  for (const char c : bytes.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  if (bytes.size() > kShown) out += " …";
  return out;
}

std::string shown(const std::optional<std::string>& bytes, std::string_view null, Colour colour, bool colours) {
  if (!bytes) return coloured(null, Colour::grey, colours);
  if (bytes->empty()) return coloured("\"\"", Colour::grey, colours);
  if (!is_text(*bytes)) return coloured(as_hex(*bytes), Colour::yellow, colours);
  return coloured(on_one_line(*bytes), colour, colours);
}

// The record's time as a date; nothing for one that no date can say, such as a producer's microseconds.
std::optional<std::string> date_of(const StoredRecord& record) {
  std::string date(text::kRfc3339Size, '\0');
  if (record.timestamp_ms < 0 || !text::write_rfc3339(record.timestamp_ms, date.data())) return std::nullopt;
  return date;
}

std::string shown_time(const StoredRecord& record) {
  if (record.timestamp_ms < 0) return "(no time)";
  const std::string time = date_of(record).value_or(std::to_string(record.timestamp_ms) + " (no date)");
  return record.timestamp_kind == TimestampKind::log_append ? time + " (stored)" : time;
}

void write_bytes(text::JsonWriter& json, const std::string& name, const std::optional<std::string>& bytes) {
  if (bytes && !text::is_utf8(*bytes)) return json.member(name + "_base64", text::encode_base64(*bytes));
  json.member(name, bytes);
}

}  // namespace

std::string render_record(const StoredRecord& record, bool colours) {
  std::string out =
      coloured(std::to_string(record.partition) + "/" + std::to_string(record.offset), Colour::cyan, colours);
  out += "  " + coloured(shown_time(record), Colour::grey, colours);
  out += "  " + shown(record.key, "-", Colour::bold, colours);
  out += "  " + shown(record.value, "(tombstone)", Colour::none, colours);
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    const auto& [name, value] = record.headers[i];
    std::string header = on_one_line(name);
    if (value) header += "=" + (is_text(*value) ? on_one_line(*value) : as_hex(*value));
    out += (i == 0 ? "  " : " ") + coloured(header, Colour::grey, colours);
  }
  return out + "\n";
}

std::string render_record_json(const std::string& topic, const StoredRecord& record) {
  std::string out;
  text::JsonWriter json(out);
  json.begin_object();
  json.member("topic", topic);
  json.member("partition", record.partition);
  json.member("offset", record.offset);
  if (record.timestamp_ms >= 0) {
    json.member("timestamp", record.timestamp_ms);
    if (const std::optional<std::string> date = date_of(record)) json.member("time", *date);
    json.member("timestamp_type", name_of(record.timestamp_kind));
  }
  write_bytes(json, "key", record.key);
  write_bytes(json, "value", record.value);
  if (!record.headers.empty()) {
    json.key("headers");
    json.begin_array();
    for (const auto& [name, value] : record.headers) {
      json.begin_object();
      json.member("name", name);
      write_bytes(json, "value", value);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return out + "\n";
}

}  // namespace weir::cli
