#include "embedded/eventstore/log/stream_metadata.hpp"

#include <simdjson.h>

namespace weir::embedded::eventstore {

namespace {

constexpr std::string_view kTruncateBefore = "$tb";

// Reads an optional whole number of at least `least`. False: the key is there, but is something else.
bool read_number(const simdjson::dom::object& object, std::string_view key, std::int64_t least,
                 std::optional<std::int64_t>& out) {
  simdjson::dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS || element.is_null()) return true;
  std::int64_t value = 0;
  if (element.get_int64().get(value) != simdjson::SUCCESS || value < least) return false;
  out = value;
  return true;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace

bool is_metastream(std::string_view stream) {
  return stream.starts_with("$$");
}

std::string metastream_of(std::string_view stream) {
  return "$$" + std::string(stream);
}

std::string_view original_of(std::string_view metastream) {
  return metastream.substr(2);
}

bool is_unwritable_name(std::string_view stream) {
  return stream.empty() || stream == "$$" || stream == "$all";
}

Retention parse_retention(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get_object().get(object) != simdjson::SUCCESS) return {};
  Retention retention;
  std::optional<std::int64_t> cache_control;
  const bool valid = read_number(object, "$maxCount", 1, retention.max_count) &&
                     read_number(object, "$maxAge", 1, retention.max_age_seconds) &&
                     read_number(object, kTruncateBefore, 0, retention.truncate_before) &&
                     read_number(object, "$cacheControl", 1, cache_control);
  if (!valid) return {};
  return retention;
}

std::string with_truncate_before(std::string_view json, Revision truncate_before) {
  std::string out = "{\"$tb\":" + std::to_string(truncate_before);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get_object().get(object) == simdjson::SUCCESS) {
    for (const auto& [key, value] : object) {
      if (key == kTruncateBefore) continue;
      out += "," + quoted(key) + ":" + simdjson::minify(value);
    }
  }
  out.push_back('}');
  return out;
}

}  // namespace weir::embedded::eventstore
