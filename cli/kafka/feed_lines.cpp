#include "cli/kafka/feed_lines.hpp"

#include "cli/arguments/kafka_specs.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/text/base64.hpp"
#include "pipeline/text/utf8.hpp"

#include <simdjson.h>

#include <istream>

namespace weir::cli {

namespace {

using simdjson::dom::element_type;

// `feed`'s lines name a topic; `topics produce --json` has some members more.
enum class LineKind { feed, record };

Error bad(std::string what) {
  return Error(Errc::data, std::move(what));
}

Result<std::optional<std::string>> text_or_null(const simdjson::dom::element& value, const std::string& what) {
  if (value.is_null()) return std::optional<std::string>();
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return bad(what + " must be a string or null");
  return std::optional<std::string>(text);
}

Result<std::string> bytes_of(const simdjson::dom::element& value, const std::string& what) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return bad(what + " must be a string");
  std::optional<std::string> bytes = text::decode_base64(text);
  if (!bytes) return bad(what + " is not base64 (standard alphabet, padded)");
  return std::move(*bytes);
}

// {"name": …, "value": … | "value_base64": …}
Result<void> read_listed_header(const simdjson::dom::element& value, FeedRecord& record) {
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) return bad("a header in a list must be an object with \"name\"");
  std::optional<std::string> name;
  std::optional<std::string> header;
  for (const simdjson::dom::key_value_pair& member : members) {
    if (member.key == "name" || member.key == "value") {
      Result<std::optional<std::string>> text =
          text_or_null(member.value, "a header's \"" + std::string(member.key) + "\"");
      if (!text) return text.error();
      (member.key == "name" ? name : header) = std::move(*text);
    } else if (member.key == "value_base64") {
      Result<std::string> bytes = bytes_of(member.value, "a header's \"value_base64\"");
      if (!bytes) return bytes.error();
      header = std::move(*bytes);
    } else {
      return bad("a header has the unknown member \"" + std::string(member.key) + "\"");
    }
  }
  if (!name) return bad("a header has no \"name\"");
  record.headers.emplace_back(std::move(*name), std::move(header));
  return {};
}

Result<void> read_headers(const simdjson::dom::element& value, LineKind kind, FeedRecord& record) {
  simdjson::dom::array list;
  if (kind == LineKind::record && value.get(list) == simdjson::SUCCESS) {
    for (const simdjson::dom::element& one : list) {
      Result<void> read = read_listed_header(one, record);
      if (!read) return read.error();
    }
    return {};
  }
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) return bad("\"headers\" must be an object of strings");
  for (const simdjson::dom::key_value_pair& member : members) {
    Result<std::optional<std::string>> text = text_or_null(member.value, "header \"" + std::string(member.key) + "\"");
    if (!text) return text.error();
    record.headers.emplace_back(std::string(member.key), std::move(*text));
  }
  return {};
}

// The bytes of the member "value" as they stand in `line`, which the DOM parser has accepted already.
Result<std::string> raw_value(std::string_view line) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(line);
  simdjson::ondemand::document document;
  simdjson::ondemand::object members;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(members) != simdjson::SUCCESS) {
    return bad("is not valid JSON");
  }
  for (auto found : members) {
    simdjson::ondemand::field member;
    std::string_view name;
    if (std::move(found).get(member) != simdjson::SUCCESS || member.unescaped_key().get(name) != simdjson::SUCCESS)
      break;
    if (name != "value") continue;
    std::string_view raw;
    simdjson::ondemand::object object;
    simdjson::ondemand::array array;
    simdjson::ondemand::value value = member.value();
    if (value.get_object().get(object) == simdjson::SUCCESS) {
      if (object.raw_json().get(raw) == simdjson::SUCCESS) return std::string(raw);
    } else if (value.get_array().get(array) == simdjson::SUCCESS) {
      if (array.raw_json().get(raw) == simdjson::SUCCESS) return std::string(raw);
    }
    break;
  }
  return bad("\"value\" cannot be read");
}

Result<void> read_value(const simdjson::dom::element& value, std::string_view line, FeedRecord& record) {
  switch (value.type()) {
    case element_type::NULL_VALUE:
      return {};
    case element_type::STRING:
      record.value = std::string(value.get_string().value_unsafe());
      return {};
    case element_type::OBJECT:
    case element_type::ARRAY: {
      Result<std::string> raw = raw_value(line);
      if (!raw) return raw.error();
      record.value = std::move(*raw);
      return {};
    }
    default:
      return bad("\"value\" must be a string, an object, an array, or null for a tombstone");
  }
}

Result<std::int64_t> number_from(const simdjson::dom::element& value, const std::string& what, std::int64_t most) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 0 || number > most)
    return bad(what + " must be a whole number from 0 on");
  return number;
}

// The members of `topics produce --json` alone. False: not one of them.
Result<bool> read_record_member(std::string_view name, const simdjson::dom::element& value, FeedRecord& record) {
  if (name == "topic" || name == "offset" || name == "time" || name == "timestamp_type") return true;
  if (name == "key_base64") {
    Result<std::string> bytes = bytes_of(value, "\"key_base64\"");
    if (!bytes) return bytes.error();
    record.key = std::move(*bytes);
    return true;
  }
  if (name == "partition") {
    const Result<std::int64_t> number = number_from(value, "\"partition\"", std::numeric_limits<Partition>::max());
    if (!number) return number.error();
    record.partition = static_cast<Partition>(*number);
    return true;
  }
  if (name == "timestamp") {
    const Result<std::int64_t> number =
        number_from(value, "\"timestamp\" (milliseconds)", std::numeric_limits<std::int64_t>::max());
    if (!number) return number.error();
    record.timestamp_ms = *number;
    return true;
  }
  return false;
}

