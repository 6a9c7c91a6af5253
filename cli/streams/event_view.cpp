#include "cli/streams/event_view.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/base64.hpp"
#include "pipeline/text/json.hpp"

#include <simdjson.h>

#include <array>
#include <cstdio>

namespace weir::cli {

namespace {

// Whether the bytes may stand as a value in a JSON line: what a producer calls JSON need not be.
bool is_valid_json(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  return parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  text::append_json_string(out, text);
}

// A document as one line of a JSON Lines file: line feeds are white
// space in JSON outside strings, and raw ones cannot be inside.
void append_document(std::string& out, const std::string& name, std::string_view bytes, bool may_be_json) {
  if (bytes.empty()) {
    out.append(",\"").append(name).append("\":null");
  } else if (may_be_json && is_valid_json(bytes)) {
    std::string line(bytes);
    std::ranges::replace(line, '\n', ' ');
    std::ranges::replace(line, '\r', ' ');
    out.append(",\"").append(name).append("\":").append(line);
  } else {
    append_member(out, name + "_base64", text::encode_base64(bytes));
  }
}

}  // namespace

std::string render_event(const EventView& event, bool pretty, bool colours) {
  constexpr std::size_t kIndent = 4;
  std::string out = coloured(std::to_string(event.revision), Colour::cyan, colours) + "  ";
  out += coloured(printable(event.type), Colour::bold, colours) + "  " + printable(event.id) + "  ";
  out += coloured(event.time, Colour::grey, colours) + "  " + coloured(printable(event.stream), Colour::grey, colours) +
         "\n";
  const auto append_body = [&](std::string_view label, std::string_view bytes, bool is_json) {
    if (bytes.empty()) return;
    out.append(kIndent, ' ');
    if (!label.empty()) out += coloured(label, Colour::grey, colours) + " ";
    const std::string body = is_json && pretty ? pretty_json(bytes, 2, kIndent) : std::string(bytes);
    out += printable(body, is_json && pretty) + "\n";
  };
  append_body("", event.data, event.is_json);
  if (event.metadata != "{}") append_body("metadata", event.metadata, true);
  return out;
}

std::string render_event_json(const EventView& event) {
  std::string out = "{\"stream\":";
  text::append_json_string(out, event.stream);
  out += ",\"revision\":" + std::to_string(event.revision);
  append_member(out, "type", event.type);
  append_member(out, "id", event.id);
  append_member(out, "time", event.time);
  append_document(out, "data", event.data, event.is_json);
  append_document(out, "metadata", event.metadata, true);
  return out + "}\n";
}

std::string format_ticks(std::int64_t ticks) {
  constexpr std::int64_t kTicksPerMillisecond = 10'000;
  const std::int64_t milliseconds = ticks / kTicksPerMillisecond - (ticks % kTicksPerMillisecond < 0 ? 1 : 0);
  const std::chrono::sys_time<std::chrono::milliseconds> when{std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> time(when - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text.data();
}

}  // namespace weir::cli
