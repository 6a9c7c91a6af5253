#include "sinks/eventstoredb/stream_name.hpp"

#include "pipeline/text/utf8.hpp"

#include <algorithm>

namespace weir::sinks::eventstoredb {
namespace {

constexpr std::string_view kMakes = "stream";
constexpr std::size_t kLongestName = 4096;

Error no_stream(std::string_view why) {
  return Error(Errc::data, "no stream for this message: its name would " + std::string(why));
}

std::string without_parts(std::string_view pattern) {
  std::string outside;
  bool inside = false;
  for (const char c : pattern) {
    if (c == '{' || c == '}') {
      inside = c == '{';
    } else if (!inside) {
      outside.push_back(c);
    }
  }
  return outside;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t count_of(std::string_view text, std::string_view characters) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [characters](char c) { return characters.find(c) != characters.npos; }));
}

}  // namespace

Result<StreamName> StreamName::parse(std::string_view pattern, const Prefixes& prefixes) {
  Result<Template> name = Template::parse(pattern, kMakes, {"prefix", "aggregate_type", prefixes});
  if (name.has_error()) return name.error();
  if (name->beginning().starts_with('$')) {
    return Error(
        Errc::invalid_argument,
        "'" + std::string(pattern) + "' gives system streams (names that begin with '$'); these belong to the server");
  }
  StreamName result;
  const bool has_type = pattern.find("{aggregate_type") != pattern.npos || pattern.find("{prefix") != pattern.npos;
  result.is_of_an_aggregate_ = has_type && pattern.find("{aggregate_id") != pattern.npos;
  for (const char c : without_parts(pattern)) {
    if (is_letter_or_digit(c)) continue;
    ++result.between_;
    if (result.separators_.find(c) == std::string::npos) result.separators_.push_back(c);
  }
  result.name_ = std::move(*name);
  return result;
}

Result<void> StreamName::render(const Message& message, std::string& out) const {
  out.clear();
  Result<void> made = name_.render(message, out);
  if (made.has_error()) return made;
  if (out.starts_with('$')) return no_stream("begin with '$', and such streams belong to the server");
  if (out.size() > kLongestName) {
    return no_stream("have " + std::to_string(out.size()) + " bytes; at most " + std::to_string(kLongestName) +
                     " are accepted");
  }
  if (text::find_invalid_utf8(out).has_value()) return no_stream("not be valid UTF-8");
  return made;
}

bool StreamName::leaves_doubt(const Message& message, std::string_view name) const {
  if (!is_of_an_aggregate_) return false;
  if (separators_.empty()) return true;
  const std::string_view id = message.event.aggregate_id;
  const std::size_t in_id = count_of(id, separators_);
  if (count_of(name, separators_) > between_ + in_id) return true;
  return in_id > 0 && !Uuid::parse(id).has_value();
}

}  // namespace weir::sinks::eventstoredb