Error unknown_member(std::string_view name, LineKind kind) {
  const std::string_view near =
      kind == LineKind::feed
          ? config::nearest(name, {"topic", "key", "headers", "value", "value_base64"})
          : config::nearest(name, {"key", "key_base64", "headers", "value", "value_base64", "partition", "timestamp"});
  return bad("unknown member \"" + std::string(name) + "\"" +
             (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"));
}

Result<void> read_member(std::string_view name, const simdjson::dom::element& value, std::string_view line,
                         LineKind kind, FeedRecord& record) {
  if (kind == LineKind::feed && name == "topic") {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || !is_topic_name(text)) {
      return bad("\"topic\" must be the name of a Kafka topic: 1 to 249 of a-z A-Z 0-9 . _ -");
    }
    record.topic = text;
    return {};
  }
  if (name == "key") {
    Result<std::optional<std::string>> text = text_or_null(value, "\"key\"");
    if (!text) return text.error();
    record.key = std::move(*text);
    return {};
  }
  if (name == "headers") return read_headers(value, kind, record);
  if (name == "value") return read_value(value, line, record);
  if (name == "value_base64") {
    Result<std::string> bytes = bytes_of(value, "\"value_base64\"");
    if (!bytes) return bytes.error();
    record.value = std::move(*bytes);
    return {};
  }
  if (kind == LineKind::record) {
    const Result<bool> known = read_record_member(name, value, record);
    if (!known) return known.error();
    if (*known) return {};
  }
  return unknown_member(name, kind);
}

// A mark at its beginning, or zero bytes, which no JSON text in UTF-8 has.
bool is_utf16(std::string_view line) {
  return line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") || line.find('\0') != std::string_view::npos;
}

Result<FeedRecord> parse_line(std::string_view line, LineKind kind, FeedRecord record) {
  // Each file of several that were joined may have begun with one.
  if (line.starts_with(text::kByteOrderMark)) line.remove_prefix(text::kByteOrderMark.size());
  if (is_utf16(line)) return bad("is UTF-16, as Windows writes it; save the file as UTF-8");
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const simdjson::error_code failure = parser.parse(line.data(), line.size()).get(document);
      failure != simdjson::SUCCESS) {
    return bad(std::string("is not valid JSON (") + simdjson::error_message(failure) +
               "); bytes that are not text go into \"value_base64\"");
  }
  simdjson::dom::object members;
  if (document.get(members) != simdjson::SUCCESS)
    return bad("must be a JSON object with " + std::string(kind == LineKind::feed ? "\"topic\" and " : "") +
               "\"value\"");
  std::vector<std::string_view> seen;
  for (const simdjson::dom::key_value_pair& member : members) {
    if (std::ranges::find(seen, member.key) != seen.end())
      return bad("has the member \"" + std::string(member.key) + "\" twice");
    seen.push_back(member.key);
    Result<void> read = read_member(member.key, member.value, line, kind, record);
    if (!read) return read.error();
  }
  const auto has = [&seen](std::string_view name) {
    return std::ranges::find(seen, name) != seen.end();
  };
  if (kind == LineKind::feed && !has("topic")) return bad("\"topic\" is missing");
  if (has("value") && has("value_base64")) return bad("has both \"value\" and \"value_base64\"; keep one");
  if (!has("value") && !has("value_base64")) return bad("\"value\" is missing; write \"value\": null for a tombstone");
  if (has("key") && has("key_base64")) return bad("has both \"key\" and \"key_base64\"; keep one");
  return record;
}

}  // namespace

Result<FeedRecord> parse_feed_line(std::string_view line) {
  return parse_line(line, LineKind::feed, {});
}

Result<FeedRecord> parse_record_line(std::string_view line, const FeedRecord& defaults) {
  return parse_line(line, LineKind::record, defaults);
}

Result<FeedRecord> parse_text_line(std::string_view line, std::string_view separator, const FeedRecord& defaults) {
  FeedRecord record = defaults;
  if (separator.empty()) {
    record.value = std::string(line);
    return record;
  }
  const std::size_t at = line.find(separator);
  if (at == std::string_view::npos) return bad("has no key: '" + std::string(separator) + "' is not in it");
  record.key = std::string(line.substr(0, at));
  record.value = std::string(line.substr(at + separator.size()));
  return record;
}

Result<std::optional<std::string>> LineReader::next() {
  std::string line;
  bool any = false;
  std::streambuf& buffer = *in_.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    any = true;
    if (c == '\n') return std::optional<std::string>(std::move(line));
    if (line.size() == most_bytes_) {
      for (int rest = c; rest != '\n' && rest != std::char_traits<char>::eof(); rest = buffer.sbumpc()) {
      }
      return Error(Errc::too_large, "is longer than " + std::to_string(most_bytes_) + " bytes");
    }
    line += static_cast<char>(c);
  }
  if (!any) return std::optional<std::string>();
  return std::optional<std::string>(std::move(line));
}

}  // namespace weir::cli
