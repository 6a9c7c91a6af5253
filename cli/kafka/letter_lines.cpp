#include "cli/kafka/letter_lines.hpp"

#include "pipeline/text/base64.hpp"

#include <simdjson.h>

#include <algorithm>

namespace weir::cli {

namespace {

using Object = simdjson::dom::object;

constexpr std::string_view kOriginalTopic = "kafka_dlt-original-topic";

Error damaged(const std::string& what) {
  return Error(Errc::data, what);
}

// The member's bytes, which stand as text, or as base64 with NAME_encoding beside it.
Result<std::optional<std::string>> bytes_in(const Object& object, const std::string& name) {
  const simdjson::simdjson_result<simdjson::dom::element> found = object[name];
  if (found.error() != simdjson::SUCCESS || found.is_null()) return std::optional<std::string>();
  std::string_view text;
  if (found.get(text) != simdjson::SUCCESS) return damaged("\"" + name + "\" must be a string or null");
  std::string_view encoding;
  if (object[name + "_encoding"].get(encoding) != simdjson::SUCCESS) return std::optional<std::string>(text);
  if (encoding != "base64") return damaged("\"" + name + "_encoding\" is none that weir writes");
  std::optional<std::string> bytes = text::decode_base64(text);
  if (!bytes.has_value()) return damaged("\"" + name + "\" is not base64 (standard alphabet, padded)");
  return bytes;
}

Result<void> read_headers_of(const Object& line, FeedRecord& record) {
  simdjson::dom::array headers;
  if (line["headers"].get(headers) != simdjson::SUCCESS) return Result<void>();
  for (const simdjson::dom::element& one : headers) {
    Object header;
    if (one.get(header) != simdjson::SUCCESS) return damaged("\"headers\" must be a list of objects");
    Result<std::optional<std::string>> name = bytes_in(header, "name");
    if (name.has_error()) return name.error();
    Result<std::optional<std::string>> value = bytes_in(header, "value");
    if (value.has_error()) return value.error();
    record.headers.emplace_back(name->value_or(""), std::move(*value));
  }
  return Result<void>();
}

const std::optional<std::string>* header_of(const FeedRecord& record, std::string_view name) {
  const auto found =
      std::ranges::find(record.headers, name, &std::pair<std::string, std::optional<std::string>>::first);
  return found == record.headers.end() ? nullptr : &found->second;
}

// Spring's numbers are the most significant byte first.
std::string number_of(const std::optional<std::string>* bytes) {
  if (bytes == nullptr || !bytes->has_value() || (*bytes)->size() > 8) return "?";
  std::uint64_t number = 0;
  for (const char byte : **bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return std::to_string(number);
}

}  // namespace

Result<std::optional<FeedRecord>> parse_sink_line(std::string_view line, const FeedRecord& defaults) {
  simdjson::dom::parser parser;
  Object object;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) return std::optional<FeedRecord>();
  if (object["payload"].error() != simdjson::SUCCESS) return std::optional<FeedRecord>();
  FeedRecord record = defaults;
  Result<std::optional<std::string>> payload = bytes_in(object, "payload");
  if (payload.has_error()) return payload.error();
  record.value = std::move(*payload);
  Result<std::optional<std::string>> key = bytes_in(object, "key");
  if (key.has_error()) return key.error();
  record.key = std::move(*key);
  std::int64_t timestamp = 0;
  if (object["timestamp"].get(timestamp) == simdjson::SUCCESS && timestamp >= 0) record.timestamp_ms = timestamp;
  Result<void> headers = read_headers_of(object, record);
  if (headers.has_error()) return headers.error();
  return std::optional<FeedRecord>(std::move(record));
}

Result<void> undo_letter(FeedRecord& record) {
  const std::optional<std::string>* const topic = header_of(record, kOriginalTopic);
  if (topic == nullptr || header_of(record, "weir-pipeline") == nullptr) return Result<void>();
  for (const char* cut : {"weir-payload-cut", "weir-key-cut", "weir-headers-cut"}) {
    if (header_of(record, cut) == nullptr) continue;
    return damaged("is a dead letter that was cut, and not the whole record, which may still be at " +
                   topic->value_or("?") + "/" + number_of(header_of(record, "kafka_dlt-original-partition")) +
                   " offset " + number_of(header_of(record, "kafka_dlt-original-offset")));
  }
  std::erase_if(record.headers, [](const auto& header) {
    return header.first.starts_with("weir-") || header.first.starts_with("kafka_dlt-");
  });
  record.partition.reset();
  return Result<void>();
}

}  // namespace weir::cli
