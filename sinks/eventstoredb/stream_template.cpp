#include "sinks/eventstoredb/stream_template.hpp"

#include "pipeline/text/utf8.hpp"

namespace weir::sinks::eventstoredb {
namespace {

constexpr std::size_t kLongestName = 4096;
constexpr std::string_view kKnownFields = "aggregate_type, aggregate_id, event_type, topic, key, header:NAME, prefix";

void append_lower(std::string& out, std::string_view text) {
  for (char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

Error wrong(std::string text) {
  return Error(Errc::invalid_argument, std::move(text));
}

}  // namespace

Result<StreamTemplate::Part> StreamTemplate::parse_field(std::string_view inside) {
  Part part;
  const std::size_t bar = inside.find('|');
  const std::string_view name = inside.substr(0, bar);
  if (bar != std::string_view::npos) {
    if (inside.substr(bar + 1) != "lower") {
      return wrong("unknown filter '" + std::string(inside.substr(bar + 1)) + "' in '{" + std::string(inside) +
                   "}'; known: lower");
    }
    part.lower = true;
  }
  constexpr std::pair<std::string_view, Field> kFields[] = {{"aggregate_type", Field::aggregate_type},
                                                            {"aggregate_id", Field::aggregate_id},
                                                            {"event_type", Field::event_type},
                                                            {"topic", Field::topic},
                                                            {"key", Field::key},
                                                            {"prefix", Field::prefix}};
  for (const auto& [known, field] : kFields) {
    if (name != known) continue;
    part.field = field;
    return part;
  }
  constexpr std::string_view kHeader = "header:";
  if (name.starts_with(kHeader) && name.size() > kHeader.size()) {
    part.field = Field::header;
    part.text = name.substr(kHeader.size());
    return part;
  }
  return wrong("unknown field '{" + std::string(inside) + "}'; known: " + std::string(kKnownFields));
}

Result<StreamTemplate> StreamTemplate::parse(std::string_view pattern, const Prefixes& prefixes) {
  StreamTemplate result;
  std::string text;
  const auto end_text = [&] {
    if (!text.empty()) result.parts_.push_back({Field::text, std::exchange(text, {}), false});
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool doubled = i + 1 < pattern.size() && pattern[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      text.push_back(c);
      ++i;
    } else if (c == '{') {
      const std::size_t close = pattern.find('}', i);
      if (close == std::string_view::npos)
        return wrong("a '{' is not closed in '" + std::string(pattern) + "'; a brace itself is '{{'");
      Result<Part> part = parse_field(pattern.substr(i + 1, close - i - 1));
      if (part.has_error()) return part.error();
      end_text();
      result.parts_.push_back(std::move(*part));
      i = close;
    } else if (c == '}') {
      return wrong("a '}' has no '{' in '" + std::string(pattern) + "'; a brace itself is '}}'");
    } else {
      text.push_back(c);
    }
  }
  end_text();
  if (result.parts_.empty()) return wrong("the stream template is empty");
  const Part& first = result.parts_.front();
  if (first.field == Field::text && first.text.starts_with('$')) {
    return wrong("'" + std::string(pattern) +
                 "' gives system streams (names that begin with '$'); these belong to the server");
  }
  for (const auto& [type, prefix] : prefixes) result.prefixes_.emplace(type, prefix);
  return result;
}

std::string_view StreamTemplate::value_of(const Part& part, const Message& message) const {
  switch (part.field) {
    case Field::text:
      return part.text;
    case Field::aggregate_type:
      return message.event.aggregate_type;
    case Field::aggregate_id:
      return message.event.aggregate_id;
    case Field::event_type:
      return message.event.type;
    case Field::topic:
      return message.origin.topic;
    case Field::key:
      return message.key;
    case Field::header:
      return message.header(part.text).value_or(std::string_view{});
    case Field::prefix: {
      const auto found = prefixes_.find(message.event.aggregate_type);
      return found == prefixes_.end() ? message.event.aggregate_type : std::string_view(found->second);
    }
  }
  return {};
}

std::string StreamTemplate::describe(const Part& part) {
  switch (part.field) {
    case Field::text:
      return "text";
    case Field::aggregate_type:
    case Field::prefix:
      return "aggregate_type";
    case Field::aggregate_id:
      return "aggregate_id";
    case Field::event_type:
      return "event_type";
    case Field::topic:
      return "topic";
    case Field::key:
      return "key";
    case Field::header:
      return "header:" + part.text;
  }
  return {};
}

Result<void> StreamTemplate::render(const Message& message, std::string& out) const {
  out.clear();
  for (const Part& part : parts_) {
    const std::string_view value = value_of(part, message);
    if (value.empty())
      return Error(Errc::data, "no stream for this message: its field " + describe(part) + " is missing or empty");
    const bool from_table = part.field == Field::prefix && prefixes_.contains(message.event.aggregate_type);
    if (part.lower || (part.field == Field::prefix && !from_table)) {
      append_lower(out, value);
    } else {
      out.append(value);
    }
  }
  if (out.starts_with('$')) {
    return Error(Errc::data,
                 "no stream for this message: its name would begin with '$', and such streams belong to the server");
  }
  if (out.size() > kLongestName) {
    return Error(Errc::data, "no stream for this message: its name would have " + std::to_string(out.size()) +
                                 " bytes; at most " + std::to_string(kLongestName) + " are accepted");
  }
  if (text::find_invalid_utf8(out).has_value())
    return Error(Errc::data, "no stream for this message: its name would not be valid UTF-8");
  return {};
}

}  // namespace weir::sinks::eventstoredb
